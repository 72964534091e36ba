// [data-copies="id"] copies a field's value and says so. Without the clipboard (plain http on a local
// network) the field is selected, so that Ctrl+C does it.

const BACK_MS = 2000;

async function copy(button) {
  const field = document.getElementById(button.dataset.copies);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    if (!document.execCommand("copy")) return;
  }
  const label = button.querySelector("[data-label]") ?? button;
  const words = label.textContent;
  label.textContent = button.dataset.copied;
  setTimeout(() => { label.textContent = words; }, BACK_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copies]");
  if (button) copy(button);
});
