/** Whether this browser can open Grimoire without a network: the program is kept by public/worker.js. */

const CACHE = "grimoire";

/** A page may load a worker from no text but through a policy. */
const trusted: { createScriptURL(url: string): string } =
  (
    globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): { createScriptURL(url: string): string } } }
  ).trustedTypes?.createPolicy("grimoire-worker", { createScriptURL: (url: string) => url }) ?? {
    createScriptURL: (url) => url,
  };

/**
 * Keeps the program as it is loaded now, and what is loaded later as it comes. Browsers have workers only on https and on
 * this machine; elsewhere nothing is kept and nothing is lost.
 */
export async function keepProgram(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(trusted.createScriptURL("/worker.js"));
  const loaded = performance
    .getEntriesByType("resource")
    .map((entry) => entry.name)
    .filter((name) => new URL(name).pathname.startsWith("/assets/"));
  const entry = document.querySelector<HTMLScriptElement>("script[type=module][src]")?.src;
  const cache = await caches.open(CACHE);
  if (entry && !(await cache.match(entry))) {
    // Of another build: its files are of no more use.
    for (const request of await cache.keys()) await cache.delete(request);
  }
  await cache.addAll(["/", ...new Set([...loaded, ...(entry ? [entry] : [])])]);
}
