import type { Page } from "@playwright/test";
import { DIALOGUE, faults, join, newClass, paste, pasteBox, share } from "./steps";
import { expect, test } from "./test";

/** Nothing that axe finds, and nothing to scroll sideways. */
async function sound(page: Page, screen: string): Promise<void> {
  expect.soft(await faults(page), `axe on ${screen}`).toEqual([]);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect.soft(over, `${screen} scrolls sideways`).toBe(0);
}

for (const [how, options] of Object.entries({
  "in the light": {},
  "in the dark": { colorScheme: "dark" },
  "with more contrast": { contrast: "more" },
  "on a phone": { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const)) {
  test(`every screen is sound ${how}`, async ({ someone, server }) => {
    const ana = await someone(options);
    await ana.goto(server.setupLink);
    await expect(ana.getByLabel("Your name")).toBeFocused();
    await sound(ana, "setup");
    await ana.getByLabel("Your name").fill("Ana");
    await ana.getByLabel("Passphrase", { exact: true }).fill("short");
    await ana.getByRole("button", { name: "Make my account" }).click();
    await expect(ana.getByLabel("Passphrase", { exact: true })).toHaveAccessibleDescription(/at least 10/i);
    await sound(ana, "setup with a fault");
    await ana.getByLabel("Passphrase", { exact: true }).fill("correct horse battery staple");
    await ana.getByRole("button", { name: "Make my account" }).click();

    await expect(ana.getByRole("heading", { name: "Start with a name" })).toBeVisible();
    await sound(ana, "my classes, empty");
    await newClass(ana, "HIST 101, Donaudampfschifffahrtselektrizitätenhauptbetriebswerk");
    await sound(ana, "library, empty");
    await paste(ana, DIALOGUE);
    await ana.getByRole("listitem").filter({ hasText: "Eisenstein" }).getByRole("button").click();
    await sound(ana, "import preview");
    await ana.getByRole("button", { name: "Add 4 turns" }).click();
    await expect(ana.getByRole("article").filter({ hasText: "Eisenstein" })).toBeVisible();
    await sound(ana, "conversation");

    const classId = await classOf(ana);
    await ana.goto(`/classes/${classId}`);
    await expect(ana.getByRole("link", { name: "Was the printing press a revolution?" })).toBeVisible();
    await sound(ana, "library");
    await ana.getByRole("button", { name: /^More about/ }).click();
    await ana.getByRole("button", { name: "Title and readers" }).click();
    await sound(ana, "title and readers");
    await ana.getByRole("button", { name: "Close" }).click();
    await ana.goto(`/classes/${classId}/people`);
    const { link } = await share(ana);
    await sound(ana, "people");
    await ana.goto(`/classes/${classId}/settings`);
    await expect(ana.getByRole("heading", { name: "Settings" })).toBeVisible();
    await sound(ana, "settings");
    await ana.goto("/me");
    await expect(ana.getByRole("heading", { name: "Ana" })).toBeVisible();
    await sound(ana, "me");
    await ana.goto("/c/nowhere");
    await expect(ana.getByRole("heading", { name: "There is nothing here for you" })).toBeVisible();
    await sound(ana, "not found");

    const ivo = await someone(options);
    await ivo.goto("/sign-in");
    await expect(ivo.getByLabel("Name or e-mail")).toBeFocused();
    await sound(ivo, "sign in");
    await ivo.goto("/j/#nobody-knows-it");
    await expect(ivo.getByRole("heading", { name: "No class has this code" })).toBeVisible();
    await sound(ivo, "closed door");
    await ivo.goto("/j/");
    await expect(ivo.getByLabel("Code or link")).toBeFocused();
    await sound(ivo, "code");
    await ivo.goto(link);
    await expect(ivo.getByLabel("Your name in this class")).toBeFocused();
    await sound(ivo, "join");
    await join(ivo, link, "Ivo");
    await expect(ivo.getByText(/Your return code is/)).toBeVisible();
    await expect(pasteBox(ivo)).toBeVisible(); // the code is told before the class has been loaded
    await sound(ivo, "joined");
  });
}

test("a stranger's page starts without an error in its console", async ({ someone }) => {
  const page = await someone();
  const errors: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  for (const [path, heading] of [["/sign-in", "Sign in"], ["/", "Sign in"], ["/j/", "Come in"]] as const) {
    await page.goto(path);
    await expect(page.getByRole("heading", { name: heading })).toBeVisible();
  }
  expect(errors).toEqual([]);
});

async function classOf(page: Page): Promise<string> {
  const conversation = await page.request.get(`/api/conversations/${page.url().split("/").at(-1)}`);
  return (await conversation.json()).class_id;
}

test("setup to highlight with the keyboard alone (20)", async ({ someone, server }) => {
  const ana = await someone();
  await ana.goto(server.setupLink);
  await expect(ana.getByLabel("Your name")).toBeFocused();
  await ana.keyboard.type("Ana");
  await ana.keyboard.press("Tab");
  await ana.keyboard.type("correct horse battery staple");
  await ana.keyboard.press("Enter");
  const make = ana.getByRole("button", { name: "New class" });
  await expect(make).toBeVisible();
  await tabTo(ana, make);
  await ana.keyboard.press("Enter");
  await ana.keyboard.type("HIST 101");
  await ana.keyboard.press("Enter");
  await paste(ana, DIALOGUE);
  await expect(ana.getByRole("button", { name: "Add 4 turns" })).toBeVisible();
  await tabTo(ana, ana.getByLabel("Title"));
  await ana.keyboard.press("Enter");
  await expect(ana.getByRole("article")).toHaveCount(4);
  await ana.keyboard.press("v");
  await ana.keyboard.press("3");
  await expect(ana.getByRole("button", { name: /hallucination by Ana on “Was the printing press/ })).toBeVisible();
});

async function tabTo(page: Page, wanted: ReturnType<Page["getByRole"]>): Promise<void> {
  for (let i = 0; i < 40 && !(await wanted.evaluate((element) => element === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await expect(wanted).toBeFocused();
}
