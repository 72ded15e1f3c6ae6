/**
 * What this device keeps of one conversation for one person, in IndexedDB. Nothing is kept on a shared computer: then
 * nobody makes a Kept.
 *
 *     changes  rows of what the server has not acknowledged, as updates; each row belongs to the page that wrote it
 *     drafts   words that the server will never take: refused, or of a document that was restored since
 *     copies   the whole conversation, in classes that allow it
 *
 * Several pages of one person may hold the same conversation. Each writes rows under its own name; any may read them all,
 * send them and drop them once they are saved, because the same update twice is the same as once.
 *
 * Every method may reject: with no room left, in a private window, after *Sign out* in another tab. Whoever calls then
 * keeps things in memory and says so.
 */

/** A row of `changes`: the edits of one page after the row before it, up to and with number `edit`. */
export interface Change {
  page: string;
  edit: number;
  /** How many edits the update holds. */
  count: number;
  /** The document and the store that the edits were made on. */
  generation: number;
  epoch: string;
  update: Uint8Array;
}

export interface Draft {
  id: string;
  /** Epoch milliseconds. */
  at: number;
  /** A sentence: why the server did not take it. */
  why: string;
  /** "" when the changes only took away or moved. */
  words: string;
}

/** A whole conversation with what is needed to show it: `facts` are the caller's. */
export interface Copy<Facts> {
  generation: number;
  epoch: string;
  /** Epoch milliseconds. */
  at: number;
  state: Uint8Array;
  facts: Facts;
}

const DATABASE = "grimoire";
const STORES = ["changes", "drafts", "copies"] as const;
type Store = (typeof STORES)[number];

export class Kept {
  /** Opened when first needed. */
  private database: Promise<IDBDatabase> | null = null;
  private readonly key: readonly [user: string, conversation: string];

  constructor(user: string, conversation: string) {
    this.key = [user, conversation];
  }

  /** All rows of all pages, each page's in its order. */
  async changes(): Promise<Change[]> {
    return this.run(["changes"], "readonly", (t) => t.objectStore("changes").getAll(this.all()) as IDBRequest<Change[]>);
  }

  /** Resolves when the row is on this device's disk. */
  async add(change: Change): Promise<void> {
    await this.run(["changes"], "readwrite", (t) => t.objectStore("changes").put(change, this.keyOf(change)));
  }

  /** Forgets rows that are saved elsewhere by now. */
  async drop(rows: readonly Pick<Change, "page" | "edit">[]): Promise<void> {
    await this.run(["changes"], "readwrite", (t) => {
      for (const row of rows) t.objectStore("changes").delete(this.keyOf(row));
    });
  }

  /** Turns rows into a draft, in one step: at no moment both are there, or neither. */
  async giveUp(rows: readonly Pick<Change, "page" | "edit">[], draft: Draft): Promise<void> {
    await this.run(["changes", "drafts"], "readwrite", (t) => {
      for (const row of rows) t.objectStore("changes").delete(this.keyOf(row));
      t.objectStore("drafts").put(draft, [...this.key, draft.id]);
    });
  }

  /** Oldest first. */
  async drafts(): Promise<Draft[]> {
    const drafts = await this.run(
      ["drafts"],
      "readonly",
      (t) => t.objectStore("drafts").getAll(this.all()) as IDBRequest<Draft[]>,
    );
    return drafts.sort((a, b) => a.at - b.at);
  }

  async discard(draft: string): Promise<void> {
    await this.run(["drafts"], "readwrite", (t) => t.objectStore("drafts").delete([...this.key, draft]));
  }

  async copy<Facts>(): Promise<Copy<Facts> | undefined> {
    return this.run(
      ["copies"],
      "readonly",
      (t) => t.objectStore("copies").get([...this.key]) as IDBRequest<Copy<Facts> | undefined>,
    );
  }

  /** Replaces the copy; null takes it away. */
  async keepCopy<Facts>(copy: Copy<Facts> | null): Promise<void> {
    await this.run(["copies"], "readwrite", (t) => {
      if (copy) t.objectStore("copies").put(copy, [...this.key]);
      else t.objectStore("copies").delete([...this.key]);
    });
  }

  /** Lets go of the database, so that another page may change or remove it. */
  async close(): Promise<void> {
    const { database } = this;
    this.database = null;
    await database?.then(
      (opened) => opened.close(),
      () => {}, // it never opened
    );
  }

  private keyOf(row: Pick<Change, "page" | "edit">): IDBValidKey {
    return [...this.key, row.page, row.edit];
  }

  /** Every key that begins with ours: an array sorts behind all strings and numbers. */
  private all(): IDBKeyRange {
    return IDBKeyRange.bound([...this.key], [...this.key, []]);
  }

  /** Does work in one transaction; gives the answer of the request it returns, once everything is on disk. */
  private async run<T>(stores: Store[], mode: IDBTransactionMode, work: (t: IDBTransaction) => IDBRequest<T> | void): Promise<T> {
    const database = await (this.database ??= open());
    return new Promise<T>((resolve, reject) => {
      // Strict: "kept on this device" must outlive a power cut, too.
      const transaction = database.transaction(stores, mode, { durability: "strict" });
      const request = work(transaction);
      transaction.oncomplete = () => resolve(request?.result as T);
      transaction.onabort = () => reject(transaction.error ?? new Error("the browser gave up a transaction"));
    });
  }
}

/** The newest copy on this device, of whomever: without the server, it tells who sat here last. */
export async function newestCopy<Facts>(): Promise<Copy<Facts> | undefined> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const copies: IDBRequest<Copy<Facts>[]> = database.transaction("copies").objectStore("copies").getAll();
    copies.onsuccess = () => {
      database.close();
      resolve(copies.result.sort((a, b) => a.at - b.at).at(-1));
    };
    copies.onerror = () => reject(copies.error ?? new Error("the browser gave no copy"));
  });
}

/** Removes the copies of everybody else: who signs in after them on this device reads only what is shown to oneself. */
export async function forgetCopiesOfOthers(user: string): Promise<void> {
  const known = await indexedDB.databases();
  if (!known.some(({ name }) => name === DATABASE)) return; // nothing was ever kept, and nothing is made for this
  const database = await open();
  await new Promise<void>((resolve, reject) => {
    const transaction = database.transaction("copies", "readwrite");
    transaction.objectStore("copies").delete(IDBKeyRange.upperBound([user], true));
    transaction.objectStore("copies").delete(IDBKeyRange.lowerBound([user, []]));
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser gave up a transaction"));
  });
  database.close();
}

/** How much of a person's work is on this device and nowhere else: changes that are not sent, and drafts. */
export async function unsentOf(user: string): Promise<number> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(["changes", "drafts"], "readonly");
    const all = IDBKeyRange.bound([user], [user, []]);
    const changes: IDBRequest<Change[]> = transaction.objectStore("changes").getAll(all);
    const drafts = transaction.objectStore("drafts").count(all);
    transaction.oncomplete = () => {
      database.close();
      resolve(changes.result.reduce((sum, change) => sum + change.count, drafts.result));
    };
    transaction.onabort = () => reject(transaction.error ?? new Error("the browser gave up a transaction"));
  });
}

/** Removes everything that is kept on this device, of everybody: the answer to *Sign out*. */
export async function wipe(): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error ?? new Error("the browser kept the database"));
  });
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    request.onerror = () => reject(request.error ?? new Error("the browser gave no database"));
    request.onsuccess = () => {
      const database = request.result;
      // Another tab signs out: what it removes must not come back from here.
      database.onversionchange = () => database.close();
      resolve(database);
    };
  });
}
