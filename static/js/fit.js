// Text that fits its place. <div data-fit data-fit-max="3"><div data-fit-text>…</div></div>: the outer box
// has a size of its own, the inner text steps down a ladder of sizes (rem, floor data-fit-min, default 1)
// until it fits; below the floor it is shown page by page. Cheap while text streams: one read per box and
// frame, and steps only go down until the text gets shorter or the box changes.

const STEPS = 12;
const PAGE_MS = 7000;
const STREAM_PAUSE_MS = 2500;

const boxes = new Map(); // outer element → {step, length, page, pages, turnAt}
const dirty = new Set();
let isQueued = false;

const isCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const textOf = (box) => box.querySelector("[data-fit-text]") ?? box.firstElementChild;

function ladder(box) {
  const max = Number(box.dataset.fitMax ?? 2.5);
  const min = Number(box.dataset.fitMin ?? 1);
  return (step) => max * (min / max) ** (step / STEPS);
}

function isOver(box, text) {
  return text.scrollHeight > box.clientHeight + 1 || text.scrollWidth > box.clientWidth + 1;
}

function set(box, text, step) {
  boxes.get(box).step = step;
  box.style.fontSize = `${ladder(box)(step)}rem`;
  box.toggleAttribute("data-js-floor", step === STEPS);
}

function fit(box) {
  const text = textOf(box);
  if (!text || !box.clientHeight) return;
  const was = boxes.get(box);
  const length = text.textContent.length;
  if (length < was.length || was.step === null) set(box, text, 0);
  was.length = length;
  let [low, high] = [was.step, STEPS];
  if (isOver(box, text)) {
    while (low < high) {
      const middle = (low + high) >> 1;
      set(box, text, middle);
      if (isOver(box, text)) low = middle + 1; else high = middle;
    }
    set(box, text, low);
  }
  paginate(box, text, was);
}

function paginate(box, text, was) {
  const line = parseFloat(getComputedStyle(text).lineHeight);
  const lines = Math.max(1, Math.floor((box.clientHeight + 1) / line));
  const isLong = was.step === STEPS && text.scrollHeight > box.clientHeight + 1;
  was.pages = isLong ? Math.ceil(Math.round(text.scrollHeight / line) / lines) : 1;
  was.pageHeight = lines * line;
  was.turnAt = performance.now() + STREAM_PAUSE_MS;
  box.style.clipPath = isLong ? `inset(0 0 ${Math.max(0, box.clientHeight - was.pageHeight)}px 0)` : "";
  show(box, text, was, was.pages - 1);
}

function show(box, text, was, page) {
  was.page = page;
  text.style.transform = was.pages > 1 ? `translateY(${-page * was.pageHeight}px)` : "";
  box.toggleAttribute("data-js-paged", was.pages > 1);
  box.parentElement?.style.setProperty("--fit-pages", was.pages > 1 ? `"${page + 1} / ${was.pages}"` : "none");
}

function flush() {
  isQueued = false;
  for (const box of dirty) if (box.isConnected) fit(box); else forget(box);
  dirty.clear();
}

function mark(box) {
  dirty.add(box);
  if (isQueued) return;
  isQueued = true;
  requestAnimationFrame(flush);
}

const changes = new MutationObserver((records) => {
  for (const { target } of records) {
    const box = (target.closest ? target : target.parentElement)?.closest("[data-fit]");
    if (box) mark(box);
  }
});
const sizes = new ResizeObserver((entries) => { for (const { target } of entries) restart(target); });

function restart(box) {
  if (boxes.has(box)) boxes.get(box).step = null;
  mark(box);
}

function forget(box) {
  boxes.delete(box);
  sizes.unobserve(box);
}

function adopt() {
  for (const box of document.querySelectorAll("[data-fit]")) {
    if (boxes.has(box)) continue;
    boxes.set(box, { step: null, length: 0, page: 0, pages: 1, turnAt: 0 });
    changes.observe(box, { childList: true, characterData: true, subtree: true });
    sizes.observe(box);
  }
}

setInterval(() => {
  const now = performance.now();
  for (const [box, was] of boxes) {
    if (was.pages < 2 || now < was.turnAt) continue;
    was.turnAt = now + PAGE_MS;
    show(box, textOf(box), was, (was.page + 1) % was.pages);
  }
}, 500);

document.addEventListener("htmx:after:swap", adopt);
document.fonts.ready.then(() => { adopt(); for (const box of boxes.keys()) restart(box); });
adopt();
