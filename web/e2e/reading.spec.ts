import type { Page } from "@playwright/test";
import { add, faults, join, newClass, pill, share } from "./steps";
import { expect, test } from "./test";

/** Selects a phrase, once the page shows it, as dragging over it does: across elements and turns if need be. */
async function select(page: Page, phrase: string): Promise<void> {
  const dragged = (words: string) => {
    const texts: Text[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, (node) =>
      node.parentElement?.closest(".text") ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT,
    );
    while (walker.nextNode()) texts.push(walker.currentNode as Text);
    const all = texts.map((text) => text.data).join("");
    const place = (offset: number, end: boolean): [Text, number] => {
      let left = offset;
      for (const text of texts) {
        if (left < text.length || (end && left === text.length)) return [text, left];
        left -= text.length;
      }
      throw new Error("not on the page");
    };
    const at = all.indexOf(words);
    if (at >= 0) getSelection()!.setBaseAndExtent(...place(at, false), ...place(at + words.length, true));
    return at >= 0;
  };
  // What is drawn anew meanwhile takes the selection along: then it is dragged over again.
  await expect(async () => {
    expect(await page.evaluate(dragged, phrase), `"${phrase}" on the page`).toBe(true);
    await expect(page.getByRole("toolbar", { name: "Selection" })).toBeVisible({ timeout: 5000 });
  }).toPass({ timeout: 90_000 });
}

async function tag(page: Page, phrase: string, digit: string): Promise<void> {
  const before = (await painted(page)).length;
  await select(page, phrase);
  await page.keyboard.press(digit);
  await expect.poll(async () => (await painted(page)).length).toBe(before + 1);
  await expect(page.locator("aside .note")).toHaveCount(before + 1);
}

/** What is painted under each highlight, joined. */
const painted = (page: Page) =>
  page.evaluate(() => {
    const words = new Map<string, string>();
    for (const mark of document.querySelectorAll<HTMLElement>("mark[data-h]")) {
      const id = mark.dataset.h!;
      if (!mark.parentElement?.closest(`mark[data-h="${id}"]`)) words.set(id, (words.get(id) ?? "") + mark.innerText);
    }
    return [...words.values()];
  });

const editor = (page: Page) => page.getByRole("textbox", { name: "Text of the conversation" });
const openNote = (page: Page) => page.locator(".note.open");

/** A class of Ana's with one conversation of these turns; a second person reads along. */
async function lesson(ana: Page, someone: () => Promise<Page>, turns: string[]): Promise<Page> {
  await newClass(ana, "HIST 101");
  await add(ana, { text: turns.map((turn, i) => `${i % 2 ? "Assistant" : "User"}: ${turn}`).join("\n\n") });
  const { link } = await share(ana);
  const ben = await someone();
  await join(ben, link, "Ben");
  await ben.getByRole("button", { name: "Close" }).click(); // the return code
  await expect(ben.getByRole("article").first()).toBeVisible();
  return ben;
}

test("phrases after emoji, CJK and Arabic are painted as they were selected (10)", async ({ ana, someone }) => {
  const family = "👨‍👩‍👧‍👦";
  const ben = await lesson(ana, someone, [
    `A family ${family} and a flag 🏳️‍🌈, then the phrase.`,
    "这是一段**重要**的中文文字。\n\nهذه فقرة عربية قصيرة & שלום עולם.",
  ]);
  const phrases = ["then the phrase", `family ${family} and`, "重要的中文", "عربية قصيرة", "שלום"];
  for (const [i, phrase] of phrases.entries()) await tag(ana, phrase, String(i + 1));
  await expect.poll(async () => (await painted(ben)).sort()).toEqual([...phrases].sort());
});

test("overlapping highlights keep their own lines, and a click goes round (15)", async ({ ana, someone }) => {
  const ben = await lesson(ana, someone, ["Why?", "The lamps are going out all over Europe, said Grey."]);
  await tag(ana, "The lamps are going out", "1");
  await tag(ana, "going out all over Europe", "3");
  const inner = ben.locator("mark mark").filter({ hasText: "going out" });
  const line = (mark: Element) => {
    const { textDecorationStyle, textUnderlineOffset } = getComputedStyle(mark);
    return `${textDecorationStyle} ${textUnderlineOffset}`;
  };
  await expect(inner).toHaveCount(1);
  expect(await inner.evaluate(line)).not.toBe(await inner.locator("..").evaluate(line));
  await inner.click();
  await expect(openNote(ben)).toContainText("effective");
  await inner.click();
  await expect(openNote(ben)).toContainText("hallucination");
});

test("a highlight across two turns is painted in both (16)", async ({ ana, someone }) => {
  const ben = await lesson(ana, someone, ["Is it true?", "It is disputed."]);
  await tag(ana, "true?It is", "2");
  await expect(ben.getByRole("article").nth(0).locator("mark")).toHaveText("true?");
  await expect(ben.getByRole("article").nth(1).locator("mark")).toHaveText("It is");
  await expect(ben.locator("aside .note")).toHaveCount(1);
});

test("a highlight stays on its words, says when they are gone, and comes back by undo (18)", async ({ ana, someone }) => {
  const ben = await lesson(ana, someone, ["Is it ture?", "There were many causes of it."]);
  await tag(ben, "many causes", "2");
  await ana.getByRole("link", { name: "Edit" }).click();
  await editor(ana).getByText("There were").click();
  await ana.keyboard.press("Home");
  await ana.keyboard.type("Of course! ");
  await expect(ben.getByRole("article").nth(1)).toContainText("Of course! There were");
  await expect.poll(() => painted(ben)).toEqual(["many causes"]);
  await ana.keyboard.press("Shift+End");
  await ana.keyboard.press("Delete");
  await expect(ben.getByText("On deleted text")).toBeVisible();
  await expect(ben.locator(".gone")).toHaveText("many causes");
  await ana.keyboard.press("Control+z");
  await expect.poll(() => painted(ben)).toEqual(["many causes"]);
});

test("with the keyboard only: go, select, tag, comment, reply, resolve, undo (20, 22)", async ({ ana, someone }) => {
  const ben = await lesson(ana, someone, ["One?", "Two. Not this one.", "Three?", "Four is here. And more."]);
  await tag(ben, "Not this one", "1");
  const keys = async (...all: string[]) => {
    for (const key of all) await ana.keyboard.press(key);
  };
  await keys("j", "j", "j");
  await expect(ana.getByRole("heading", { name: "4 Assistant" })).toBeFocused();
  await keys("v", "3");
  await expect.poll(async () => (await painted(ben)).sort()).toEqual(["Four is here.", "Not this one"]);
  await keys("n", "c");
  await ana.keyboard.type("Which four?");
  await keys("Enter", "Escape", "r");
  await ana.keyboard.type("The last.");
  await keys("Enter", "Escape", "x");
  await expect(ben.getByRole("button", { name: /hallucination by Ana/ })).toContainText("Resolved by Ana");
  await keys("u");
  await expect(ben.getByText("Resolved by Ana")).toHaveCount(0);
  await keys("u", "u", "u");
  await expect.poll(() => painted(ben)).toEqual(["Not this one"]);
});

test("freezing takes the tools from every open page at once, says so, and thawing gives them back", async ({ ana, someone }) => {
  const ben = await lesson(ana, someone, ["One?", "Two is here."]);
  const more = async (name: string) => {
    await ana.getByRole("button", { name: "More", exact: true }).click();
    await ana.getByRole("button", { name }).click();
  };
  const tool = ben.getByRole("button", { name: /effective/ });
  await expect(tool).toBeEnabled();
  await expect(ben.getByRole("link", { name: "Edit" })).toBeVisible();
  await more("Freeze");
  await expect(ana.getByText("Frozen. Students can read it and change nothing.")).toBeVisible();
  await expect(ana.getByText(/Frozen for students at/)).toBeVisible();
  await expect(tool).toBeDisabled();
  await expect(ben.getByRole("link", { name: "Edit" })).toBeHidden();
  await expect(pill(ben)).toHaveText("Frozen");
  await expect(pill(ana)).toContainText("Saved"); // staff go on
  const why = /A teacher froze this conversation at .* You can still read, search and export it\./;
  await expect(ben.getByRole("status").filter({ hasText: why }), "said aloud").toHaveCount(1);
  await pill(ben).getByRole("button").click();
  await expect(ben.locator("[popover]:popover-open")).toHaveText(why);
  expect(await faults(ben)).toEqual([]);
  await ben.keyboard.press("Escape");
  await more("Let it be changed again");
  await expect(tool).toBeEnabled();
  await expect(pill(ben)).toContainText("Saved");
  await expect(ben.getByText("This conversation can be changed again.")).toHaveCount(1);
});

test("on paper there is the text with its highlights, then every note in full, in dark ink", async ({ ana, someone }) => {
  const ben = await lesson(ana, someone, ["One?", "Two is here."]);
  await tag(ana, "Two is here", "1");
  await ana.keyboard.press("n");
  await ana.keyboard.press("c");
  const words = "A comment that is longer than the one line that a note at rest has in the margin beside the text.";
  await ana.keyboard.type(words);
  await ana.keyboard.press("Enter");
  await expect(ben.locator(".note.line > p")).toHaveText(words);
  await ben.evaluate(() => (document.documentElement.dataset["theme"] = "dark"));
  await ben.emulateMedia({ media: "print" });
  await ben.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const whole = await ben.locator(".note.line > p").evaluate((p) => p.scrollHeight <= p.clientHeight && getComputedStyle(p).color);
  expect(whole, "dark ink").toBe(await ben.evaluate(() => getComputedStyle(document.body).color));
  const text = (await ben.locator("article .text").last().boundingBox())!;
  const note = (await ben.locator(".note").boundingBox())!;
  expect(text.width, "the text is as wide as the page").toBeGreaterThan(600);
  expect(note.y, "notes follow the text").toBeGreaterThanOrEqual(text.y + text.height);
  for (const part of ["banner", "contentinfo", "navigation"] as const) await expect(ben.getByRole(part)).toHaveCount(0);
  expect(await ben.evaluate(() => document.documentElement.dataset["theme"])).toBe("light");
  await ben.evaluate(() => dispatchEvent(new Event("afterprint")));
  expect(await ben.evaluate(() => document.documentElement.dataset["theme"])).toBeUndefined();
});

test("a highlight is removed while somebody writes on it: the words are offered back (17)", async ({ ana, someone }) => {
  const ben = await lesson(ana, someone, ["One?", "Two is here."]);
  await tag(ana, "Two is here", "1");
  await ben.getByRole("button", { name: /effective by Ana/ }).click();
  await ben.getByRole("textbox", { name: "Comment" }).fill("I was about to say");
  await ana.getByRole("button", { name: /effective by Ana/ }).click();
  await ana.getByRole("button", { name: "Remove the highlight" }).click();
  await expect(ben.getByRole("region", { name: "On removed highlights" })).toContainText("I was about to say");
  await ana.getByRole("button", { name: "Undo" }).click();
  await expect(ben.getByRole("textbox", { name: "Comment" })).toHaveValue("I was about to say");
});
