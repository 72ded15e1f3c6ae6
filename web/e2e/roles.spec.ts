import type { Page } from "@playwright/test";
import { add, DIALOGUE, faults, join, marks, newClass, pill, saved, share, tagSentence } from "./steps";
import { expect, test } from "./test";

/** Ana's class with one conversation, and Ivo reading it in a second browser. */
async function lesson(ana: Page, ivo: Page): Promise<{ classPath: string; conversation: string }> {
  await newClass(ana, "HIST 101");
  const classPath = new URL(ana.url()).pathname;
  await add(ana, DIALOGUE);
  const { link } = await share(ana);
  await join(ivo, link, "Ivo");
  await expect(ivo.getByRole("article")).toHaveCount(4);
  return { classPath, conversation: new URL(ana.url()).pathname };
}

test("a member who is removed is told so where he reads, and finds nothing any more (6)", async ({ ana, someone }) => {
  const ivo = await someone();
  const { classPath, conversation } = await lesson(ana, ivo);
  await ana.goto(`${classPath}/people`);
  await ana.getByRole("button", { name: "Remove Ivo" }).click();
  await ana.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(ana.getByRole("heading", { name: "1 person" })).toBeVisible();
  await expect(ivo.getByRole("alert").filter({ hasText: "This conversation is no longer open to you" })).toBeVisible();
  expect(await faults(ivo), "axe where a conversation was").toEqual([]);
  await ivo.goto(conversation);
  await expect(ivo.getByRole("heading", { name: "There is nothing here for you" })).toBeVisible();
  await ivo.goto("/");
  await expect(ivo.getByRole("heading", { name: "You are in no class yet" })).toBeVisible();
});

test("what is private is to a classmate as if it were not there (32)", async ({ ana, someone }) => {
  const ivo = await someone();
  const { classPath, conversation } = await lesson(ana, ivo);
  await ana.goto(classPath);
  await ana.getByRole("button", { name: /^More about/ }).click();
  await ana.getByRole("button", { name: "Title and readers" }).click();
  await ana.getByRole("radio", { name: /Nobody else/ }).check();
  await ana.getByRole("button", { name: "Save" }).click();
  await expect(ana.getByText("only you see this")).toBeVisible();

  await ivo.goto(conversation);
  await expect(ivo.getByRole("heading", { name: "There is nothing here for you" })).toBeVisible();
  const [known, random] = await Promise.all(
    [conversation.replace("/c/", ""), "01980000-0000-7000-8000-000000000000"].map(async (id) => {
      const answer = await ivo.request.get(`/api/conversations/${id}`);
      return [answer.status(), await answer.text()];
    }),
  );
  expect(known).toEqual(random);
});

test("a class's name, its rules and its end", async ({ ana, someone }) => {
  const ivo = await someone();
  const { classPath } = await lesson(ana, ivo);
  await ana.goto(`${classPath}/settings`);
  await ana.getByLabel("Name of the class").fill("HIST 101, Europe");
  await ana.getByRole("checkbox", { name: /Everyone may repair/ }).uncheck();
  await ana.getByRole("button", { name: "Save the settings" }).click();
  await expect(ana.getByText("The settings are saved.")).toBeVisible();
  await ivo.reload();
  await expect(ivo.getByRole("link", { name: "HIST 101, Europe" })).toBeVisible();
  await expect(ivo.getByRole("link", { name: "Edit" })).toBeHidden();

  await ana.getByRole("button", { name: "Archive the class" }).click();
  await ana.getByRole("button", { name: "Archive it" }).click();
  await expect(ana.getByRole("heading", { name: "This class is archived" })).toBeVisible();
  await ivo.goto(classPath);
  await expect(ivo.getByText("This class is archived. It can be read; nothing can be added.")).toBeVisible();
});

test("a conversation is renamed, frozen and deleted from the library", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  const classPath = new URL(ana.url()).pathname;
  await add(ana, DIALOGUE);
  await ana.goto(classPath);
  const more = ana.getByRole("button", { name: /^More about/ });
  await more.click();
  await ana.getByRole("button", { name: "Title and readers" }).click();
  await ana.getByRole("textbox", { name: "Title" }).fill("Print, slowly");
  await ana.getByRole("button", { name: "Save" }).click();
  await expect(ana.getByRole("link", { name: "Print, slowly" })).toBeVisible();

  await more.click();
  await ana.getByRole("button", { name: "Freeze" }).click();
  await expect(ana.getByText("frozen just now")).toBeVisible();

  await more.click();
  await ana.getByRole("button", { name: "Delete…" }).click();
  await ana.getByRole("button", { name: "Delete it" }).click();
  await expect(ana.getByRole("heading", { name: "Start with one conversation" })).toBeVisible();
});

test("a conversation that is damaged on the disk says that it can only be read", async ({ ana, server }) => {
  await newClass(ana, "HIST 101");
  await add(ana, DIALOGUE);
  const conversation = ana.url();
  for (const n of [1, 2]) {
    await tagSentence(ana, n, String(n));
    await saved(ana); // a row for each
  }
  await server.kill();
  await ana.goto("about:blank"); // a page that still has what the disk has lost
  await server.damage("UPDATE conversation_updates SET crc = crc + 1 WHERE seq = 2");
  await server.start();
  await ana.goto(conversation);
  const why = /Part of this conversation could not be read from the disk\./;
  await expect(ana.locator(".banner")).toHaveText(why);
  await expect(pill(ana)).toHaveText("Read-only");
  await expect(ana.locator("article[data-turn]")).toHaveCount(4);
  await expect(marks(ana)).toHaveCount(1);
  await expect(ana.getByRole("button", { name: /effective/ }).last()).toBeDisabled();
  expect(await faults(ana)).toEqual([]);
  await pill(ana).getByRole("button").click();
  await expect(ana.locator("[popover]:popover-open")).toHaveText(why);
  await ana.keyboard.press("Escape");
  const seen = ana.getByText(why).filter({ visible: true });
  await expect(seen.and(ana.locator(":not([role=status])")), "it is said once").toHaveCount(1);
});

test("signing out ends the session, and signing in brings one back to the page asked for", async ({ ana, server }) => {
  await newClass(ana, "HIST 101");
  const classPath = new URL(ana.url()).pathname;
  await ana.goto("/me");
  await ana.getByRole("button", { name: "Sign out" }).click();
  await expect(ana.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await ana.goto(`${server.origin}${classPath}/people`);
  await ana.getByLabel("Name or e-mail").fill("Ana");
  await ana.getByLabel("Passphrase", { exact: true }).fill("not the passphrase");
  await ana.getByRole("button", { name: "Sign in" }).click();
  await expect(ana.getByRole("alert")).toContainText("passphrase");
  await ana.getByLabel("Passphrase", { exact: true }).fill("correct horse battery staple");
  await ana.getByRole("button", { name: "Sign in" }).click();
  await expect(ana.getByRole("heading", { name: "1 person" })).toBeVisible();
  await ana.goto(server.setupLink);
  await expect(ana.getByRole("heading", { name: "Grimoire is set up" })).toBeVisible();
});
