// Text that fits its place. <div data-fit data-fit-max="3"><div data-fit-text>…</div></div>: the outer box
// has a size of its own; the inner text steps down a ladder of sizes (rem; floor data-fit-min, default 1)
// until it fits. What does not fit at the floor is for pages.js, told by `finale:fit`. Cheap while text
// streams: one read per box and frame; sizes only go down until the text gets shorter or the box changes.

const STEPS = 10;
const boxes = new Map(); // outer element → {step, length}
const dirty = new Set();
let isQueued = false;

const textOf = (box) => box.querySelector("[data-fit-text]") ?? box.firstElementChild;
const isOver = (box, text) => text.scrollHeight > box.clientHeight + 1 || text.scrollWidth > box.clientWidth + 1;

function size(box, step) {
  const max = Number(box.dataset.fitMax ?? 2.5);
  const min = Number(box.dataset.fitMin ?? 1);
  boxes.get(box).step = step;
  box.style.fontSize = `${(max * (min / max) ** (step / STEPS)).toFixed(3)}rem`;
  box.toggleAttribute("data-js-floor", step === STEPS);
}

// Read everything, then write: a read after a write lays the page out again.
function measure(box) {
  const text = textOf(box);
  const was = boxes.get(box);
  const length = text?.textContent.length ?? 0;
  const isFresh = was.step === null || length < was.length;
  was.length = length;
  return { box, text, was, isFresh, isFull: !isFresh && was.step < STEPS && isOver(box, text), ...extent(box, text) };
}

const extent = (box, text) => ({ height: text?.scrollHeight ?? 0, room: box.clientHeight });

function fit({ box, text, was, isFresh, isFull, height, room }) {
  if (!text || !room) return;
  if (isFresh) size(box, 0);
  if (isFull || (isFresh && isOver(box, text))) size(box, smallest(box, text, was.step));
  const now = isFresh || isFull ? extent(box, text) : { height, room };
  const isTooLong = was.step === STEPS && now.height > now.room + 1;
  document.dispatchEvent(new CustomEvent("finale:fit", { detail: { box, text, isTooLong, isFresh, ...now } }));
}

// The first step below `from` that fits: mostly the very next one, since streaming text grows a little at a time.
function smallest(box, text, from) {
  size(box, from + 1);
  if (!isOver(box, text) || from + 1 >= STEPS) return Math.min(from + 1, STEPS);
  let [low, high] = [from + 2, STEPS];
  while (low < high) {
    const middle = (low + high) >> 1;
    size(box, middle);
    if (isOver(box, text)) low = middle + 1;
    else high = middle;
  }
  return Math.min(low, STEPS);
}

function flush() {
  isQueued = false;
  const here = [...dirty].filter((box) => box.isConnected);
  dirty.clear();
  here.map(measure).forEach(fit);
}

function mark(box) {
  dirty.add(box);
  if (isQueued) return;
  isQueued = true;
  requestAnimationFrame(flush);
}

function restart(box) {
  if (!boxes.has(box)) return;
  boxes.get(box).step = null;
  mark(box);
}

const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => restart(target)));
const changes = new MutationObserver((records) => {
  for (const { target } of records) {
    const box = (target.closest ? target : target.parentElement)?.closest("[data-fit]");
    if (box) mark(box);
  }
});

function adopt() {
  for (const box of boxes.keys()) if (!box.isConnected && boxes.delete(box)) sizes.unobserve(box);
  for (const box of document.querySelectorAll("[data-fit]")) {
    if (boxes.has(box)) continue;
    boxes.set(box, { step: null, length: 0 });
    changes.observe(box, { childList: true, characterData: true, subtree: true });
    sizes.observe(box);
  }
}

document.addEventListener("htmx:after:swap", adopt);
document.fonts.ready.then(() => boxes.forEach((_, box) => restart(box)));
adopt();
