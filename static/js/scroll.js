// A table that is wider than the screen can be reached and moved with the keyboard.
const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

for (const area of document.querySelectorAll(".table-responsive")) sized.observe(area);

// Today's column of a calendar is what one came to see.
for (const today of document.querySelectorAll(".scroll thead [aria-current=date]")) {
  const area = today.closest(".scroll");
  const frozen = area.querySelector("thead th").offsetWidth;
  if (today.offsetLeft + today.offsetWidth > area.clientWidth) area.scrollLeft = today.offsetLeft - frozen;
}
