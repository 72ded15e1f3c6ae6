import { DIALOGUE, fixture, newClass, paste } from "./steps";
import { expect, test } from "./test";

const turn = (page: import("@playwright/test").Page, name: RegExp) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });

for (const [file, label] of [
  ["chatgpt.html.gz", "ChatGPT"],
  ["claude.html.gz", "Claude"],
] as const) {
  test(`a page of ${label} becomes its turns (7)`, async ({ ana }) => {
    await newClass(ana, "HIST 101");
    await paste(ana, { html: fixture(file), text: "the plain flavour" });
    await expect(ana.getByText(new RegExp(`^${label}, \\d+ turns$`))).toBeVisible();
    await ana.getByRole("button", { name: /^Add \d+ turns$/ }).click();
    await expect(ana).toHaveURL(/\/c\//);
  });
}

test("turns are put right before they are added (8)", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  await paste(ana, DIALOGUE);
  await expect(ana.getByRole("button", { name: "Add 4 turns" })).toBeVisible();

  await turn(ana, /^3/).getByRole("button", { expanded: false }).click();
  await ana.getByRole("button", { name: "Merge up" }).click();
  await expect(ana.getByRole("button", { name: "Add 3 turns" })).toBeVisible();
  await expect(turn(ana, /^2 Assistant/)).toContainText("Then my teacher is wrong?");

  await ana.keyboard.press("j");
  await ana.getByRole("button", { name: "Flip role" }).click();
  await expect(turn(ana, /^3/)).toHaveClass(/asks/);

  await ana.keyboard.press("x");
  await expect(ana.getByRole("button", { name: "Add 2 turns" })).toBeVisible();
  await ana.getByRole("button", { name: "Undo" }).click();
  await expect(ana.getByRole("button", { name: "Add 3 turns" })).toBeVisible();

  await expect(turn(ana, /^2/).getByRole("button", { expanded: true })).toBeVisible();
  await ana.keyboard.press("s");
  await ana.keyboard.press("Enter");
  await expect(ana.getByRole("button", { name: "Add 4 turns" })).toBeVisible();

  await ana.getByLabel("Title").fill("Print, slowly");
  await ana.getByRole("button", { name: "Add 4 turns" }).click();
  await expect(ana.getByRole("heading", { name: "Print, slowly" })).toBeVisible();
  await expect(ana.getByRole("article")).toHaveCount(4);
});

test("plain text is one turn when it is wanted so", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  await paste(ana, DIALOGUE);
  await ana.getByRole("button", { name: "Treat as plain text" }).click();
  await expect(ana.getByRole("button", { name: "Add 1 turn" })).toBeVisible();
  await ana.getByRole("button", { name: "Look for turns again" }).click();
  await expect(ana.getByRole("button", { name: "Add 4 turns" })).toBeVisible();
});

test("a preview that was left keeps nothing (nothing is written before Add)", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  await paste(ana, DIALOGUE);
  await ana.getByRole("link", { name: "Cancel" }).click();
  await expect(ana.getByRole("heading", { name: "Start with one conversation" })).toBeVisible();
});

test("a name is redacted everywhere, and is not stored with the pasted text either", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  await paste(ana, { text: "User: I am Mira.\n\nAssistant: Good morning, Mira." });
  await expect(turn(ana, /^2/)).toContainText("Good morning, Mira.");
  await turn(ana, /^2/).getByText("Good morning").evaluate((element) => {
    const text = document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode() as Text;
    const at = text.data.indexOf("Mira");
    getSelection()!.setBaseAndExtent(text, at, text, at + 4);
  });
  await ana.getByRole("button", { name: "Redact “Mira” everywhere" }).click();
  await expect(turn(ana, /^1/)).toContainText("I am (redacted).");
  await expect(turn(ana, /^2/)).toContainText("Good morning, (redacted).");
  const sent = ana.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/conversations"));
  await ana.getByRole("button", { name: "Add 2 turns" }).click();
  expect((await sent).postData()).not.toContain("Mira");
  await expect(ana.getByRole("article").first()).toContainText("I am (redacted).");
});
