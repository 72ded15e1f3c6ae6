import { execFileSync } from "node:child_process";
import { defineConfig } from "@playwright/test";

const chromium = process.env.CHROMIUM ?? execFileSync("/bin/sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim();

/**
 * The browser tests drive the system's Chromium against the real binary:
 * `make build` first. Each test starts a server of its own with an empty store.
 */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  reporter: [["list"]],
  fullyParallel: true,
  workers: 2,
  // Only a failing test waits so long: a machine that does something else as well is slow, not wrong.
  timeout: 600_000,
  expect: { timeout: 90_000 },
  use: {
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    contextOptions: { reducedMotion: "reduce" }, // nothing is looked at half-way
    launchOptions: {
      timeout: 180_000,
      executablePath: chromium,
      args: [
        "--no-sandbox", // root in a container has no sandbox
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
