import { add, DIALOGUE, newClass } from "./steps";
import { expect, test } from "./test";

test("while the server is away, the screens say so and come back when asked", async ({ ana, server }) => {
  await newClass(ana, "HIST 101");
  await server.kill();
  await ana.getByRole("link", { name: "People" }).click();
  await expect(ana.getByRole("alert").filter({ hasText: "cannot be reached" })).toBeVisible();
  await server.start();
  await ana.getByRole("button", { name: "Try again" }).click();
  await expect(ana.getByRole("heading", { name: "1 person" })).toBeVisible();
});

test("a form that could not be sent keeps what was written", async ({ ana, server }) => {
  await ana.getByRole("button", { name: "New class" }).click();
  const name = ana.getByLabel("Name");
  await name.fill("HIST 101");
  await server.kill();
  await name.press("Enter");
  await expect(ana.getByRole("dialog").getByRole("alert")).toContainText("cannot be reached");
  await expect(name).toHaveValue("HIST 101");
  await server.start();
  await name.press("Enter");
  await expect(ana.getByRole("heading", { name: "Start with one conversation" })).toBeVisible();
});

test("a text can be read again after the server was away while it was opened", async ({ ana, server }) => {
  await newClass(ana, "HIST 101");
  await add(ana, DIALOGUE);
  const conversation = ana.url();
  await ana.goto("/");
  await expect(ana.getByRole("heading", { name: "My classes" })).toBeVisible();
  await server.kill();
  await ana.evaluate((path) => {
    history.pushState(null, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
  }, new URL(conversation).pathname);
  await expect(ana.getByRole("alert").filter({ hasText: "cannot be reached" })).toBeVisible(); // its code, or its facts
  await server.start();
  await ana.getByRole("button", { name: "Try again" }).click();
  await expect(ana.getByRole("article")).toHaveCount(4);
});
