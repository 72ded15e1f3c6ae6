import { add, DIALOGUE, faults, newClass, PASSPHRASE, saved } from "./steps";
import { expect, test } from "./test";

test("a person sees where they are signed in, and ends it there at once", async ({ ana, someone }) => {
  await newClass(ana, "HIST 101");
  await add(ana, DIALOGUE);
  const conversation = ana.url();
  await ana.goto("/me");
  await expect(ana.getByText("You are signed in nowhere else.")).toBeVisible();

  const phone = await someone({ userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) Version/26.0 Mobile/15E148 Safari/604.1" });
  await phone.goto(conversation);
  await phone.getByLabel("Name or e-mail").fill("Ana");
  await phone.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await phone.getByRole("button", { name: "Sign in" }).click();
  await expect(phone.getByRole("article")).toHaveCount(4);
  await saved(phone);

  await ana.reload();
  const row = ana.getByRole("listitem").filter({ hasText: "Safari on an iPhone" });
  await expect(row).toContainText("last used");
  expect(await faults(ana)).toEqual([]);
  await row.getByRole("button", { name: "Sign out Safari on an iPhone" }).click();
  await expect(phone.getByText("Your session has ended.")).toBeVisible(); // without asking: its socket was closed
  await expect(ana.getByText("You are signed in nowhere else.")).toBeVisible();
  await phone.reload();
  await expect(phone.getByRole("heading", { name: "Sign in" })).toBeVisible();
});
