// The draft: kept here as it is typed, saved on the server after a pause, put back on the next load.

const NAMES = ["system_prompt", "temperature", "top_p", "max_tokens"];
const WORDS = { waiting: "", saved: "Draft saved", kept: "Kept on this laptop, will be saved", refused: "Not saved" };
let box = null;
let boxFor = "";

const field = (editor, name) => editor.querySelector(`[name="${name}"]`);

function snapshot(editor) {
  return [["round", editor.dataset.round], ...NAMES.map((name) => [name, field(editor, name).value])];
}

function say(state) {
  const place = document.querySelector("[data-editor] [data-saved]");
  if (place) place.textContent = WORDS[state];
}

// a new round brings a new editor: its own box, and the old one forgotten
function adopt() {
  const editor = document.querySelector("[data-editor]");
  const owner = document.getElementById("screen")?.dataset.owner;
  const key = editor ? `finale:draft:${owner}:${editor.dataset.round}` : "";
  if (key === boxFor) return;
  boxFor = key;
  box?.drop();
  box = null;
  if (!editor) return;
  window.finale.forget(`finale:draft:${owner}:`, key);
  box = window.finale.outbox(key, "/play/draft", say);
  const kept = box.kept();
  if (kept) document.dispatchEvent(new CustomEvent("finale:put", { detail: Object.fromEntries(kept) }));
}

document.addEventListener("input", (event) => {
  const editor = event.target.closest("[data-editor]");
  if (editor && box && event.target.closest("[data-editor]") === editor) box.put(snapshot(editor));
});
document.addEventListener("htmx:after:swap", adopt);
adopt();
