// The clinic's clock, in the clinic's zone, whatever the tablet thinks.
function tick() {
  const now = new Date();
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const timeZone = clock.dataset.clock;
    const words = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" }).format(now);
    if (clock.textContent !== words) clock.textContent = words;
  }
}

tick();
setInterval(tick, 5000);
