import { add, DIALOGUE, join, newClass, share } from "./steps";
import { expect, test } from "./test";

test("a link or a code, a name, and one is in the class (1)", async ({ ana, someone }) => {
  await newClass(ana, "HIST 101");
  await ana.getByRole("link", { name: "People" }).click();
  const { link, code } = await share(ana);

  const ivo = await someone();
  await join(ivo, link, "Ivo");
  await expect(ivo.getByRole("heading", { name: "Nothing to read yet" }).or(ivo.getByRole("heading", { name: "Start with one conversation" }))).toBeVisible();

  const mira = await someone();
  await mira.goto("/j/");
  await mira.getByLabel("Code or link").fill(code.toLowerCase());
  await mira.getByRole("button", { name: "Go on" }).click();
  await mira.getByLabel("Your name in this class").fill("Mira");
  await mira.getByRole("button", { name: "Join" }).click();
  await expect(mira.getByRole("link", { name: "People 3" })).toBeVisible();

  await expect(ana.getByRole("heading", { name: "3 people" })).toBeVisible(); // without loading the page again
  await expect(ana.getByRole("row", { name: /Ivo/ })).toContainText("joined by link");
});

test("an invite for one lets one in, and tells the next (1)", async ({ ana, someone }) => {
  await newClass(ana, "HIST 101");
  const classId = ana.url().split("/").at(-1);
  const made = await ana.request.post(`/api/classes/${classId}/invites`, { data: { max_uses: 1 } });
  const { url } = await made.json();

  const ivo = await someone();
  await join(ivo, url, "Ivo");
  await expect(ivo).toHaveURL(/\/classes\//);

  const late = await someone();
  await late.goto(url);
  await expect(late.getByRole("heading", { name: "This invite has been used up" })).toBeVisible();
  await expect(late.getByText("Nothing was created.")).toBeVisible();
  expect(await late.context().cookies()).toEqual([]);
});

test("ending the link that is shown makes no other", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  await ana.getByRole("link", { name: "People" }).click();
  await ana.getByRole("button", { name: "Share the link" }).click();
  const dialog = ana.getByRole("dialog", { name: "Share" });
  await dialog.getByRole("listitem").filter({ hasText: "This link" }).getByRole("button", { name: "End" }).click();
  await expect(dialog.getByText("The link is ended")).toBeVisible();
  await expect(dialog.getByRole("button", { name: "End" })).toHaveCount(0);
  await dialog.getByRole("button", { name: "Make another link" }).click();
  await expect(dialog.getByRole("img", { name: "QR code of the link" })).toBeVisible();
  await expect(dialog.getByRole("button", { name: "End" })).toHaveCount(1);
});

test("an invite that was ended lets nobody in (2)", async ({ ana, someone }) => {
  await newClass(ana, "HIST 101");
  await ana.getByRole("link", { name: "People" }).click();
  const { link } = await share(ana);
  await ana.getByRole("button", { name: "End" }).click();
  await expect(ana.getByRole("heading", { name: "Open invites" })).toBeHidden();

  const late = await someone();
  await late.goto(link);
  await expect(late.getByRole("heading", { name: "This invite was taken back" })).toBeVisible();
  expect(await late.context().cookies()).toEqual([]);
});

test("a code that no class has, and one that no class can have", async ({ someone }) => {
  const ivo = await someone();
  await ivo.goto("/j/");
  const field = ivo.getByLabel("Code or link");
  await field.fill("KOQM 2XR");
  await field.press("Enter");
  await expect(field).toHaveAccessibleDescription(/no I, L or O/);
  await field.fill("https://elsewhere.example/j/K7QM-2XR");
  await field.press("Enter");
  await expect(field).toHaveAccessibleDescription(/elsewhere\.example/);
  await field.fill("K7QM 2XR");
  await field.press("Enter");
  await expect(ivo.getByRole("heading", { name: "No class has this code" })).toBeVisible();
  await ivo.goto("/j/#not-a-token");
  await expect(ivo.getByRole("heading", { name: "No class has this code" })).toBeVisible();
});

test("a name that is taken is answered with one that is free", async ({ ana, someone }) => {
  await newClass(ana, "HIST 101");
  await ana.getByRole("link", { name: "People" }).click();
  const { link } = await share(ana);
  await join(await someone(), link, "Ben");

  const other = await someone();
  await join(other, link, "Ben");
  await expect(other.getByLabel("Your name in this class")).toHaveAccessibleDescription(/Ben/);
  await other.getByRole("button", { name: /^Use “.+” instead$/ }).click();
  await other.getByRole("button", { name: "Join" }).click();
  await expect(other).toHaveURL(/\/classes\//);
});

test("a return code brings a guest back on another device", async ({ ana, someone }) => {
  await newClass(ana, "HIST 101");
  await add(ana, DIALOGUE);
  const { link } = await share(ana);
  const phone = await someone();
  await join(phone, link, "Ivo");
  const said = await phone.getByText(/Your return code is/).innerText();
  const code = /[a-z]+(-[a-z]+)+-\d+/.exec(said)?.[0] ?? "";

  const laptop = await someone();
  await laptop.goto("/j/");
  await laptop.getByLabel("Code or link").fill(code.replaceAll("-", " "));
  await laptop.getByRole("button", { name: "Go on" }).click();
  await expect(laptop.getByRole("link", { name: "Was the printing press a revolution?" })).toBeVisible();
  await expect(laptop.getByRole("link", { name: "Ivo, my account" })).toBeVisible();
});

test("a shared computer keeps nothing when its browser closes", async ({ ana, someone }) => {
  await newClass(ana, "HIST 101");
  await ana.getByRole("link", { name: "People" }).click();
  const { link } = await share(ana);
  const library = await someone();
  await library.goto(link);
  await library.getByLabel("Your name in this class").fill("Ivo");
  await library.getByRole("switch", { name: "This is a shared computer" }).check();
  await library.getByRole("button", { name: "Join" }).click();
  await expect(library).toHaveURL(/\/classes\//);
  expect((await library.context().cookies()).map((cookie) => cookie.expires)).toEqual([-1]);
});

test("who is signed in joins as oneself", async ({ ana, someone, server }) => {
  await newClass(ana, "HIST 101");
  await ana.getByRole("link", { name: "People" }).click();
  const { link } = await share(ana);
  const ivo = await someone();
  await join(ivo, link, "Ivo");
  await ana.goto(server.origin);
  await newClass(ana, "HIST 214");
  await ana.getByRole("link", { name: "People" }).click();
  const second = await share(ana);
  await ivo.goto(second.link);
  await ivo.getByRole("button", { name: "Join as Ivo" }).click();
  await expect(ivo.getByText("HIST 214")).toBeVisible();
});
