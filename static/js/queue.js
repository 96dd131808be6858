// Entries of a dosing day that the server has not acknowledged: kept, counted and sent until it has.
// Each carries an id made here, so sending one twice saves it once. They lie in IndexedDB only encrypted, under a key
// that the server gives to the person who typed them; where that is impossible they stay in memory.
import { announce } from "./announce.js";
import { send } from "./http.js";

const DATABASE = "mdmaat-day";
const STORE = "unsent";
const SLOWEST = 15_000;

export class LoggedOut extends Error {}

export class Queue {
  constructor({ visit, key, changed, acknowledged, unreachable }) {
    Object.assign(this, { visit, changed, acknowledged, unreachable });
    this.entries = new Map();
    this.wait = 1000;
    this.running = false;
    this.shelf = openShelf(key).catch(() => null);
    window.addEventListener("online", () => this.flush());
    window.addEventListener("beforeunload", (event) => { if (this.entries.size) event.preventDefault(); });
  }

  async restore() {
    const shelf = await this.shelf;
    const found = shelf ? await shelf.all(this.visit).catch(() => []) : [];
    for (const entry of found) {
      if (!this.entries.has(entry.fields.key)) this.entries.set(entry.fields.key, entry);
    }
    this.changed();
    this.flush();
  }

  async add(label, url, fields) {
    const entry = { label, url, fields, refused: null };
    this.entries.set(fields.key, entry);
    this.changed();
    (await this.shelf)?.put(this.visit, entry).catch(() => {});
    this.flush();
  }

  async discard(key) {
    this.entries.delete(key);
    this.changed();
    (await this.shelf)?.drop(key).catch(() => {});
  }

  async flush() {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      for (const [key, entry] of this.entries) {
        if (entry.refused) continue;
        await this.deliver(key, entry);
      }
      this.wait = 1000;
    } catch (fault) {
      this.unreachable(fault);
      this.timer = setTimeout(() => this.flush(), this.wait);
      this.wait = Math.min(this.wait * 2, SLOWEST);
    } finally {
      this.running = false;
    }
    if ([...this.entries.values()].some((entry) => !entry.refused) && this.wait === 1000) this.flush();
  }

  async deliver(key, entry) {
    const reply = await send(entry.url, { data: entry.fields });
    if (reply.redirected || reply.status === 403) throw new LoggedOut("log in again");
    if (!reply.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("not the clinic's answer");
    const answer = await reply.json();
    if (reply.ok && answer.saved) {
      await this.discard(key);
      this.acknowledged(entry, answer);
    } else if ([400, 409, 422].includes(reply.status)) {
      entry.refused = answer.sentences;
      this.changed();
      announce(`${entry.label} was not saved. ${answer.sentences.join(" ")}`);
    } else {
      throw new Error(`answered ${reply.status}`);
    }
  }
}

async function openShelf(secret) {
  const bytes = Uint8Array.from(atob(secret), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
  const database = await new Promise((done, fail) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  const act = (mode, deed) => new Promise((done, fail) => {
    const request = deed(database.transaction(STORE, mode).objectStore(STORE));
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  return {
    async put(visit, entry) {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const plain = new TextEncoder().encode(JSON.stringify({ visit, entry }));
      const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, plain);
      await act("readwrite", (store) => store.put({ id: entry.fields.key, iv, sealed }));
    },
    drop: (id) => act("readwrite", (store) => store.delete(id)),
    async all(visit) {
      const found = [];
      for (const { iv, sealed } of await act("readonly", (store) => store.getAll())) {
        try {
          const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);
          const row = JSON.parse(new TextDecoder().decode(plain));
          if (row.visit === visit) found.push(row.entry);
        } catch {
          // Somebody else's entry: only they can open it.
        }
      }
      return found;
    },
  };
}
