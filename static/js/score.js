// The expert's cards: kept on this tablet first, saved one by one, sent when all are saved, also later by
// itself when the network returns. The server says what is sent (#score-bar data-sent); the rest is here.

const STATES = { waiting: "saving …", saved: "saved", kept: "kept here, will be sent", refused: "not saved" };
let deck = null; // the cards of the round on the screen

const $ = (selector) => document.querySelector(selector);
const ranges = (entry) => [...entry.querySelectorAll("input[type=range]")];
const marked = (entry) => ranges(entry).filter((range) => range.name).length;
const isComplete = (entry) => marked(entry) === ranges(entry).length;

function store(key, value) {
  try { value ? localStorage.setItem(key, value) : localStorage.removeItem(key); } catch { /* kept in memory only */ }
}
function stored(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function body(entry) {
  const marks = ranges(entry).filter((range) => range.name).map((range) => [range.name, range.value]);
  return [["round", deck.round], ["finalist", entry.dataset.entry], ...marks, ["note", entry.querySelector("[name=note]").value]];
}

// what was typed here but is not in the page comes back into the card
function putBack(entry, pairs) {
  const given = Object.fromEntries(pairs);
  entry.querySelector("[name=note]").value = given.note ?? "";
  for (const range of ranges(entry)) {
    if (given[range.dataset.name] === undefined) continue;
    range.value = given[range.dataset.name];
    range.name = range.dataset.name;
    range.closest("[data-slider]").classList.remove("is-unset");
    range.dispatchEvent(new CustomEvent("input", { bubbles: true, detail: "restored" }));
  }
}

function complain(html) {
  const place = $("#score-error");
  if (place) place.innerHTML = html ?? "";
}

function adopt() {
  const panel = $("[data-cards]");
  if (!panel || panel === deck?.panel) return refresh();
  const prefix = `finale:score:${panel.dataset.event}:${panel.dataset.expert}:`;
  window.finale.forget(prefix, `${prefix}${panel.dataset.round}:`);
  deck = { panel, round: panel.dataset.round, key: `${prefix}${panel.dataset.round}:`, states: new Map(), boxes: new Map(), send: null };
  deck.want = stored(`${deck.key}want`) ?? "";
  for (const entry of panel.querySelectorAll("[data-entry]")) adoptEntry(entry);
  deck.send = window.finale.outbox(`${deck.key}send`, "/score/send", (state, words) => {
    deck.sending = state;
    if (state === "saved" || state === "refused") want("");
    complain(state === "refused" ? words : "");
    refresh();
  });
  settle();
}

function adoptEntry(entry) {
  const { entry: finalist } = entry.dataset;
  if (marked(entry)) deck.states.set(finalist, "saved");
  const box = window.finale.outbox(deck.key + finalist, "/score/card", (state, words) => {
    deck.states.set(finalist, state);
    if (state === "refused") complain(words);
    settle();
  });
  deck.boxes.set(finalist, box);
  if (box.kept()) return putBack(entry, box.kept());
  // saved while this page was already on its way here: the page does not show it yet
  if (!marked(entry) && box.last()) { putBack(entry, box.last()); deck.states.set(finalist, "saved"); }
}

function want(what) {
  deck.want = what;
  store(`${deck.key}want`, what);
}

// a scorecard goes out only after every card of it is on the server
function settle() {
  const entries = [...deck.panel.querySelectorAll("[data-entry]")];
  const isSafe = [...deck.boxes.values()].every((box) => box.isIdle());
  if (deck.want === "send" && isSafe && entries.every(isComplete) && deck.send?.isIdle()) {
    deck.send.put([["round", deck.round]], { now: true, url: "/score/send" });
  }
  refresh();
}

function refresh() {
  if (deck) document.dispatchEvent(new CustomEvent("finale:cards", { detail: { ...deck, STATES, marked, isComplete, ranges } }));
}

document.addEventListener("input", (event) => {
  const entry = event.target.closest("[data-entry]");
  if (!entry || event.detail === "restored") return;
  complain("");
  deck.boxes.get(entry.dataset.entry).put(body(entry));
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-send]:not([aria-disabled=true])")) { want("send"); settle(); }
  if (event.target.closest("[data-change]")) {
    const isSent = $("#score-bar").dataset.sent === "yes" || deck.sending === "waiting" || deck.sending === "kept";
    want("");
    if (isSent) deck.send.put([["round", deck.round]], { now: true, url: "/score/change" });
    refresh();
  }
});
document.addEventListener("htmx:after:swap", adopt);
adopt();
