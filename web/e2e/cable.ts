import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A network between one browser and the server that can be cut: what is under way is lost, and nothing new gets through. */
export class Cable {
  private whole = true;
  private readonly ends = new Set<Socket>();
  private readonly listener: Server;

  private constructor(server: string) {
    const { hostname, port } = new URL(server);
    this.listener = createServer((near) => {
      if (!this.whole) return near.destroy();
      const far = connect(Number(port), hostname);
      this.join(near, far);
      this.join(far, near);
    });
  }

  /** Lays one to the server at this origin; the browser uses the cable's own. */
  static async to(server: string): Promise<Cable> {
    const cable = new Cable(server);
    cable.listener.listen(0, "127.0.0.1");
    await once(cable.listener, "listening");
    return cable;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.whole = false;
    for (const end of this.ends) end.destroy();
  }

  mend(): void {
    this.whole = true;
  }

  remove(): void {
    this.cut();
    this.listener.close();
  }

  private join(from: Socket, to: Socket): void {
    this.ends.add(from);
    from.on("error", () => to.destroy()); // the other side was killed
    from.on("close", () => {
      this.ends.delete(from);
      to.destroy();
    });
    from.pipe(to);
  }
}
