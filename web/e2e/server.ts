import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.GRIMOIRE_BINARY ?? fileURLToPath(new URL("../../bin/grimoire", import.meta.url));

/**
 * The real `grimoire serve` on a free port with a store of its own. The store
 * outlives the process: kill() and start() again is what a crash is.
 */
export class Server {
  /** The one-time link the first start printed. */
  setupLink = "";
  #process: ChildProcess | undefined;

  private constructor(
    readonly origin: string,
    private readonly data: string,
  ) {}

  static async start(): Promise<Server> {
    const server = new Server(`http://127.0.0.1:${await freePort()}`, await mkdtemp(join(tmpdir(), "grimoire-e2e-")));
    await server.start();
    return server;
  }

  /** Starts the process and resolves when it says where it is. */
  async start(): Promise<void> {
    const address = this.origin.replace("http://", "");
    const process = spawn(BINARY, ["serve", "--addr", address, "--data", this.data], { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = process;
    let said = "";
    let complained = "";
    process.stderr.on("data", (chunk: Buffer) => (complained += chunk));
    await new Promise<void>((resolve, reject) => {
      process.once("error", (error) => reject(new Error(`${BINARY} does not start; run make build first`, { cause: error })));
      process.once("exit", (code) => reject(new Error(`grimoire serve ended with ${code}:\n${complained}`)));
      process.stdout.on("data", (chunk: Buffer) => {
        said += chunk;
        const link = /\S+\/setup#\S+/.exec(said)?.[0];
        if (link) this.setupLink = link;
        if (said.includes(`Grimoire is at ${this.origin}\n`) && (link || this.setupLink)) resolve();
      });
    });
  }

  /** SIGKILL: nothing is saved that was not saved before. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, "exit");
    process.kill("SIGKILL");
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.data, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, "close");
  return port;
}
