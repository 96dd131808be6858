// A table that is wider than the screen can be reached and moved with the keyboard.
const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

for (const area of document.querySelectorAll(".table-responsive")) sized.observe(area);
