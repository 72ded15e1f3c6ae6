/** Whether single keys do something on the reading page; kept on this device. */
const KEY = "grimoire.single-keys";

class SingleKeys {
  #on = $state(localStorage.getItem(KEY) !== "off");

  get on(): boolean {
    return this.#on;
  }

  set on(on: boolean) {
    this.#on = on;
    localStorage.setItem(KEY, on ? "on" : "off");
  }
}

export const singleKeys = new SingleKeys();
