import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const BINARY = process.env.GRIMOIRE_BINARY ?? join(PROJECT, "bin/grimoire");

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
    const server = new Server(`http://${await freeAddress()}`, await mkdtemp(join(tmpdir(), "grimoire-e2e-")));
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

  /** Changes what is stored, behind the back of a server that has been killed. */
  async damage(...statements: string[]): Promise<void> {
    const run = ["run", "./internal/models/modelstest/damage", `sqlite:${join(this.data, "grimoire.db")}`, ...statements];
    await promisify(execFile)("go", run, { cwd: PROJECT, env: { ...process.env, CGO_ENABLED: "0" } });
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.data, { recursive: true });
  }
}

let servers = 0;

/**
 * An address that stays free while a server on it is down: Linux has sixteen million loopback addresses, and whatever
 * else is tested meanwhile takes its ports on the first one. Other systems have only that.
 */
async function freeAddress(): Promise<string> {
  const own = `127.${1 + ((process.pid >> 8) % 254)}.${process.pid % 256}.${1 + (servers++ % 254)}`;
  return listenOn(own).catch(() => listenOn("127.0.0.1"));
}

async function listenOn(host: string): Promise<string> {
  const listener = createServer().listen(0, host);
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, "close");
  return `${host}:${port}`;
}
