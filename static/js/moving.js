// Moving a visit in the calendar, by pointer or by keyboard. Dropping writes nothing: the server is asked, and the answer
// is the preview of what would follow, or why it stays where it is. Without this module the form on every visit does it.
import { announce } from "./announce.js";
import { Locked, send } from "./http.js";
import { Landing } from "./landing.js";

const FAR = 5; // pixels after which a press is a drag
const LONG = 400; // milliseconds after which a finger lifts what it rests on, instead of scrolling
const EDGE = 48;

const bar = document.querySelector("[data-moving]");
const box = document.querySelector("[data-landing]");
let held = null; // { landing, slip, offset } while something is in the air
let press = null; // a pointer that is down on a visit and has lifted nothing yet
let hasDragged = false;

if (bar) {
  document.addEventListener("pointerdown", pressed);
  document.addEventListener("pointermove", moved);
  document.addEventListener("pointerup", (event) => (isCarried() && held.pointer === event.pointerId ? drop() : forget()));
  document.addEventListener("pointercancel", () => (isCarried() ? putBack() : forget()));
  // A finger that carries something does not scroll; until then it does.
  document.addEventListener("touchmove", (event) => isCarried() && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => (held || press?.timer) && event.preventDefault());
  document.addEventListener("dragstart", (event) => event.target.closest?.("[data-move]") && event.preventDefault());
  document.addEventListener("click", clicked, { capture: true });
  document.addEventListener("keydown", typed);
  document.addEventListener("focusout", () => held && !isCarried() && !held.isAsking && putBack());
  bar.querySelector("[data-close]").addEventListener("click", () => { bar.hidden = true; });
}

// By a pointer rather than by keys; the first pointer of some browsers has the number 0.
function isCarried() {
  return held !== null && held.pointer !== null;
}

function pressed(event) {
  hasDragged = false;
  const slip = event.target.closest?.("[data-move]");
  if (!slip || event.button || !event.isPrimary || held || event.target.closest(".slip-move")) return;
  const { clientX: x, clientY: y, pointerId: pointer, pointerType } = event;
  press = { slip, x, y, pointer, isTouch: pointerType === "touch" };
  if (press.isTouch) press.timer = setTimeout(liftPressed, LONG);
}

function moved(event) {
  if (press && press.pointer === event.pointerId) {
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) < FAR) return;
    if (press.isTouch) return forget();
    liftPressed();
  }
  if (held?.pointer !== event.pointerId || held.isAsking) return;
  event.preventDefault();
  scrollAt(event.clientX, event.clientY);
  held.landing.to(event.clientX, event.clientY, held.offset);
  draw();
}

function liftPressed() {
  const { slip, x, y, pointer } = press;
  forget();
  hasDragged = true;
  lift(slip, { pointer, y, offset: x - slip.getBoundingClientRect().left });
}

function forget() {
  clearTimeout(press?.timer);
  press = null;
}

function lift(slip, { pointer = null, y = null, offset = 0 } = {}) {
  held = { slip, landing: new Landing(slip, y), pointer, offset };
  slip.classList.add("is-lifted");
  document.documentElement.classList.toggle("is-dragging", pointer !== null);
  bar.classList.remove("is-refused");
  draw();
}

function draw() {
  const { landing, slip } = held;
  const words = landing.say();
  const rectangle = landing.rectangle();
  box.hidden = rectangle === null;
  if (rectangle) {
    for (const [name, pixels] of Object.entries(rectangle)) box.style.setProperty(name, `${pixels}px`);
    box.textContent = words;
  }
  tell(`${slip.dataset.called}: ${words}`, isCarried() ? "Let go for the preview. Escape puts it back." : "Enter for the preview, Escape puts it back.");
}

function tell(words, hint) {
  bar.hidden = false;
  bar.querySelector("[data-words]").textContent = words;
  bar.querySelector("[data-hint]").textContent = hint;
}

function letGo() {
  held.slip.classList.remove("is-lifted", "is-asking");
  document.documentElement.classList.remove("is-dragging");
  box.hidden = true;
  held = null;
}

function putBack() {
  const { slip } = held;
  letGo();
  bar.hidden = true;
  announce(`${slip.dataset.called} is back where it was.`);
}

async function drop() {
  const { landing, slip } = held;
  if (!landing.hasMoved) return putBack();
  held.isAsking = true;
  slip.classList.add("is-asking");
  tell(`${slip.dataset.called}: ${landing.say()}`, "Asking what would follow.");
  announce("Asking what would follow.");
  try {
    const reply = await send(`${slip.dataset.move}fits/?${landing.query()}`, { method: "GET" });
    const said = reply.ok || reply.status === 422 ? await reply.json() : { reasons: ["This visit is no longer here. Load the page again."] };
    if (said.fits) window.location.assign(said.preview);
    else refuse(said);
  } catch (problem) {
    if (problem instanceof Locked) putBack();
    else refuse({ reasons: ["There is no answer from the clinic's server. Nothing was changed."] });
  }
}

function refuse({ reasons, instead = [], preview = "" }) {
  const { landing, slip } = held;
  const words = `${slip.dataset.called} cannot move to ${landing.say()}`;
  letGo();
  bar.classList.add("is-refused");
  tell(words, "");
  bar.querySelector("[data-reasons]").replaceChildren(...reasons.map((reason) => element("li", reason)));
  const links = instead.map(({ say, preview: address }) => element("a", say, { href: address, className: "btn btn-sm btn-outline-primary" }));
  if (preview) links.push(element("a", "The whole answer", { href: preview, className: "btn btn-sm btn-outline-secondary" }));
  bar.querySelector("[data-instead]").replaceChildren(...links);
  announce(`${words}. ${reasons.join(" ")}`);
  slip.querySelector("a").focus({ preventScroll: true });
}

function element(name, words, more = {}) {
  return Object.assign(document.createElement(name), { textContent: words, ...more });
}

function clicked(event) {
  if (!hasDragged || !event.target.closest?.("[data-move]")) return;
  hasDragged = false;
  event.preventDefault();
}

function typed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!held) {
    const slip = event.target.closest?.("[data-move]");
    if (!slip || event.key.toLowerCase() !== "m") return;
    lift(slip);
    announce(`${slip.dataset.called} is picked up from ${held.landing.say()}. Arrow keys move it, Enter shows the preview, Escape puts it back.`);
  } else if (held.isAsking) {
    return;
  } else if (event.key === "Escape") {
    hasDragged = isCarried();
    putBack();
  } else if (!isCarried() && event.key === "Enter") {
    drop();
  } else if (!isCarried() && held.landing.step(event.key, event.shiftKey)) {
    draw();
    announce(held.landing.say());
  } else {
    return;
  }
  event.preventDefault();
}

// Near an edge the calendar and the page come along.
function scrollAt(x, y) {
  const pane = held.landing.table.parentElement;
  const { left, right } = pane.getBoundingClientRect();
  pane.scrollLeft += (x > right - EDGE) * 16 - (x < left + EDGE) * 16;
  window.scrollBy(0, (y > window.innerHeight - EDGE) * 16 - (y < EDGE) * 16);
}
