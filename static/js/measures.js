// A sheet of a measure: keys 0 to 4 answer the item in focus and go on, a count says how far it is, answers are kept
// on the server every few seconds. Without this module the sheet is a plain form.
import { send } from "./http.js";

const PAUSE = 2500;

function itemOf(node) {
  return node.closest?.(".sheet-item");
}

function answer(item, key, items) {
  const radios = [...item.querySelectorAll('input[type="radio"]')];
  if (key === "Backspace" || key === "Delete") {
    for (const radio of radios) radio.checked = false;
    radios[0].dispatchEvent(new Event("input", { bubbles: true }));
    return;
  }
  const chosen = radios[Number(key)];
  if (!chosen) return;
  chosen.checked = true;
  chosen.dispatchEvent(new Event("input", { bubbles: true }));
  const next = items[items.indexOf(item) + 1];
  (next?.querySelector("input:checked") ?? next?.querySelector("input") ?? chosen).focus();
}

for (const form of document.querySelectorAll("form[data-sheet]")) {
  const items = [...form.querySelectorAll(".sheet-item")];
  const line = form.querySelector("[data-sheet-count]");
  let waiting = null;
  let kept = "";

  const count = () => {
    const chosen = [...form.querySelectorAll(".sheet-item input:checked")];
    const words = [`${chosen.length} of ${items.length} answered`];
    if (form.dataset.total) words.push(`total so far ${chosen.reduce((sum, radio) => sum + Number(radio.value), 0)}`);
    if (kept) words.push(kept);
    line.textContent = words.join(" · ");
  };

  const keep = async () => {
    waiting = null;
    try {
      const reply = await send(location.pathname, { data: new FormData(form), background: true });
      const told = await reply.json();
      if (reply.ok) {
        form.elements.version.value = told.version;
        kept = "kept, not signed";
        form.dispatchEvent(new Event("mdmaat:saved", { bubbles: true }));
      } else {
        kept = `not kept: ${told.say.join(" ") || "look at the day"}`;
      }
    } catch {
      kept = "not kept yet";
      waiting = setTimeout(keep, 4 * PAUSE);
    }
    count();
  };

  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.type !== "radio") return;
    if (!/^([0-4]|Backspace|Delete)$/.test(event.key)) return;
    event.preventDefault();
    answer(itemOf(event.target), event.key, items);
  });
  form.addEventListener("input", () => {
    kept = "";
    count();
    clearTimeout(waiting);
    waiting = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", () => clearTimeout(waiting));
  count();
}
