// Forms that open, are saved and close in their place: the rest of the page turns with what was saved, nobody leaves it.
// Without this module the same links and forms load the whole page.
import { announce } from "./announce.js";
import { send } from "./http.js";
import { essence, take } from "./regions.js";

const place = document.querySelector("[data-inplace]");
const AWAY = 60_000; // after so long elsewhere, what others recorded meanwhile is looked at

if (place) {
  let left = Date.now();

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-open]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  });

  document.addEventListener("submit", (event) => {
    if (!("stay" in event.target.dataset)) return;
    event.preventDefault();
    save(event.target);
  }, { capture: true });

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") left = Date.now();
    else if (Date.now() - left > AWAY) look();
  });
}

async function open(link) {
  const saves = [];
  document.dispatchEvent(new CustomEvent("mdmaat:leaving", { detail: { waitFor: (saving) => saves.push(saving) } }));
  await Promise.allSettled(saves);
  let reply;
  try {
    reply = await send(link.href, { method: "GET" });
  } catch {
    announce("There is no connection.");
    return;
  }
  if (!reply.ok || isLogIn(reply)) {
    window.location.assign(link.href);
    return;
  }
  await show(reply, link.href);
  const target = document.getElementById(new URL(link.href).hash.slice(1)) ?? document.querySelector("form[data-stay]");
  arrive(target);
}

async function save(form) {
  const problem = form.querySelector("[data-problem]");
  problem.textContent = "";
  try {
    const reply = await send(form.action, { data: new FormData(form) });
    if (isLogIn(reply)) {
      window.location.reload();
      return;
    }
    form.dispatchEvent(new CustomEvent("mdmaat:saved", { bubbles: true }));
    const card = form.closest("[data-region]");
    const fresh = await show(reply, reply.redirected ? reply.url : window.location.href);
    if (reply.redirected) told(fresh, card);
    else arrive(card.querySelector(".error-summary") ?? card);
  } catch {
    problem.textContent = "There is no answer from the clinic's server. What you typed is still here: try again.";
    form.dispatchEvent(new CustomEvent("mdmaat:stays"));
  }
}

// What others recorded meanwhile; a form that is open stays as it is.
async function look() {
  try {
    const reply = await send(window.location.href, { method: "GET", background: true });
    if (reply.ok && !isLogIn(reply)) await show(reply, window.location.href, (part) => !part.querySelector("form[data-stay]"));
  } catch {
    // Away for a moment: what is shown stays, and the next return looks again.
  }
}

async function show(reply, address, wanted = () => true) {
  const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const part of fresh.querySelectorAll("[data-region]")) {
    const here = document.querySelector(`[data-region="${part.dataset.region}"]`);
    const isForm = part.querySelector("form[data-stay]") || here?.querySelector("form[data-stay]");
    if (!here || !wanted(here) || (!isForm && essence(here) === essence(part))) continue;
    take(here, part);
    here.dispatchEvent(new CustomEvent("mdmaat:arrived", { bubbles: true }));
  }
  window.history.replaceState(null, "", address.split("#")[0]);
  return fresh;
}

function told(fresh, card) {
  const words = fresh.querySelector(".messages .alert")?.textContent ?? "Recorded.";
  const verdict = document.querySelector("#verdict .verdict-word")?.textContent ?? "";
  const line = Object.assign(document.createElement("p"), { className: "evidence-saved", textContent: words });
  card.querySelector(".evidence")?.append(line);
  announce(`${words} ${verdict}`);
  arrive(card);
}

function arrive(target) {
  if (!target) return;
  const first = target.querySelector(target.matches(".choice") ? "input:checked" : "[tabindex='-1'], h3") ?? target;
  if (!first.matches("input")) first.tabIndex = -1;
  first.focus({ preventScroll: true });
  target.scrollIntoView({ block: "start", behavior: "instant" });
}

function isLogIn(reply) {
  return reply.redirected && new URL(reply.url).pathname.startsWith("/account/");
}
