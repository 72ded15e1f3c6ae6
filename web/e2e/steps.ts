import { AxeBuilder } from "@axe-core/playwright";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, type Page } from "@playwright/test";
import type { Cable } from "./cable";
import type { Server } from "./server";

/** What people do, in their own words, so that a test reads as a lesson goes. */

export const PASSPHRASE = "correct horse battery staple";

export async function setUp(page: Page, server: Server, name: string): Promise<void> {
  await page.goto(server.setupLink);
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByRole("button", { name: "Make my account" }).click();
  await expect(page.getByRole("heading", { name: "My classes" })).toBeVisible();
}

export async function newClass(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "New class" }).click();
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Make the class" }).click();
  await expect(pasteBox(page)).toBeFocused();
}

export const pasteBox = (page: Page) => page.getByRole("textbox", { name: "Paste a conversation" });

/** A page of e2e/fixtures, as the clipboard holds it. */
export function fixture(name: string): string {
  const file = readFileSync(new URL(`fixtures/${name}`, import.meta.url));
  return (name.endsWith(".gz") ? gunzipSync(file) : file).toString("utf8");
}

/** Copies both flavours as another page would, then presses Ctrl-V in the paste box. */
export async function paste(page: Page, flavours: { html?: string; text: string }): Promise<void> {
  await page.evaluate(({ html, text }) => {
    const fill = (event: ClipboardEvent) => {
      event.preventDefault();
      if (html) event.clipboardData?.setData("text/html", html);
      event.clipboardData?.setData("text/plain", text);
    };
    document.addEventListener("copy", fill, { once: true });
    document.execCommand("copy");
  }, flavours);
  await pasteBox(page).press("Control+V");
}

/** Pastes, looks at the preview, adds: the page ends at the conversation. */
export async function add(page: Page, flavours: { html?: string; text: string }): Promise<void> {
  await paste(page, flavours);
  await page.getByRole("button", { name: /^Add \d+ turns?$/ }).click();
  await expect(page).toHaveURL(/\/c\//);
}

export const DIALOGUE = {
  text: [
    "User: Was the printing press a revolution?",
    "Assistant: Both views have serious defenders. Eisenstein argued that print fixed texts.",
    "User: Then my teacher is wrong?",
    "Assistant: Not wrong. A revolution can mean how large a change is, or how fast it comes.",
  ].join("\n\n"),
};

/** Opens *Share* and reads what it shows. */
export async function share(page: Page): Promise<{ link: string; code: string }> {
  await page.getByRole("button", { name: /^Share/ }).click();
  const dialog = page.getByRole("dialog", { name: "Share" });
  await expect(dialog.getByRole("img", { name: "QR code of the link" })).toBeVisible();
  const link = await dialog.getByText(/\/j\/#/).innerText();
  const code = await dialog.getByText(/^[A-Z2-9]{4} [A-Z2-9]{3}$/).innerText();
  await dialog.getByRole("button", { name: "Close" }).click();
  return { link, code };
}

/** Opens an invite and gives a name. */
export async function join(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link);
  await page.getByLabel("Your name in this class").fill(name);
  await page.getByRole("button", { name: "Join" }).click();
}

/** Ana's class with one conversation, and Ivo reading it through a cable of his own. */
export async function lesson(ana: Page, ivo: Page, cable: Cable, shared = false): Promise<void> {
  await newClass(ana, "HIST 101");
  await add(ana, DIALOGUE);
  const { link } = await share(ana);
  await ivo.goto(link.replace(new URL(link).origin, cable.origin));
  await ivo.getByLabel("Your name in this class").fill("Ivo");
  if (shared) await ivo.getByRole("switch", { name: "This is a shared computer" }).check();
  await ivo.getByRole("button", { name: "Join" }).click();
  await expect(ivo.getByRole("article")).toHaveCount(4);
  await saved(ivo);
}

/** What the page says about saving. */
export const pill = (page: Page) => page.locator(".pill[role=status]");

/** Everything of one's own is on the server's disk. */
export const saved = (page: Page) => expect(pill(page)).toContainText("Saved");

/** What it says while there is no network, and so many changes are safe. */
export const kept = (changes: number) => new RegExp(`(Reconnecting|Offline), ${changes} changes? kept on this device`);

/** How many rows of changes this device holds. */
export const rows = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const request = indexedDB.open("grimoire");
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const count = request.result.transaction("changes").objectStore("changes").count();
          count.onsuccess = () => {
            request.result.close();
            resolve(count.result);
          };
        };
      }),
  );

export const marks = (page: Page) => page.locator("mark[data-h]");

/** Highlights the nth sentence of the conversation with the tag of a digit: by keys, as one reads. */
export async function tagSentence(page: Page, nth: number, digit: string): Promise<void> {
  await expect(page.locator("article[data-turn]").first()).toBeVisible();
  const before = await marks(page).count();
  for (let i = 0; i < nth; i++) await page.keyboard.press("v");
  await expect(page.getByRole("toolbar", { name: "Selection" })).toBeVisible();
  await page.keyboard.press(digit);
  await expect(marks(page)).toHaveCount(before + 1);
}

/** What axe finds on the page as it stands. */
export async function faults(page: Page): Promise<string[]> {
  // Without preloading axe fetches no style sheet that a cut network kept away, to write it into the page against its policy.
  const { violations } = await new AxeBuilder({ page }).options({ preload: false }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}
