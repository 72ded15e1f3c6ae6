import type { Page } from "@playwright/test";
import { kept, lesson, marks, pill, rows, saved, tagSentence } from "./steps";
import { expect, test } from "./test";

const editor = (page: Page) => page.getByRole("textbox", { name: "Text of the conversation" });

/** Another tab of the same browser, at the same conversation. */
async function another(page: Page): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(page.url().replace(/\/edit$/, ""));
  await expect(tab.locator("article[data-turn]")).toHaveCount(4);
  await saved(tab);
  return tab;
}

test("three tabs of one person write without a network, one is closed: all of it arrives, each word once", async ({ ana, someone, cable }) => {
  const first = await someone();
  await lesson(ana, first, cable);
  const second = await another(first);
  const third = await another(first);
  await third.getByRole("link", { name: "Edit" }).click();
  await expect(editor(third)).toContainText("Not wrong.");

  cable.cut();
  await tagSentence(first, 1, "1");
  await tagSentence(second, 2, "2");
  await editor(third).getByText("Not wrong.").click();
  await third.keyboard.press("End");
  await third.keyboard.type(" Typed on a train.");
  for (const page of [first, second]) await expect(pill(page)).toContainText(kept(1));
  await expect(pill(third)).toContainText(kept(" Typed on a train.".length));
  await third.close();

  cable.mend();
  for (const page of [first, second]) {
    await saved(page);
    await expect(marks(page)).toHaveCount(2);
  }
  await expect(marks(ana)).toHaveCount(2);
  const fourth = await another(first);
  await expect.poll(() => rows(fourth), "what is saved is not kept any more").toBe(0);
  for (const page of [ana, first, second, fourth]) {
    await expect(page.locator("article[data-turn]").last()).toContainText(/Typed on a train\./);
    await expect(marks(page)).toHaveCount(2);
  }
  const text = await ana.locator("main").innerText();
  expect(text.split("Typed on a train.")).toHaveLength(2);

  cable.cut(); // once more, with all of them there
  await tagSentence(fourth, 3, "3");
  await expect(pill(fourth)).toContainText(kept(1));
  cable.mend();
  for (const page of [first, second, fourth, ana]) await expect(marks(page)).toHaveCount(3);
  for (const page of [first, second, fourth]) await saved(page);
  await expect.poll(() => rows(first)).toBe(0);
});
