// The live socket's health and the server's clock. hx-ws swaps the content; this file reads each
// frame's meta, keeps body's dataset true, tells when the connection is gone (`finale:connection`; see
// connection.js) and drops a socket that has gone silent. Others listen to `finale:frame` on document.

const LOST_AFTER_MS = 1500;
const SILENT_AFTER_MS = 25_000;
const CONNECTING_LIMIT_MS = 4000;
const CLOCK_DRIFT = 0.0001;

const meta = { seq: 0, phase: document.body.dataset.phase ?? "", round: "", ends_at: null, paused: false, remaining: null };
let connection = null;
let offset = null; // server epoch ms minus performance.now(), from the least delayed frame
let offsetAt = 0;
let lastFrameAt = performance.now();
let downSince = performance.now();
let triedAt = performance.now();
let refused = false;

function learnClock(now, arrivedAt) {
  const sample = now - arrivedAt;
  const floor = offset === null ? -Infinity : offset - (arrivedAt - offsetAt) * CLOCK_DRIFT;
  offset = Math.max(sample, floor);
  offsetAt = arrivedAt;
}

function showConnected(isUp) {
  document.body.dataset.connected = isUp ? "yes" : "no";
  downSince = isUp ? null : downSince ?? performance.now();
}

// A half-dead socket takes a minute to close by itself, so its close event is raised here.
function dropSocket() {
  const socket = connection?.socket;
  if (!socket || socket.readyState === WebSocket.CLOSED) return;
  socket.close();
  socket.dispatchEvent(new CloseEvent("close", { code: 1006 }));
  connection.abortController?.abort();
}

function tell(state) {
  document.dispatchEvent(new CustomEvent("finale:connection", { detail: { state } }));
}

function watch() {
  if (document.hidden || refused || !connection) return;
  const now = performance.now();
  const state = connection.socket?.readyState;
  if (state === WebSocket.OPEN && now - lastFrameAt > SILENT_AFTER_MS) dropSocket();
  if (state === WebSocket.CONNECTING && now - triedAt > CONNECTING_LIMIT_MS) dropSocket();
  if (!navigator.onLine) tell("lost");
  else if (downSince !== null && now - downSince > LOST_AFTER_MS) tell("reconnecting");
  else if (downSince === null) tell("fine");
}

document.addEventListener("htmx:ws:before:connection", (event) => {
  connection = event.detail.connection;
  triedAt = performance.now() + 2000;
  showConnected(false);
});
document.addEventListener("htmx:ws:after:connection", (event) => {
  connection = event.detail.connection;
  offset = null;
  lastFrameAt = performance.now();
  showConnected(true);
  watch();
});
document.addEventListener("htmx:ws:close", (event) => {
  showConnected(false);
  const { code } = event.detail;
  refused = code === 1008 || code >= 4000;
  if (refused) tell("refused");
});
document.addEventListener("htmx:ws:before:message:incoming", (event) => {
  const { message } = event.detail;
  message.arrivedAt = lastFrameAt = performance.now();
  try { message.meta = JSON.parse(message.data); } catch { return; }
  if (message.meta.now) learnClock(message.meta.now, message.arrivedAt);
});
document.addEventListener("htmx:ws:after:message:incoming", (event) => {
  const { content, ...news } = event.detail.message.meta ?? {};
  Object.assign(meta, news);
  Object.assign(document.body.dataset, { seq: meta.seq, phase: meta.phase, round: meta.round, paused: meta.paused ? "yes" : "no" });
  document.dispatchEvent(new CustomEvent("finale:frame", { detail: { ...meta, offset, swapped: content !== undefined } }));
});
document.addEventListener("visibilitychange", () => { if (!document.hidden && downSince !== null) downSince = performance.now(); });
window.addEventListener("online", () => { if (connection?.socket?.readyState !== WebSocket.OPEN) dropSocket(); });
window.addEventListener("offline", watch);
window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
setInterval(watch, 500);
