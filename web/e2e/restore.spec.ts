import type { Server } from "./server";
import { faults, kept, lesson, marks, pill, rows, saved, tagSentence } from "./steps";
import { expect, test } from "./test";

/** What a restore leaves: every conversation as it was added, in a new generation. */
async function restore(server: Server): Promise<void> {
  await server.kill();
  await server.damage(
    "UPDATE conversation_heads SET generation = generation + 1, head_seq = (SELECT snapshot_seq FROM conversations WHERE id = conversation_id)",
    "UPDATE previous_states SET generation = generation + 1",
  );
  await server.start();
}

test("after a restore the page shows what is there now, and what was not sent is offered for copying", async ({ ana, someone, server, cable }) => {
  const ivo = await someone();
  await lesson(ana, ivo, cable);
  await tagSentence(ana, 1, "1");
  await expect(marks(ivo)).toHaveCount(1);
  cable.cut();
  await tagSentence(ivo, 2, "2");
  await ivo.keyboard.press("n");
  await ivo.keyboard.press("c");
  await ivo.getByRole("textbox", { name: "Comment" }).fill("Says who?");
  await ivo.getByRole("textbox", { name: "Comment" }).press("Enter");
  await expect(pill(ivo)).toContainText(kept(2));

  await restore(server);
  await expect(marks(ana)).toHaveCount(0); // by itself: she has nothing to lose
  await saved(ana);
  cable.mend();
  await expect(ivo.getByRole("alert")).toContainText("This conversation was restored to an earlier state.");
  await expect(pill(ivo)).toHaveText("Restored to an earlier state");
  await expect(marks(ivo)).toHaveCount(2); // what he sees is from before
  expect(await faults(ivo), "axe on a page from before").toEqual([]);
  await ivo.getByRole("button", { name: "Copy what I wrote" }).click();
  await expect(ivo.getByText("Copied.")).toBeVisible();

  await ivo.getByRole("button", { name: "Show what everyone sees" }).click();
  await saved(ivo);
  await expect(marks(ivo)).toHaveCount(0);
  await tagSentence(ivo, 1, "1"); // it is a conversation like any other
  await ivo.keyboard.press("n");
  await ivo.keyboard.press("c");
  const comment = ivo.getByRole("textbox", { name: "Comment" });
  await comment.press("Control+V");
  await expect(comment).toHaveValue(/Says who\?/);
  await comment.press("Enter");
  await saved(ivo);
  await expect(marks(ana)).toHaveCount(1);

  await ivo.reload();
  await expect(marks(ivo)).toHaveCount(1);
  await ivo.getByRole("button", { name: "Read it" }).click();
  const draft = ivo.getByRole("list", { name: "Drafts" });
  await expect(draft).toContainText("Says who?");
  await expect(draft).toContainText("restored to an earlier state");
  await draft.getByRole("button", { name: "Discard" }).click();
  await expect(draft).toBeHidden();
});

test("a page that is opened after a restore sends nothing from before it, and offers it as a draft", async ({ ana, someone, server, cable }) => {
  const ivo = await someone();
  await lesson(ana, ivo, cable);
  const conversation = ivo.url();
  cable.cut();
  await tagSentence(ivo, 2, "2");
  await expect(pill(ivo)).toContainText(kept(1));
  const context = ivo.context();
  await ivo.close();
  await restore(server);
  cable.mend();
  const again = await context.newPage();
  await again.goto(conversation);
  await expect.poll(() => rows(again), "what cannot be sent is a draft").toBe(0);
  await again.reload(); // whether the text or the reset came first, now there is only the draft
  await again.getByRole("button", { name: "Read it" }).click();
  const draft = again.getByRole("list", { name: "Drafts" });
  await expect(draft).toContainText("Highlighted: “Both views have serious defenders.”");
  await expect(draft).toContainText("restored to an earlier state");
  await saved(again);
  await expect(marks(again)).toHaveCount(0);
  await expect(marks(ana)).toHaveCount(0);
});
