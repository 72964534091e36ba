// "My prompts": kept and saved like a draft; a chip beside the editor puts one in with a click.

const MOST = 20;
const CHIP_CHARS = 24;
const WORDS = { waiting: "", saved: "Saved", kept: "Kept on this laptop, will be saved", refused: "Not saved" };

const shelf = () => document.querySelector("[data-shelf]");
const areas = () => [...shelf().querySelectorAll("[data-shelf-list] textarea")];
const prompts = () => areas().map((area) => area.value).filter((text) => text.trim());

const box = window.finale.outbox(`finale:shelf:${document.getElementById("screen").dataset.owner}`, "/play/shelf", (state) => {
  const place = shelf()?.querySelector("[data-saved]");
  if (place) place.textContent = WORDS[state];
});

function put(text) {
  document.dispatchEvent(new CustomEvent("finale:put", { detail: { system_prompt: text } }));
}

function chips() {
  const place = document.querySelector("[data-shelf-chips]");
  if (!place) return;
  place.replaceChildren(...prompts().slice(0, 8).map((text, index) => {
    const short = text.trim().replace(/\s+/g, " ");
    const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip", title: short.slice(0, 400) });
    const unseen = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: "My prompt " });
    chip.append(unseen, `${index + 1} ${short.length > CHIP_CHARS ? `${short.slice(0, CHIP_CHARS)}…` : short}`);
    chip.addEventListener("click", () => put(text));
    return chip;
  }));
}

function number() {
  for (const [index, label] of shelf().querySelectorAll("[data-shelf-list] [data-shelf-number]").entries()) label.textContent = index + 1;
  shelf().querySelector("[data-shelf-add]").disabled = areas().length >= MOST;
}

function add(text = "") {
  const item = shelf().querySelector("[data-shelf-empty]").content.cloneNode(true);
  item.querySelector("textarea").value = text;
  shelf().querySelector("[data-shelf-list]").append(item);
  number();
}

function changed() {
  box.put(prompts().map((text) => ["prompts", text]));
  chips();
}

document.addEventListener("submit", (event) => { if (event.target === shelf()) event.preventDefault(); });
document.addEventListener("input", (event) => { if (event.target.closest("[data-shelf]")) changed(); });
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-shelf] button");
  if (!button) return;
  const item = button.closest(".shelf-item");
  if (button.matches("[data-shelf-put]")) put(item.querySelector("textarea").value);
  if (button.matches("[data-shelf-add]")) { add(); areas().at(-1).focus(); }
  if (button.matches("[data-shelf-remove]")) { item.remove(); number(); changed(); }
});
document.addEventListener("htmx:after:swap", () => {
  if (document.querySelector("[data-shelf-chips]:empty")) chips();
});

const kept = box.kept();
if (kept) {
  shelf().querySelector("[data-shelf-list]").replaceChildren();
  for (const [, text] of kept) add(text);
}
number();
chips();
