// The dosing page: keeps its live parts fresh, sends what is tapped, and says truly what is not saved yet.
import { announce } from "./announce.js";
import { send } from "./http.js";
import { LoggedOut, Queue } from "./queue.js";
import { essence, take } from "./regions.js";

const EVERY = 10_000;
const day = document.querySelector("[data-day]");

if (day) open(day);

function open(day) {
  const banner = day.querySelector("[data-no-connection]");
  const count = document.querySelector("[data-queue-count]");
  const list = day.querySelector("[data-queue-list]");
  let lost = null;
  let shown = false;

  const queue = new Queue({
    visit: day.dataset.visit,
    key: day.dataset.queueKey,
    changed: showQueue,
    acknowledged(entry, answer) {
      connected();
      announce(`${entry.label} saved ${answer.saved}.`);
      refresh();
    },
    unreachable: disconnected,
  });

  function showQueue() {
    const entries = [...queue.entries.values()];
    count.textContent = entries.length ? `${entries.length} not yet saved` : "All saved";
    count.classList.toggle("is-waiting", entries.length > 0);
    // An entry that is on its way for a moment is counted, but needs no list.
    list.hidden = !entries.length || !(lost || entries.some((entry) => entry.refused));
    list.querySelector("ul").replaceChildren(...entries.map(describe));
  }

  function describe({ label, fields, refused }) {
    const row = document.createElement("li");
    const words = document.createElement("span");
    words.className = "grow";
    const at = new Date(fields.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    words.textContent = `${label}, ${at}${summary(fields)}`;
    row.append(words);
    const state = document.createElement("span");
    state.className = refused ? "text-danger" : "note";
    state.textContent = refused ? refused.join(" ") : "waiting for the connection";
    row.append(state);
    if (refused) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-secondary";
      button.textContent = "Discard";
      button.addEventListener("click", () => {
        if (button.dataset.sure) queue.discard(fields.key);
        button.dataset.sure = "1";
        button.textContent = "Really discard";
      });
      row.append(button);
    }
    return row;
  }

  function disconnected(fault) {
    lost ??= new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const loggedOut = fault instanceof LoggedOut;
    banner.querySelector("span").textContent = loggedOut
      ? "You have been logged out. Load this page again and log in: what is not saved yet is kept on this device and sent then."
      : `No connection since ${lost}. Vital signs, effects and touch are kept here and sent when it is back. Doses and decisions have to wait.`;
    if (banner.hidden) announce(loggedOut ? "You have been logged out." : "No connection.");
    banner.hidden = false;
    showQueue();
  }

  function connected() {
    if (!lost) return;
    lost = null;
    banner.hidden = true;
    announce("Connected again.");
    showQueue();
    queue.flush();
  }

  async function refresh() {
    let reply;
    try {
      reply = await send(day.dataset.flowUrl, { method: "GET", background: true });
    } catch (fault) {
      if (fault instanceof TypeError) disconnected();
      return;
    }
    if (reply.redirected) return disconnected(new LoggedOut());
    if (!reply.ok) return;
    connected();
    const fresh = new DOMParser().parseFromString(await reply.text(), "text/html");
    if (fresh.querySelector("[data-ended]")?.dataset.ended !== day.dataset.ended) {
      window.location.reload();
      return;
    }
    for (const part of fresh.querySelectorAll("[data-region]")) {
      const here = day.querySelector(`[data-region="${part.dataset.region}"]`);
      if (here && !busy(here) && essence(here) !== essence(part)) take(here, part);
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!day.contains(form) || event.defaultPrevented) return;
    if ("queue" in form.dataset) {
      event.preventDefault();
      enqueue(form, event.submitter);
    } else if ("live" in form.dataset) {
      event.preventDefault();
      tap(form, event.submitter);
    }
  }, { capture: true });

  function enqueue(form, submitter) {
    const fields = values(form, submitter);
    const numbers = [...form.querySelectorAll("input[type=number]")];
    if (numbers.length && numbers.every((input) => input.value === "")) {
      problem(form, "Enter at least one value.");
      return;
    }
    fields.key = crypto.randomUUID();
    fields.at = new Date().toISOString();
    problem(form, "");
    queue.add(form.dataset.queue, form.action, fields);
    form.reset();
  }

  async function tap(form, submitter) {
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    problem(form, "");
    try {
      const reply = await send(form.action, { data: values(form, submitter) });
      if (reply.redirected) {
        window.location.reload();
        return;
      }
      const answer = await reply.json();
      if (reply.ok) {
        form.reset();
        document.activeElement?.blur?.();
        form.dispatchEvent(new CustomEvent("mdmaat:saved", { bubbles: true }));
        announce(`Saved ${answer.saved}.`);
        await refresh();
      } else {
        problem(form, answer.sentences.join(" "));
      }
    } catch {
      // The same form sends the same key again, so a dose whose answer was lost is not given twice.
      problem(form, "There is no answer from the clinic's server. It is not known whether this was saved: try again.");
    } finally {
      delete form.dataset.sending;
    }
  }

  setInterval(() => { if (document.visibilityState === "visible") refresh(); }, EVERY);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") refresh(); });
  document.addEventListener("mdmaat:unlocked", () => { queue.flush(); refresh(); });
  window.addEventListener("offline", disconnected);
  window.addEventListener("online", refresh);
  if (!shown) queue.restore();
  shown = true;
}

function values(form, submitter) {
  const fields = Object.fromEntries(new FormData(form));
  delete fields.csrfmiddlewaretoken;
  if (submitter?.name) fields[submitter.name] = submitter.value;
  return fields;
}

function problem(form, words) {
  let place = form.querySelector("[data-problem]");
  if (!place) {
    place = Object.assign(document.createElement("p"), { className: "invalid-feedback d-block" });
    place.dataset.problem = "";
    place.setAttribute("role", "alert");
    form.append(place);
  }
  place.textContent = words;
}

function summary(fields) {
  const parts = [];
  if (fields.systolic) parts.push(`${fields.systolic}/${fields.diastolic}`);
  if (fields.pulse) parts.push(`pulse ${fields.pulse}`);
  if (fields.temperature) parts.push(`${fields.temperature} °C`);
  if (fields.oxygen) parts.push(`${fields.oxygen} %`);
  if (fields.severity) parts.push(fields.severity);
  return parts.length ? `: ${parts.join(", ")}` : "";
}

// Somebody is typing here: leave it alone until they are done.
function busy(region) {
  const focused = document.activeElement;
  if (focused && region.contains(focused) && focused.matches("input, select, textarea")) return true;
  return [...(region.closest("form") ?? region).querySelectorAll("input, select, textarea")].some((field) => {
    if (field.type === "hidden") return false;
    if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.matches("select")) {
      return [...field.options].some((option) => option.selected !== option.defaultSelected && field.options[0] !== option && option.selected);
    }
    return field.value !== field.defaultValue;
  });
}

