// A part of the page that is looked at again while it names an address to look at.
import { send } from "./http.js";

const EVERY = 1500;

function again(part) {
  setTimeout(async () => {
    let fresh = part;
    try {
      const answer = await send(part.dataset.refresh, { method: "GET", background: true });
      if (answer.ok) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        fresh = document.importNode(page.body.firstElementChild, true);
        part.replaceWith(fresh);
      }
    } catch {
      // Away or locked for a moment: what is shown stays, and we look again.
    }
    if (fresh.dataset.refresh) again(fresh);
    else location.reload();
  }, EVERY);
}

for (const part of document.querySelectorAll("[data-refresh]")) again(part);
