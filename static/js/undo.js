// How long a change can still be taken back, counted from what the server said, so that a wrong clock here changes nothing.
import { announce } from "./announce.js";

const bars = [...document.querySelectorAll("[data-settles-in]")];

function count() {
  for (const bar of bars.filter((bar) => !bar.classList.contains("is-over"))) {
    const left = Math.ceil((Number(bar.dataset.settlesIn) - performance.now() / 1000) / 60);
    const words = left > 0 ? `${left} minute${left === 1 ? "" : "s"} left` : "the time is over; move the visits instead";
    const place = bar.querySelector("[data-left]");
    if (place.textContent !== words) place.textContent = words;
    if (left <= 0) end(bar);
  }
}

function end(bar) {
  bar.classList.add("is-over");
  bar.querySelector("form").hidden = true;
  announce("A change can no longer be taken back.");
}

if (bars.length) setInterval(count, 5000);
