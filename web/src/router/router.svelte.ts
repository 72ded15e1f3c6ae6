import { parse, type Route } from "./route";

/**
 * The one owner of the address: it mirrors the browser's history and follows
 * plain clicks on links of this origin without loading the page again.
 */
class Router {
  #pathname = $state(location.pathname);
  #hash = $state(location.hash);
  /** The screen of the present address. */
  readonly route: Route = $derived(parse(this.#pathname));

  /** The path of the present address. */
  get pathname(): string {
    return this.#pathname;
  }

  /** What follows the # of the present address. */
  get fragment(): string {
    return this.#hash.slice(1);
  }

  /** Follows the browser; the answer stops it. */
  start(): () => void {
    const follow = () => this.#follow();
    const click = (event: MouseEvent) => this.#click(event);
    window.addEventListener("popstate", follow);
    window.addEventListener("hashchange", follow);
    document.addEventListener("click", click);
    return () => {
      window.removeEventListener("popstate", follow);
      window.removeEventListener("hashchange", follow);
      document.removeEventListener("click", click);
    };
  }

  /** Goes to a path of this client and begins at its top. */
  go(path: string): void {
    history.pushState(null, "", path);
    this.#follow();
    window.scrollTo(0, 0);
  }

  /** Puts another path in the place of the present one: *back* does not return to it. */
  replace(path: string): void {
    history.replaceState(null, "", path);
    this.#follow();
  }

  #follow(): void {
    this.#pathname = location.pathname;
    this.#hash = location.hash;
  }

  #click(event: MouseEvent): void {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
    if (!plain || event.defaultPrevented || !link || link.target || link.hasAttribute("download")) return;
    const here = link.origin === location.origin && !/^\/(api|ws)\//.test(link.pathname);
    const onlyFragment = link.pathname === location.pathname && link.search === location.search && link.hash;
    if (!here || onlyFragment) return;
    event.preventDefault();
    this.go(link.pathname + link.search + link.hash);
  }
}

export const router = new Router();
