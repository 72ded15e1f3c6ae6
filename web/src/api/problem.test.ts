import { expect, test } from "vitest";
import { ApiError, fieldErrors, fromProblem } from "./problem";

test("a problem document keeps its sentence, its code and one sentence per field", () => {
  const error = fromProblem(422, {
    title: "Unprocessable Entity",
    detail: "Some fields need another look.",
    code: "invalid",
    errors: [
      { location: "body.display_name", message: "Write a name." },
      { location: "body.display_name", message: "Expected length >= 1." },
      { location: "body.settings.anonymity", message: "Say yes or no." },
    ],
  });
  expect(error).toBeInstanceOf(ApiError);
  expect([error.status, error.code, error.message]).toEqual([422, "invalid", "Some fields need another look."]);
  expect(error.fields).toEqual({ display_name: "Write a name.", "settings.anonymity": "Say yes or no." });
});

test("a problem may say what would have been accepted, or where the log tells more", () => {
  expect(fromProblem(409, { detail: "There is a Ben already.", suggestion: "Ben 2" }).suggestion).toBe("Ben 2");
  expect(fromProblem(500, { detail: "Something went wrong.", reference: "7q2f" }).message).toBe("Something went wrong. (Reference 7q2f)");
});

test.each([
  ["nothing", undefined],
  ["a proxy's page", "<html>502</html>"],
  ["a list", []],
])("%s in the place of a problem still gets a sentence", (_, body) => {
  const error = fromProblem(502, body);
  expect([error.code, error.message]).toEqual(["502", "The server answered 502. Try again in a moment."]);
});

test("an error about the body as a whole belongs to no field", () => {
  expect(fieldErrors([{ location: "body", message: "Too large." }, null, "x"])).toEqual({});
});
