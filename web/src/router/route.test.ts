import { expect, test } from "vitest";
import { classPath, conversationPath, parse } from "./route";

test.each([
  ["/", { screen: "classes" }],
  ["/setup", { screen: "setup" }],
  ["/sign-in/", { screen: "sign-in" }],
  ["/j/", { screen: "join", code: "" }],
  ["/j/K7QM-2XR", { screen: "join", code: "K7QM-2XR" }],
  ["/j/100%", { screen: "join", code: "100%" }],
  [classPath("a1"), { screen: "class", classId: "a1", tab: "library" }],
  [classPath("a1", "people"), { screen: "class", classId: "a1", tab: "people" }],
  [classPath("a1", "import"), { screen: "import", classId: "a1" }],
  [conversationPath("b2"), { screen: "conversation", conversationId: "b2", view: "read" }],
  [conversationPath("b2", "edit"), { screen: "conversation", conversationId: "b2", view: "edit" }],
  ["/setup/more", { screen: "nothing" }],
  ["/c/b2/edit/more", { screen: "nothing" }],
  ["/c", { screen: "nothing" }],
])("%s is the screen %o", (path, route) => {
  expect(parse(path)).toEqual(route);
});
