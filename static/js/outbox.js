// What people typed and must not lose: kept in localStorage first, posted after a pause, posted again until
// the server answers. One box holds the latest version of one thing; a newer version replaces the older.
// tell(state, words): "waiting" typed just now · "saved" · "kept" no connection · "refused" words say why.

const PAUSE_MS = 400;
const ANSWER_MS = 8000;
const LONGEST_WAIT_MS = 8000;
const boxes = new Set();

function remember(box) {
  try {
    if (box.body === null) localStorage.removeItem(box.key);
    else localStorage.setItem(box.key, JSON.stringify({ body: box.body, url: box.url, waiting: box.waiting }));
  } catch { /* private mode or full: the copy on the server must do */ }
}

function recall(key) {
  try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; }
}

async function post(box) {
  const headers = { "HX-Request": "true" };
  const body = new URLSearchParams(box.body);
  const answer = await fetch(box.url, { method: "POST", headers, body, signal: AbortSignal.timeout(ANSWER_MS) });
  if (answer.status >= 500 || answer.status === 429) throw new Error(answer.statusText);
  return answer.ok ? "" : await answer.text();
}

async function flush(box) {
  clearTimeout(box.timer);
  if (box.flying || !box.waiting || box.gone) return;
  box.flying = true;
  const sent = JSON.stringify([box.url, box.body]);
  let news = ["kept"];
  try {
    const refusal = await post(box);
    news = refusal ? ["refused", refusal] : ["saved"];
    box.failures = 0;
    box.waiting = JSON.stringify([box.url, box.body]) !== sent;
  } catch {
    box.failures += 1;
  }
  box.flying = false;
  if (box.gone) return;
  remember(box);
  if (!box.waiting || box.failures) box.tell(...news);
  if (box.waiting) schedule(box, box.failures ? Math.min(LONGEST_WAIT_MS, 500 * 2 ** box.failures) : PAUSE_MS);
}

function schedule(box, ms) {
  clearTimeout(box.timer);
  box.timer = setTimeout(() => flush(box), ms);
}

// body: a list of [name, value]
function outbox(key, url, tell) {
  const box = { key, url, tell, timer: null, flying: false, failures: 0, gone: false, body: null, waiting: false, ...recall(key) };
  boxes.add(box);
  if (box.waiting) { tell("kept"); schedule(box, 0); }
  return {
    kept: () => (box.waiting ? box.body : null),
    last: () => box.body,
    isIdle: () => !box.waiting && !box.flying,
    put(body, { now = false, url = box.url } = {}) {
      Object.assign(box, { body, url, waiting: true });
      remember(box);
      tell(box.failures ? "kept" : "waiting");
      schedule(box, now ? 0 : Math.max(PAUSE_MS, box.failures ? 2000 : 0));
    },
    drop() {
      Object.assign(box, { gone: true, body: null });
      clearTimeout(box.timer);
      boxes.delete(box);
      remember(box);
    },
  };
}

// forget what earlier rounds left behind: every key with this prefix but without one of these parts
function forget(prefix, keep) {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(prefix) && !key.startsWith(keep)) localStorage.removeItem(key);
  } catch { /* nothing kept, nothing to forget */ }
}

const retry = () => { for (const box of boxes) if (box.failures) flush(box); };
window.addEventListener("online", retry);
window.addEventListener("pagehide", () => { for (const box of boxes) flush(box); });
document.addEventListener("finale:frame", retry);
window.finale = { ...window.finale, outbox, forget };
