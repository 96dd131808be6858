// Keeps what is typed into a form on the server every few seconds, under the key of this page.
import { send } from "./http.js";

const PAUSE = 3000;
const LONGEST = 5000;

for (const form of document.querySelectorAll("form[data-draft]")) keep(form);
// A form that came into the page later, in place of a part of it.
document.addEventListener("mdmaat:arrived", ({ target }) => {
  for (const form of target.querySelectorAll("form[data-draft]")) keep(form);
});

function keep(form) {
  const status = form.querySelector("[data-draft-status]");
  let kept = content(form);
  let timer = null;
  let since = 0;
  let saving = null;
  let leaving = false; // the form itself is on its way

  function schedule() {
    since ||= Date.now();
    clearTimeout(timer);
    timer = setTimeout(save, Math.max(0, Math.min(PAUSE, since + LONGEST - Date.now())));
  }

  async function save() {
    if (saving) await saving;
    clearTimeout(timer);
    const now = content(form);
    if (now === kept || leaving) return;
    since = 0;
    saving = deliver(now);
    await saving;
    saving = null;
  }

  async function deliver(now) {
    try {
      const reply = await send(form.dataset.draft, { data: typed(form), background: true });
      if (reply.redirected) throw new Error("logged out");
      const answer = await reply.json();
      if (!reply.ok) {
        status.textContent = answer.sentence;
        return;
      }
      kept = now;
      status.textContent = answer.sentence ? `Kept ${answer.saved}. ${answer.sentence}` : `Draft saved ${answer.saved}`;
      if (content(form) === kept) form.dispatchEvent(new CustomEvent("mdmaat:saved", { bubbles: true }));
    } catch {
      status.textContent = "Not kept: there is no connection. It is tried again every few seconds.";
      timer = setTimeout(save, PAUSE);
    }
  }

  form.addEventListener("submit", () => {
    leaving = true;
    clearTimeout(timer);
  });
  // It was refused or never arrived: what is typed is at risk again.
  form.addEventListener("mdmaat:stays", () => {
    leaving = false;
    save();
  });
  form.addEventListener("input", schedule);
  form.addEventListener("change", schedule);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") save(); });
  for (const kind of ["mdmaat:locking", "mdmaat:leaving"]) document.addEventListener(kind, (event) => event.detail.waitFor(save()));
  document.addEventListener("mdmaat:unlocked", save);
}

function content(form) {
  return JSON.stringify([...typed(form)]);
}

// A password is nobody's draft.
function typed(form) {
  const data = new FormData(form);
  for (const field of form.querySelectorAll("input[type=password]")) data.delete(field.name);
  return data;
}
