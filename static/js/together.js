// Both blocks of a visit light up together in the calendar, by pointer and by keyboard.
for (const event of ["pointerover", "focusin", "pointerout", "focusout"]) {
  document.addEventListener(event, ({ target }) => {
    const slip = target.closest?.("[data-together]");
    if (!slip) return;
    const is_in = event === "pointerover" || event === "focusin";
    for (const other of document.querySelectorAll(`[data-together="${slip.dataset.together}"]`)) {
      other.classList.toggle("is-together", is_in);
    }
  });
}
