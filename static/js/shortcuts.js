// Keys for the organiser: a key presses the visible button with that data-shortcut ("Space", "P", "Shift+R").
// Silent while someone types or a dialog is open.

const TYPING = "input:not([type=range], [type=checkbox], [type=radio], [type=button]), textarea, select, [contenteditable]";
const PRESSABLE = "button, a, summary";

function name({ key, shiftKey, ctrlKey, altKey, metaKey }) {
  const letter = key === " " ? "Space" : key.length === 1 ? key.toUpperCase() : key;
  const held = [ctrlKey && "Ctrl", altKey && "Alt", metaKey && "Meta", shiftKey && "Shift"].filter(Boolean);
  return [...held, letter].join("+");
}

document.addEventListener("keydown", (event) => {
  if (event.repeat || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const pressed = name(event);
  const inField = event.target.matches(TYPING);
  if (inField && !event.ctrlKey) return;
  if (pressed === "Space" && event.target.matches(PRESSABLE)) return;
  const button = [...document.querySelectorAll(`[data-shortcut="${CSS.escape(pressed)}"]`)].find((one) => one.checkVisibility?.() ?? true);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
});
