// Keeps a [data-slider] true: the number follows the range, − and + step it, the track fills. An unset
// slider has no name, so nothing is sent, until it is first touched. Events bubble from the range itself.

function show(slider) {
  const range = slider.querySelector("input[type=range]");
  const share = (range.value - range.min) / (range.max - range.min || 1);
  // the thumb's middle travels from half a thumb to half a thumb before the end
  slider.style.setProperty("--slider-fill", `calc(${share * 100}% + ${0.5 - share} * var(--touch))`);
  const [less, more] = slider.querySelectorAll("[data-slider-step]");
  less.disabled = range.disabled || (Boolean(range.name) && Number(range.value) <= Number(range.min));
  more.disabled = range.disabled || (Boolean(range.name) && Number(range.value) >= Number(range.max));
  if (!range.name) return;
  const number = Number(range.value).toFixed(Number(slider.dataset.places));
  slider.querySelector("output").textContent = number;
  range.setAttribute("aria-valuetext", number);
}

function touch(slider) {
  const range = slider.querySelector("input[type=range]");
  range.name ||= range.dataset.name;
  slider.classList.remove("is-unset");
  show(slider);
}

function step(button) {
  const slider = button.closest("[data-slider]");
  const range = slider.querySelector("input[type=range]");
  const wasSet = Boolean(range.name);
  if (wasSet) range.value = Number(range.value) + Number(button.dataset.sliderStep) * Number(range.step);
  touch(slider);
  range.dispatchEvent(new Event("input", { bubbles: true }));
  range.dispatchEvent(new Event("change", { bubbles: true }));
}

function showAll(root) {
  for (const slider of root.querySelectorAll("[data-slider]")) show(slider);
}

document.addEventListener("input", (event) => {
  const slider = event.target.closest("[data-slider]");
  if (slider) touch(slider);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-slider-step]");
  if (button) step(button);
  const range = event.target.closest("[data-slider] input[type=range]");
  if (range && !range.name && !range.disabled) {
    touch(range.closest("[data-slider]"));
    range.dispatchEvent(new Event("input", { bubbles: true }));
    range.dispatchEvent(new Event("change", { bubbles: true }));
  }
});
document.addEventListener("reset", (event) => setTimeout(() => showAll(event.target)));
document.addEventListener("htmx:after:swap", () => showAll(document));
showAll(document);
