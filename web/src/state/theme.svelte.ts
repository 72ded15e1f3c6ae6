/**
 * The theme chosen on this device. `system` follows light, dark and the wish
 * for more contrast; the others set `data-theme`, which tokens.css reads.
 */
export const themes = ["system", "light", "dark", "contrast"] as const;
export type Theme = (typeof themes)[number];

const KEY = "grimoire.theme";

class ThemeState {
  #theme = $state<Theme>(read());

  get chosen(): Theme {
    return this.#theme;
  }

  set chosen(theme: Theme) {
    this.#theme = theme;
    localStorage.setItem(KEY, theme);
    this.apply();
  }

  /** Paper is light, whatever the screen is. */
  followPrinting(): void {
    addEventListener("beforeprint", () => (document.documentElement.dataset.theme = "light"));
    addEventListener("afterprint", () => this.apply());
  }

  /** Puts the choice on the page; main.ts calls it before anything is drawn. */
  apply(): void {
    if (this.#theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.#theme;
  }
}

function read(): Theme {
  const kept = localStorage.getItem(KEY);
  return themes.find((theme) => theme === kept) ?? "system";
}

export const theme = new ThemeState();
