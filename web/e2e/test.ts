import { test as base, expect, type BrowserContext, type Page } from "@playwright/test";
import { Cable } from "./cable";
import { Server } from "./server";
import { setUp } from "./steps";

type Fixtures = {
  /** A server of this test's own. */
  server: Server;
  /** A page of Ana, who has set the server up. */
  ana: Page;
  /** A network of one browser's own, to the same server. */
  cable: Cable;
  /** Opens another browser: no cookie, no storage. */
  someone: (options?: Parameters<import("@playwright/test").Browser["newContext"]>[0]) => Promise<Page>;
};

/**
 * The tests' own start: a server, its teacher, and as many other people as a
 * test calls in. A page that throws or breaks its own policy fails its test.
 */
export const test = base.extend<Fixtures>({
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.remove();
  },
  cable: async ({ server }, use) => {
    const cable = await Cable.to(server.origin);
    await use(cable);
    cable.remove();
  },
  someone: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    const faults: string[] = [];
    await use(async (options) => {
      const context = await browser.newContext({ baseURL: server.origin, ...options });
      contexts.push(context);
      const page = await context.newPage();
      page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
      page.on("console", (message) => {
        if (message.type() === "error" && /Content Security Policy|Trusted/i.test(message.text())) faults.push(message.text());
      });
      return page;
    });
    for (const context of contexts) await context.close();
    expect(faults, "errors in the pages").toEqual([]);
  },
  ana: async ({ someone, server }, use) => {
    const page = await someone();
    await setUp(page, server, "Ana");
    await use(page);
  },
});

export { expect };
