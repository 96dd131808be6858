// The name of a medicine: the server says what it knows while one types; a name that is offered is taken with one press.
import { send } from "./http.js";

const PAUSE = 250;

for (const input of document.querySelectorAll("[data-known-names]")) {
  const told = document.querySelector(input.dataset.knownNames);
  let waiting = null;
  let asked = "";

  const ask = async () => {
    const typed = (asked = input.value.trim());
    const url = `${input.dataset.search}?q=${encodeURIComponent(typed)}`;
    try {
      const reply = await send(url, { method: "GET", background: true });
      if (reply.ok && typed === asked) told.innerHTML = await reply.text();
    } catch {
      told.textContent = ""; // The name can be written all the same, and is read again when it is saved.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE);
  });
  told.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-name]");
    if (!chosen) return;
    input.value = chosen.dataset.name;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  });
  if (input.value) ask();
}
