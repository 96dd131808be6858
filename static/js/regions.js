// Parts of a page that are taken over from a fresher copy of it.

// Tokens and fresh keys differ every time; they are no reason to redraw.
export function essence(region) {
  return region.innerHTML.replace(/ value="[^"]*"/g, "").replace(/ (open|data-sent)=""/g, "").replace(/\s+/g, " ");
}

// What somebody had unfolded stays unfolded.
export function take(here, part) {
  const opened = new Set([...here.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent));
  here.replaceChildren(...part.childNodes);
  for (const summary of here.querySelectorAll("details > summary")) {
    if (opened.has(summary.textContent)) summary.parentElement.open = true;
  }
}
