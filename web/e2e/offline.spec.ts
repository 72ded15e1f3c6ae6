import type { Page } from "@playwright/test";
import { faults, kept, lesson, marks, pill, saved, tagSentence } from "./steps";
import { expect, test } from "./test";

/** Another tab of the same browser, at the same address. */
async function openAgain(page: Page): Promise<Page> {
  const url = page.url();
  const context = page.context();
  await page.close();
  const again = await context.newPage();
  await again.goto(url);
  return again;
}

test("three highlights without a network, the browser closed, the server killed: all three arrive (24)", async ({ ana, someone, server, cable }) => {
  const ivo = await someone();
  await lesson(ana, ivo, cable);
  cable.cut();
  for (const n of [1, 2, 3]) await tagSentence(ivo, n, String(n));
  await expect(pill(ivo)).toContainText(kept(3));
  await server.kill();
  await server.start();
  cable.mend();
  const again = await openAgain(ivo);
  await expect(marks(ana)).toHaveCount(3);
  await expect(marks(again)).toHaveCount(3);
  await saved(again);
});

test("where the class allows it, a conversation opens without a network and can be written in (24)", async ({ ana, someone, cable }) => {
  const ivo = await someone();
  await lesson(ana, ivo, cable);
  const conversation = ana.url();
  await ana.getByRole("link", { name: "HIST 101" }).click();
  await ana.getByRole("link", { name: "Settings" }).click();
  await ana.getByRole("checkbox", { name: /may be kept on people’s devices/ }).check();
  await ana.getByRole("button", { name: "Save the settings" }).click();
  await expect(ana.getByText("The settings are saved.")).toBeVisible();
  await ana.goto(conversation);

  await ivo.reload();
  await tagSentence(ivo, 1, "1");
  await saved(ivo);
  await ivo.evaluate(() => navigator.serviceWorker.ready);
  await expect.poll(() => ivo.evaluate(async () => (await caches.match("/"))?.status), "the program is kept").toBe(200);
  await ivo.getByRole("button", { name: "More" }).click();
  const exported = ivo.waitForEvent("download");
  await ivo.getByRole("link", { name: "Export as Markdown" }).click(); // an address, and no page to be kept
  await (await exported).delete();
  await ivo.goto(`${cable.origin}/healthz`);
  expect(await ivo.evaluate(async () => (await caches.match("/"))?.text()), "the page that is kept").toContain('id="app"');
  await ivo.goBack();
  await expect(marks(ivo)).toHaveCount(1);
  await ivo.getByRole("link", { name: "HIST 101" }).click(); // the copy is written when one leaves
  await expect(ivo.getByRole("link", { name: "Was the printing press a revolution?" })).toBeVisible();
  await ivo.goBack();
  await expect(marks(ivo)).toHaveCount(1);

  cable.cut();
  await tagSentence(ivo, 2, "2");
  await expect(pill(ivo)).toContainText(kept(1));
  const again = await openAgain(ivo);
  await expect(again.locator("article[data-turn]")).toHaveCount(4);
  await expect(marks(again)).toHaveCount(2);
  await expect(pill(again)).toContainText(kept(1));
  await tagSentence(again, 3, "3");
  await expect(pill(again)).toContainText(kept(2));
  cable.mend();
  await saved(again);
  await expect(marks(ana)).toHaveCount(3);
});

test("a shared computer keeps nothing: the page says so, and asks before it closes", async ({ ana, someone, cable }) => {
  const ivo = await someone();
  await lesson(ana, ivo, cable, true);
  cable.cut();
  await tagSentence(ivo, 1, "1");
  await expect(pill(ivo)).toContainText(/(Reconnecting|Offline), 1 change kept in this tab/);
  expect(await ivo.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
  const asked = ivo.waitForEvent("dialog");
  const closing = ivo.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe("beforeunload");
  await dialog.dismiss();
  await closing;
  cable.mend();
  await saved(ivo);
  await expect(marks(ana)).toHaveCount(1);
});

test("a device with no room says so, asks before it closes, and sends all the same", async ({ ana, someone, cable }) => {
  const ivo = await someone();
  await ivo.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException("no room", "QuotaExceededError");
    };
  });
  await lesson(ana, ivo, cable);
  cable.cut();
  await tagSentence(ivo, 1, "1");
  await expect(pill(ivo)).toContainText(/(Reconnecting|Offline), 1 change kept in this tab/);
  await pill(ivo).getByRole("button").click();
  await expect(ivo.getByText(/leave this tab open until it says Saved/)).toBeVisible();
  await ivo.keyboard.press("Escape");
  const asked = ivo.waitForEvent("dialog");
  const closing = ivo.close({ runBeforeUnload: true });
  await (await asked).dismiss();
  await closing;
  cable.mend();
  await saved(ivo);
  await expect(marks(ana)).toHaveCount(1);
  let asks = 0;
  ivo.on("dialog", (dialog) => (asks++, dialog.accept()));
  const closed = ivo.waitForEvent("close");
  await ivo.close({ runBeforeUnload: true });
  await closed;
  expect(asks, "everything is saved: nothing to ask").toBe(0);
});

test("on a phone the pill keeps its count, says the rest when pressed, and nothing covers what is offered", async ({
  ana,
  someone,
  cable,
}) => {
  const ivo = await someone({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await lesson(ana, ivo, cable);
  cable.cut();
  await tagSentence(ivo, 1, "1");
  await expect(pill(ivo)).toContainText(kept(1));
  expect(await pill(ivo).innerText(), "what there is room for").toMatch(/^(Reconnecting|Offline), 1 change$/);
  await pill(ivo).getByRole("button").tap();
  const why = ivo.getByText("Go on: what you write is kept on this device, and sent by itself.").and(ivo.locator("[popover]"));
  await expect(why).toBeInViewport({ ratio: 1 });
  await ivo.keyboard.press("Escape");
  await expect(why).toBeHidden();
  await ana.getByRole("button", { name: "More", exact: true }).click();
  await ana.getByRole("button", { name: "Freeze" }).click();
  await expect(ana.getByText(/Frozen for students/)).toBeVisible();
  cable.mend();
  await expect(ivo.getByRole("alert")).toContainText("Not accepted.");
  await ivo.getByRole("button", { name: "Copy what I wrote" }).tap(); // the return code is still told
  await expect(ivo.getByText("Copied.")).toBeVisible();
  expect(await faults(ivo), "axe on a refused page").toEqual([]);
});

test("a session that ended with something unsent: sent after signing in again elsewhere, in nobody else's name", async ({
  ana,
  someone,
  cable,
}) => {
  const ivo = await someone();
  await lesson(ana, ivo, cable);
  const cookies = await ivo.context().cookies();
  cable.cut();
  await tagSentence(ivo, 1, "1");
  await expect(pill(ivo)).toContainText(kept(1));
  await ivo.context().clearCookies();
  cable.mend();
  await expect(pill(ivo)).toHaveText("Signed out, 1 change kept on this device");
  await expect(ivo.getByRole("alert")).toContainText("You are signed out.");
  expect(await faults(ivo), "axe on a page that is signed out").toEqual([]);

  const send = ivo.getByRole("button", { name: "Send them" });
  await send.click();
  await expect(ivo.getByText("Nobody is signed in here yet. Sign in as Ivo")).toBeVisible();
  const { hostname } = new URL(cable.origin);
  const anas = (await ana.context().cookies()).map((cookie) => ({ ...cookie, domain: hostname }));
  await ivo.context().addCookies(anas);
  await send.click();
  await expect(ivo.getByText("Ana is signed in here now. Sign in as Ivo")).toBeVisible();
  await ivo.context().clearCookies();
  await ivo.context().addCookies(cookies);
  await ivo.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // he comes back to this tab
  await saved(ivo);
  await expect(marks(ana)).toHaveCount(1);

  cable.cut();
  await tagSentence(ivo, 2, "1");
  await expect(pill(ivo)).toContainText(kept(1));
  await ivo.context().addCookies(anas); // in another tab
  cable.mend();
  await expect(pill(ivo)).toHaveText("Signed out, 1 change kept on this device");
  await expect(marks(ana)).toHaveCount(1);
  await ivo.context().addCookies(cookies);
  await ivo.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await saved(ivo);
  await expect(marks(ana)).toHaveCount(2);

  await ivo.context().clearCookies();
  cable.cut();
  cable.mend();
  await expect(ivo.getByText("Your session has ended. Sign in again, and you are back where you were.")).toBeVisible();
  await ivo.context().addCookies(cookies);
  await ivo.reload();
  await expect(marks(ivo)).toHaveCount(2);
});

test("what was written offline and is not accepted is a draft, until it is discarded", async ({ ana, someone, cable }) => {
  const ivo = await someone();
  await lesson(ana, ivo, cable);
  cable.cut();
  await tagSentence(ivo, 1, "1");
  await ivo.keyboard.press("n");
  await ivo.keyboard.press("c");
  await ivo.getByRole("textbox", { name: "Comment" }).fill("Says who?");
  await ivo.getByRole("textbox", { name: "Comment" }).press("Enter");
  await expect(pill(ivo)).toContainText(kept(2));
  expect(await faults(ivo), "axe on an offline page").toEqual([]);
  const frozen = await ana.request.patch(`/api/conversations/${new URL(ana.url()).pathname.split("/")[2]}`, { data: { frozen: true } });
  expect(frozen.ok()).toBe(true);
  cable.mend();
  await expect(ivo.getByRole("alert")).toContainText("Not accepted. It was frozen");
  await expect(pill(ivo)).toHaveText("Not accepted, kept as a draft");
  expect(await faults(ivo), "axe on a refused page").toEqual([]);
  await ivo.getByRole("button", { name: "Show what everyone sees" }).click();
  await expect(pill(ivo)).toHaveText("Frozen");
  await expect(marks(ivo)).toHaveCount(0);
  await expect(marks(ana)).toHaveCount(0);

  await ivo.reload();
  await ivo.getByRole("button", { name: "Read it" }).click();
  const draft = ivo.getByRole("list", { name: "Drafts" });
  await expect(draft).toContainText("Highlighted: “Was the printing press a revolution?”");
  await expect(draft).toContainText("Says who?");
  expect(await faults(ivo), "axe on the drafts").toEqual([]);

  await ivo.goto(`${cable.origin}/me`);
  await ivo.getByRole("button", { name: "Sign out" }).click();
  const asked = ivo.getByRole("dialog", { name: "Sign out and forget them?" });
  await expect(asked).toContainText("1 change of yours");
  await asked.getByRole("button", { name: "Sign out" }).click();
  await expect(ivo.getByRole("heading", { name: "Sign in" })).toBeVisible();
  expect(await ivo.evaluate(async () => (await indexedDB.databases()).length)).toBe(0);
});
