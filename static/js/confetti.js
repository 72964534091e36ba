// Once, for the champion: an element with data-confetti="key" on the page lets it fall, a single time per
// key and window. Not for those who asked for less motion. Colours are the lanes'.

const PIECES = 180;
const FALL_MS = 5200;

function colors() {
  const style = getComputedStyle(document.documentElement);
  const night = document.body.classList.contains("night") ? "night" : "day";
  return [0, 1, 2, 3, 4].map((lane) => style.getPropertyValue(`--raw-lane-${lane}-${night}`).trim());
}

function piece(width, palette, index) {
  return {
    x: Math.random() * width,
    sway: (Math.random() - 0.5) * width * 0.12,
    late: Math.random() * 0.35,
    size: 0.008 + Math.random() * 0.01,
    spin: (Math.random() - 0.5) * 14,
    color: palette[index % palette.length],
  };
}

function drawAt(canvas, pieces, share) {
  const pen = canvas.getContext("2d");
  const { width, height } = canvas;
  pen.clearRect(0, 0, width, height);
  for (const { x, sway, late, size, spin, color } of pieces) {
    const own = (share - late) / (1 - late);
    if (own <= 0) continue;
    pen.save();
    pen.globalAlpha = Math.min(1, (1 - own) * 4);
    pen.translate(x + sway * Math.sin(own * 5), own ** 1.25 * height * 1.1 - height * 0.05);
    pen.rotate(spin * own);
    pen.scale(1, Math.cos(own * 11 + x));
    pen.fillStyle = color;
    pen.fillRect(-size * height * 0.5, -size * height, size * height, size * height * 1.8);
    pen.restore();
  }
}

function fall() {
  const canvas = document.createElement("canvas");
  canvas.className = "confetti";
  canvas.setAttribute("aria-hidden", "true");
  canvas.width = innerWidth;
  canvas.height = innerHeight;
  document.body.append(canvas);
  const palette = colors();
  const pieces = Array.from({ length: PIECES }, (_, index) => piece(canvas.width, palette, index));
  const start = performance.now();
  const step = (now) => {
    const share = (now - start) / FALL_MS;
    if (share >= 1) return canvas.remove();
    drawAt(canvas, pieces, share);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function look() {
  const key = document.querySelector("[data-confetti]")?.dataset.confetti;
  if (!key || sessionStorage.getItem(`finale-confetti-${key}`)) return;
  sessionStorage.setItem(`finale-confetti-${key}`, "fallen");
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) fall();
}

document.addEventListener("htmx:after:swap", look);
look();
