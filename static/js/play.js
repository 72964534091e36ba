// The finalist's desk: Ctrl+Enter, the attempt's id, restoring a prompt, the lock at the bell.

const ui = () => document.getElementById("play-form");
const editor = () => document.querySelector("[data-editor]");
let last = { id: "", what: "", answered: true };

// a UUID also where the page is not a secure context (a laptop on the venue's network without https)
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

const values = (form) => ["system_prompt", "temperature", "top_p", "max_tokens"].map((name) => form.elements[name]?.value).join("\u0000");

// One press, one id. A press that got no answer is repeated under the same id, so it can never count twice.
document.addEventListener("submit", (event) => {
  if (event.target !== ui()) return;
  const what = values(event.target);
  if (last.answered || last.what !== what) last = { id: uuid(), what, answered: false };
  event.target.elements.attempt_id.value = last.id;
}, true);
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail.ctx.sourceElement === ui()) last.answered = true;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest?.("[data-editor]")) return;
  event.preventDefault();
  const button = ui()?.querySelector("[data-generate]:not([disabled])");
  if (button) ui().requestSubmit(button);
});

// execCommand is the one way to set a text area that undo can take back
function write(area, text) {
  area.focus();
  area.select();
  const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
  if (!done || area.value !== text) area.value = text;
  area.setSelectionRange(text.length, text.length);
  area.scrollTop = 0;
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function fill(given) {
  const desk = editor();
  if (!desk) return;
  for (const name of ["temperature", "top_p", "max_tokens"]) {
    const range = desk.querySelector(`[name="${name}"]`);
    if (range && given[name] !== undefined) {
      range.value = given[name];
      range.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  if (given.system_prompt !== undefined) write(desk.querySelector("[name=system_prompt]"), given.system_prompt);
}

// While it streams the answer follows its end, unless the finalist has scrolled up to read.
let follows = true;
document.addEventListener("scroll", ({ target }) => {
  if (target.id === "answer-text") follows = target.scrollHeight - target.scrollTop - target.clientHeight < 60;
}, true);
function follow() {
  const text = document.getElementById("answer-text");
  if (text?.getAttribute("aria-busy") !== "true") follows = true;
  else if (follows) text.scrollTop = text.scrollHeight;
}

document.addEventListener("htmx:after:swap", () => {
  follow();
  const place = document.getElementById("restored");
  if (!place.firstElementChild) return;
  fill(Object.fromEntries([...place.querySelectorAll("[name]")].map((field) => [field.name, field.value])));
  place.replaceChildren();
  editor()?.scrollIntoView({ block: "nearest" });
});
document.addEventListener("finale:put", (event) => fill(event.detail));

document.addEventListener("input", (event) => {
  const words = event.target.name === "max_tokens" && event.target.closest("[data-tokens]")?.querySelector("[data-words]");
  if (words) words.textContent = Math.round(event.target.value * 0.75);
});

// The server rings the bell; until its frame is here, a desk whose clock shows 0:00 is shut.
document.addEventListener("finale:tick", (event) => {
  const desk = document.getElementById("play-desk");
  if (!desk || document.body.dataset.phase !== "prompting") return;
  const isOver = event.detail.seconds === 0;
  if (isOver || desk.dataset.rung) desk.inert = isOver;
  desk.dataset.rung = isOver ? "yes" : "";
});
