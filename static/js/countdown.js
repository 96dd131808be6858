// Days left until a day begins in the clinic, kept right while a page stays open over midnight. The server counts first.
const DAY = 86_400_000;

function left(until, timeZone) {
  const now = new Date();
  const today = new Intl.DateTimeFormat("en-CA", { timeZone }).format(now);
  const days = Math.round((Date.parse(until) - Date.parse(today)) / DAY);
  if (days > 1) return `${days} days left`;
  if (days < 1) return "over now; open the page again";
  const hour = Number(new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", hourCycle: "h23" }).format(now));
  return `1 day left, ${24 - hour} h`;
}

function count() {
  for (const line of document.querySelectorAll("[data-clear-from]")) {
    const words = left(line.dataset.clearFrom, line.dataset.zone);
    if (line.textContent !== words) line.textContent = words;
  }
}

count();
setInterval(count, 60_000);
