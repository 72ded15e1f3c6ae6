import { add, DIALOGUE, faults, marks, newClass, tagSentence } from "./steps";
import { expect, test } from "./test";

for (const [how, options] of Object.entries({
  "on a screen": {},
  "on a phone, in the dark": { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, colorScheme: "dark" },
} as const)) {
  test(`notes are filtered, and words are found, by keys ${how}`, async ({ ana, someone }) => {
    await newClass(ana, "HIST 101");
    await add(ana, DIALOGUE);
    for (const [i, digit] of ["1", "2", "2"].entries()) await tagSentence(ana, i + 1, digit);
    const page = await someone(options);
    await page.context().addCookies(await ana.context().cookies());
    await page.goto(ana.url());
    await expect(marks(page)).toHaveCount(3);

    await page.keyboard.press("f");
    const panel = page.getByRole("group", { name: "Filter the notes" });
    await expect(panel.getByRole("checkbox", { name: "effective 1" })).toBeFocused();
    expect(await faults(page)).toEqual([]);
    await page.keyboard.press("Space");
    await expect(marks(page)).toHaveCount(1);
    await panel.getByRole("checkbox", { name: "too broad 2" }).check();
    await panel.getByRole("checkbox", { name: "effective 1" }).uncheck();
    await panel.getByRole("checkbox", { name: "Ana 3" }).check();
    await expect(marks(page)).toHaveCount(2);
    await page.keyboard.press("Escape");
    await expect(panel).toBeHidden();
    await expect(page.getByRole("button", { name: "Filtered" })).toBeVisible();

    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: /Find in the text/ });
    await expect(field).toBeFocused();
    await field.fill("all notes");
    await expect(page.getByRole("option", { name: "Show all notes" })).toBeVisible();
    await field.press("Enter");
    await expect(field).toBeHidden();
    await expect(marks(page)).toHaveCount(3);

    await page.keyboard.press("/");
    await expect(field).toBeFocused();
    await field.fill("revolution");
    await expect(page.getByRole("option")).toHaveCount(3); // two turns, and the note on one of them
    expect(await faults(page)).toEqual([]);
    await field.press("ArrowDown");
    await expect(page.getByRole("option", { selected: true })).toContainText("A revolution can mean");
    await field.press("Enter");
    await expect(page.getByRole("heading", { name: "4 Assistant" })).toBeFocused();
  });
}
