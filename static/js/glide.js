// Ranks glide: children of [data-glide] with a data-glide-key move from their old place to the new one
// when a swap reorders them. Measures only when the coming swap carries such a list.

const EASE = "cubic-bezier(0.2, 0.8, 0.2, 1)";
const GLIDE_MS = 400;
const before = new Map();

const key = (item) => `${item.closest("[data-glide]").id}/${item.dataset.glideKey}`;
const items = () => document.querySelectorAll("[data-glide] > [data-glide-key]");

document.addEventListener("htmx:before:swap", (event) => {
  before.clear();
  const isComing = event.detail.tasks.some(({ fragment }) => fragment?.querySelector?.("[data-glide]"));
  if (!isComing || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const item of items()) before.set(key(item), item.getBoundingClientRect());
});

document.addEventListener("htmx:after:swap", () => {
  if (before.size === 0) return;
  for (const item of items()) {
    const was = before.get(key(item));
    const is = item.getBoundingClientRect();
    if (!was || (was.top === is.top && was.left === is.left)) continue;
    const from = `translate(${was.left - is.left}px, ${was.top - is.top}px)`;
    item.animate([{ transform: from }, { transform: "none" }], { duration: GLIDE_MS, easing: EASE });
  }
  before.clear();
});
