// Grows every [data-bar] to data-value of data-max. data-order holds it back for its turn in a reveal.
// A bar that is new on the page starts from nothing; one that was there glides from where it stands.

const TURN_MS = 180;

function grow(bar) {
  const { value, max, order } = bar.dataset;
  const share = Math.max(0, Math.min(1, Number(value) / (Number(max) || 1)));
  if (bar.jsShare === share) return;
  bar.jsShare = share;
  bar.style.transitionDelay = `${Number(order ?? 0) * TURN_MS}ms`;
  bar.style.setProperty("--bar-share", share);
}

function growAll() {
  for (const bar of document.querySelectorAll("[data-bar]")) {
    if (bar.jsShare === undefined) getComputedStyle(bar).transform; // lay out at nothing first, so that it grows
    grow(bar);
  }
}

document.addEventListener("htmx:after:swap", growAll);
growAll();
