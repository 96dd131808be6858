// Leaving with unsaved text asks. A form that keeps server drafts tells us with "mdmaat:saved" that nothing is at risk.
const changed = new Set();

function formOf(event) {
  const form = event.target.form ?? event.target.closest?.("form");
  return form && form.method === "post" && !("quiet" in form.dataset) ? form : null;
}

document.addEventListener("input", (event) => {
  const form = formOf(event);
  if (form) changed.add(form);
});
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) changed.delete(event.target);
});
document.addEventListener("mdmaat:saved", (event) => changed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  if (changed.size) event.preventDefault();
});
