// Countdowns. Every [data-clock] shows m:ss of its own data-ends-at / data-remaining (ms), or of the
// latest frame; [data-clock-bar] empties; [data-clock-say] speaks at 30, 10, 5 s and at the bell.
// Dispatches `finale:tick` {seconds} on document once a second. Draws time only: the server rings the bell.

const LAST_MS = 10_000;
const SPOKEN = ["30", "10", "5"];

const body = document.body;
let frame = {};
let offset = body.dataset.now ? Number(body.dataset.now) - performance.now() : null;
let timer = null;
let saidFor = "";
let ticked = null;

const serverNow = () => performance.now() + (offset ?? Date.now() - performance.now());

// ms left: a number, or null where no clock runs
function left(element) {
  const own = element.dataset;
  const isOwn = own.endsAt !== undefined || own.remaining !== undefined;
  const remaining = isOwn ? own.remaining : frame.remaining;
  const endsAt = isOwn ? own.endsAt : frame.ends_at;
  if (remaining) return Number(remaining);
  return endsAt ? Math.max(0, Number(endsAt) - serverNow()) : null;
}

const isHeld = (element) => Boolean(element.dataset.remaining || (!element.dataset.endsAt && frame.paused));

function draw(element, ms) {
  const seconds = Math.ceil(ms / 1000);
  const text = ms === null ? element.dataset.empty ?? "–" : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const digits = element.querySelector("[data-clock-digits]") ?? element;
  if (digits.textContent !== text) digits.textContent = text;
  element.classList.toggle("is-last", ms !== null && ms <= LAST_MS);
  element.classList.toggle("is-over", ms === 0);
  element.classList.toggle("is-idle", ms === null);
  element.classList.toggle("is-held", isHeld(element));
}

// The bar is told where it must be one second from now; CSS glides it there linearly.
function drawBar(bar, clock, ms) {
  const total = Number(bar.dataset.total || frame.total || 0) || (bar.jsTotal = Math.max(bar.jsTotal ?? 0, ms ?? 0)) || 1;
  const ahead = isHeld(clock) || matchMedia("(prefers-reduced-motion: reduce)").matches ? ms : Math.max(0, ms - 1000);
  bar.style.transform = `scaleX(${Math.min(1, (ahead ?? 0) / total)})`;
  bar.classList.toggle("is-last", ms !== null && ms <= LAST_MS);
}

function say(ms, key) {
  const voice = document.querySelector("[data-clock-say]");
  const second = ms === 0 ? "bell" : String(Math.ceil(ms / 1000));
  if (!voice || saidFor === key + second || !(second === "bell" || SPOKEN.includes(second))) return;
  const isLate = second === "bell" && !saidFor.startsWith(key);
  saidFor = key + second;
  if (!isLate) voice.textContent = second === "bell" ? voice.dataset.bell : voice.dataset.left.replace("{n}", second);
}

function tick() {
  clearTimeout(timer);
  const clocks = [...document.querySelectorAll("[data-clock]")];
  let next = 1000;
  for (const [index, clock] of clocks.entries()) {
    const ms = left(clock);
    draw(clock, ms);
    for (const bar of document.querySelectorAll(`[data-clock-bar="${clock.id}"]`)) drawBar(bar, clock, ms);
    if (index > 0) continue;
    body.classList.toggle("is-last", ms !== null && ms <= LAST_MS && !isHeld(clock));
    body.classList.toggle("is-over", ms === 0);
    if (ms === null || isHeld(clock)) continue;
    say(ms, String(clock.dataset.endsAt ?? frame.ends_at));
    const seconds = Math.ceil(ms / 1000);
    if (ticked !== seconds) document.dispatchEvent(new CustomEvent("finale:tick", { detail: { seconds } }));
    ticked = seconds;
    if (ms > 0) next = ms % 1000 || 1000;
  }
  timer = setTimeout(() => requestAnimationFrame(tick), next + 5);
}

document.addEventListener("finale:frame", (event) => {
  frame = event.detail;
  offset = frame.offset ?? offset;
  tick();
});
document.addEventListener("htmx:after:swap", tick);
document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });
tick();
