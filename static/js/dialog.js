// [data-opens="id"] opens a <dialog>, [data-closes] and a click beside it close it, and so does a good
// answer to its form. A button's data-fill='{"name": "value"}' fills fields of the form first.

function open(button) {
  const dialog = document.getElementById(button.dataset.opens);
  if (!dialog || dialog.open) return;
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.fill ?? "{}"))) {
    const field = dialog.querySelector(`[name="${name}"]`);
    if (field) field.value = value;
    for (const place of dialog.querySelectorAll(`[data-filled="${name}"]`)) place.textContent = value;
  }
  dialog.querySelector("[data-error]")?.replaceChildren();
  dialog.showModal();
  dialog.querySelector("textarea, input:not([type=hidden]), select")?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    event.preventDefault(); // a link leads to the same form where no script runs
    open(opener);
  }
  const dialog = event.target.closest("dialog");
  if (dialog && (event.target.closest("[data-closes]") || isBeside(event, dialog))) dialog.close();
});

// The backdrop belongs to the dialog element; (0, 0) is a click made by the keyboard.
function isBeside({ target, clientX: x, clientY: y }, dialog) {
  if (target !== dialog || (x === 0 && y === 0)) return false;
  const box = dialog.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

document.addEventListener("htmx:after:request", (event) => {
  const { sourceElement, response } = event.detail.ctx;
  const dialog = sourceElement.closest("dialog");
  if (!dialog || response.status >= 400) return;
  dialog.close();
  dialog.querySelector("form")?.reset();
});
