// The idle lock. Locking takes the page out of the document, it does not cover it: nothing of a chart is left to
// read in the DOM. The nodes wait in memory with everything typed in them and come back on the right password.
// The server locks the session too, so another tab or the back button finds the same closed door.
import { announce } from "./announce.js";
import { send, Locked } from "./http.js";

const body = document.body;
const { idle, lockUrl, unlockUrl, seenUrl } = body.dataset;
const screen = document.getElementById("lock-screen");
const channel = "BroadcastChannel" in window ? new BroadcastChannel("mdmaat-lock") : null;

let shelf = null; // the page, while it is locked
let title = "";
let scroll = 0;
let focused = null;
let active = Date.now();
let told = Date.now();

function takeAway() {
  if (shelf) return;
  title = document.title;
  scroll = window.scrollY;
  focused = document.activeElement;
  shelf = document.createDocumentFragment();
  shelf.append(...body.childNodes);
  body.append(screen.content.cloneNode(true));
  document.title = "Locked";
  const form = body.querySelector("[data-unlock]");
  form.addEventListener("submit", unlock);
  form.querySelector("input[type=password]").focus();
}

function bringBack() {
  if (!shelf) return;
  body.replaceChildren(shelf);
  shelf = null;
  document.title = title;
  window.scrollTo(0, scroll);
  if (focused && body.contains(focused)) focused.focus({ preventScroll: true });
  active = told = Date.now();
  document.dispatchEvent(new CustomEvent("mdmaat:unlocked"));
  announce("Unlocked. Everything you typed is still here.");
}

async function lock() {
  if (shelf) return;
  // Drafts may hand in a last save; they have two seconds before the server closes the session to them.
  const saves = [];
  document.dispatchEvent(new CustomEvent("mdmaat:locking", { detail: { waitFor: (save) => saves.push(save) } }));
  takeAway();
  channel?.postMessage("locked");
  await Promise.race([Promise.allSettled(saves), new Promise((done) => setTimeout(done, 2000))]);
  try {
    await send(lockUrl);
  } catch {
    // Without a connection the page stays closed here; the server locks by its own clock.
  }
}

async function unlock(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const problem = form.querySelector("[data-problem]");
  const field = form.querySelector("input[type=password]");
  try {
    const reply = await send(unlockUrl, { data: { password: field.value } });
    if (reply.ok && !reply.redirected) {
      channel?.postMessage("unlocked");
      bringBack();
      return;
    }
    if (reply.redirected || reply.status === 401) {
      window.location.reload();
      return;
    }
    problem.textContent = (await reply.json()).sentence;
  } catch (fault) {
    problem.textContent = fault instanceof Locked
      ? "The session is still locked. Try again."
      : "There is no connection. What you typed is still here; try again when it is back.";
  }
  field.value = "";
  field.focus();
}

function isHere() {
  active = Date.now();
}

async function watch() {
  if (shelf) return;
  const now = Date.now();
  if (now - active >= Number(idle) * 1000) {
    await lock();
  } else if (active > told && now - told > 60_000) {
    told = now;
    channel?.postMessage("here");
    send(seenUrl).catch(() => {});
  }
}

if (idle && screen) {
  for (const kind of ["pointerdown", "pointermove", "keydown", "input", "wheel", "touchstart"]) {
    document.addEventListener(kind, isHere, { passive: true, capture: true });
  }
  setInterval(watch, Math.min(5000, Number(idle) * 250));
  document.addEventListener("visibilitychange", watch);
  document.addEventListener("mdmaat:server-locked", takeAway);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-lock-now]")) {
      event.preventDefault();
      lock();
    }
  });
  channel?.addEventListener("message", ({ data }) => {
    if (data === "locked") takeAway();
    if (data === "unlocked") bringBack();
    if (data === "here") active = Date.now();
  });
}

// A page from the back-forward cache may belong to somebody who has logged out since.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) window.location.reload();
});
