// Says at once that a file is too large, instead of after the whole of it was sent.
for (const form of document.querySelectorAll("[data-upload]")) {
  const input = form.querySelector("[data-most-bytes]");
  const warning = form.querySelector("[data-too-large]");
  const isTooLarge = () => [...input.files].some((file) => file.size > Number(input.dataset.mostBytes));
  input.addEventListener("change", () => (warning.hidden = !isTooLarge()));
  form.addEventListener("submit", (event) => {
    if (isTooLarge()) event.preventDefault();
  });
}
