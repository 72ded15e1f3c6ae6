import { expect, test } from "vitest";
import { actOf, KEY_SHEET } from "./keys";

const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

test.each([
  ["1", 0],
  ["9", 8],
  ["0", 9],
])("digit %s is tag %i", (key, index) => expect(actOf(press(key), true)).toEqual({ do: "tag", index }));

test("keys with a modifier belong to the browser", () => expect(actOf(press("c", { ctrlKey: true }), true)).toBeNull());

test("single keys can be turned off, Escape stays", () => {
  expect(actOf(press("j"), false)).toBeNull();
  expect(actOf(press("Escape"), false)).toEqual({ do: "close" });
});

test("every key on the sheet does something", () => {
  for (const key of KEY_SHEET.flatMap((line) => line.keys)) {
    if (key !== "…") expect(actOf(press(key === "Esc" ? "Escape" : key), true), key).not.toBeNull();
  }
});
