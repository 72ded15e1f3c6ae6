import { defineConfig } from "@playwright/test";

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
  timeout: 120_000, // a machine that also runs the Go tests is slow, not wrong
  expect: { timeout: 20_000 },
  use: {
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
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
