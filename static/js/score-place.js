// Writes what score.js knows into words: each card's state, the count, what Send does now; marks the
// answer in view in the list of answers.

const $ = (selector) => document.querySelector(selector);

function cardWords(entry, { states, STATES, marked, isComplete, ranges }, isSent) {
  const count = marked(entry);
  const kept = states.get(entry.dataset.entry);
  const how = isSent && kept === "saved" ? "sent" : STATES[kept] ?? "";
  if (!count) return how || "not marked yet";
  return isComplete(entry) ? how : `${count} of ${ranges(entry).length} marks${how ? ` · ${how}` : ""}`;
}

function barWords({ want, sending, states }, isSent, isPending) {
  if (isPending) return sending === "kept" || [...states.values()].includes("kept") ? "Your scorecard is kept here and will be sent by itself." : "Sending …";
  if (isSent) return "Sent. You can change it until the close.";
  return [...states.values()].includes("kept") ? "No connection: kept here, will be sent." : "";
}

function show(deck) {
  const bar = $("#score-bar");
  if (!bar) return;
  const entries = [...deck.panel.querySelectorAll("[data-entry]")];
  const isClosed = bar.dataset.barOpen !== "yes";
  const isPending = deck.want === "send";
  const isSent = bar.dataset.sent === "yes" && !isPending;
  for (const entry of entries) {
    const words = cardWords(entry, deck, isSent);
    const state = entry.querySelector("[data-card-state]");
    if (state.textContent !== words) state.textContent = words;
    entry.querySelector("[data-marks]").disabled = isClosed || isSent || isPending;
    const tab = deck.panel.querySelector(`[data-tab="${entry.dataset.entry}"]`);
    tab.classList.toggle("is-done", deck.isComplete(entry));
    tab.querySelector("[data-tab-state]").textContent = deck.isComplete(entry) ? "✓" : `${deck.marked(entry)}/${deck.ranges(entry).length}`;
    tab.querySelector("[data-tab-words]").textContent = words;
  }
  if (isClosed) return;
  const done = entries.filter(deck.isComplete).length;
  $("[data-count]").textContent = `${done} of ${entries.length} marked`;
  $("[data-bar-words]").textContent = barWords(deck, isSent, isPending);
  $("[data-send]").setAttribute("aria-disabled", String(done < entries.length));
  $("[data-send]").hidden = isSent || isPending;
  $("[data-change]").hidden = !(isSent || isPending);
}

const seen = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    const tab = document.querySelector(`[data-tab="${target.dataset.entry}"]`);
    if (isIntersecting) tab?.setAttribute("aria-current", "true");
    else tab?.removeAttribute("aria-current");
  }
}, { rootMargin: "-45% 0px -54% 0px" });

let watched = null;
document.addEventListener("finale:cards", ({ detail: deck }) => {
  show(deck);
  if (watched === deck.panel) return;
  watched = deck.panel;
  seen.disconnect();
  for (const entry of deck.panel.querySelectorAll("[data-entry]")) seen.observe(entry);
});
