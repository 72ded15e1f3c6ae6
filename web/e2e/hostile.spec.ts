import type { Page } from "@playwright/test";
import { add, fixture, newClass, paste, pasteBox } from "./steps";
import { expect, test } from "./test";

/** Every request that left for another host. */
function watch(page: Page, origin: string): string[] {
  const left: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== origin) left.push(request.url());
  });
  return left;
}

const preview = (page: Page) => page.getByRole("region", { name: "How it will look" });

test("hostile HTML runs nothing, fetches nothing and stays readable (9)", async ({ ana, server }) => {
  const left = watch(ana, server.origin);
  await newClass(ana, "HIST 101");
  const html = fixture("hostile.html");
  await paste(ana, { html, text: "Is this text safe? The words of the answer stay readable." });
  await expect(preview(ana)).toContainText("The words of the answer stay readable.");
  await ana.getByRole("link", { name: "Cancel" }).click();
  await add(ana, { html, text: "Is this text safe?" });
  const answer = ana.getByRole("article").filter({ hasText: "The words of the answer stay readable." });
  await expect(answer.getByRole("link", { name: "real link" })).toHaveAttribute("href", "https://example.org/");
  await expect(ana.locator("[href^='javascript:'], iframe, form[action]")).toHaveCount(0);
  expect(await ana.evaluate("window.stolen")).toBeUndefined();
  expect(left).toEqual([]);
});

test("the same from a file (9)", async ({ ana, server }) => {
  const left = watch(ana, server.origin);
  await newClass(ana, "HIST 101");
  const chooser = ana.waitForEvent("filechooser");
  await ana.getByRole("button", { name: "Choose a file" }).click();
  await (await chooser).setFiles({ name: "page.html", mimeType: "text/html", buffer: Buffer.from(fixture("hostile.html")) });
  await expect(preview(ana)).toContainText("The words of the answer stay readable.");
  expect(await ana.evaluate("window.stolen")).toBeUndefined();
  expect(left).toEqual([]);
});

test("50 MB are refused with words, before and after they travel (12)", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  const chooser = ana.waitForEvent("filechooser");
  await ana.getByRole("button", { name: "Choose a file" }).click();
  await (await chooser).setFiles({ name: "all.json", mimeType: "application/json", buffer: Buffer.alloc(49_000_000, "a") });
  await expect(ana.getByRole("alert").filter({ hasText: "49 MB" })).toBeVisible();
  await expect(pasteBox(ana)).toBeVisible();

  const answer = await ana.request.post("/api/import/preview", { data: { text: "a".repeat(49_000_000) } });
  expect(answer.status()).toBe(413);
  expect((await answer.json()).detail).toMatch(/too large/i);
});

test("an empty clipboard is answered beside the box", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  await paste(ana, { text: "  \n " });
  await expect(ana.getByRole("alert").filter({ hasText: "no text" })).toBeVisible();
});

test("a picture is answered beside the box", async ({ ana }) => {
  await newClass(ana, "HIST 101");
  const chooser = ana.waitForEvent("filechooser");
  await ana.getByRole("button", { name: "Choose a file" }).click();
  await (await chooser).setFiles({ name: "page.png", mimeType: "image/png", buffer: Buffer.from([0x89, 0x50, 0x4e, 0x47]) });
  await expect(ana.getByRole("alert").filter({ hasText: "no text to read" })).toBeVisible();
});
