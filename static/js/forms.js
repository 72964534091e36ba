// Forms under htmx: while a request runs its submit buttons are shut and say so (data-busy); an answer
// of 400 or more lands in the nearest [data-error] (in the form, else named by its data-error-in), and
// so do words for a request that never arrived. The next good answer clears them.

const LISTENING = "button:not([type=button]):not([disabled])";
const busy = new WeakMap(); // source element → what to restore

function form(source) {
  return source.closest("form") ?? source;
}

function errorPlace(source) {
  const named = form(source).dataset.errorIn;
  return (named && document.querySelector(named)) || form(source).querySelector("[data-error]") || document.getElementById("toasts");
}

function label(button, words) {
  (button.querySelector("[data-label]") ?? button).textContent = words;
}

function shut({ sourceElement: source, request }) {
  const buttons = source.matches("button") ? [source] : source.matches("form") ? [...source.querySelectorAll(LISTENING)] : [];
  const focused = document.activeElement;
  const pressed = request.submitter ?? buttons[0];
  const words = pressed?.dataset.busy ? (pressed.querySelector("[data-label]") ?? pressed).textContent : null;
  if (words !== null) label(pressed, pressed.dataset.busy);
  for (const button of buttons) button.disabled = true;
  pressed?.setAttribute("aria-busy", "true");
  busy.set(source, { buttons, pressed, words, focused });
}

function open({ sourceElement: source }) {
  const was = busy.get(source);
  if (!was) return;
  busy.delete(source);
  for (const button of was.buttons) button.disabled = false;
  if (was.pressed?.getAttribute("aria-busy")) {
    was.pressed.removeAttribute("aria-busy");
    if (was.words !== null) label(was.pressed, was.words);
  }
  if (document.activeElement === document.body && was.focused?.isConnected) was.focused.focus({ preventScroll: true });
}

function notSent(source) {
  const place = errorPlace(source);
  const words = document.getElementById("connection")?.dataset.notSent;
  if (!place || !words) return;
  const line = Object.assign(document.createElement("p"), { className: "error", textContent: words });
  line.setAttribute("role", "alert");
  place.replaceChildren(line);
}

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  const isPressed = ["submit", "click"].includes(ctx.sourceEvent?.type); // not a draft that saves itself
  if (!isPressed || ctx.request.method === "GET") return;
  if (busy.has(ctx.sourceElement)) event.preventDefault();
  else shut(ctx);
});

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  const place = errorPlace(ctx.sourceElement);
  const isHtml = ctx.response.headers.get("content-type")?.startsWith("text/html");
  if (!isHtml) {
    notSent(ctx.sourceElement);
    ctx.swap = "none";
  } else if (place && !ctx.hx.retarget) {
    Object.assign(ctx, { target: place, swap: "innerHTML", select: null });
  }
});

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const place = ctx.response.status < 400 && errorPlace(ctx.sourceElement);
  if (place && place.id !== "toasts") place.replaceChildren();
});

document.addEventListener("htmx:error", (event) => {
  const { ctx } = event.detail;
  if (ctx?.request && !ctx.response) notSent(ctx.sourceElement);
});

document.addEventListener("htmx:finally:request", (event) => open(event.detail.ctx));
