// "Read all" on the phone's cards; it disappears where nothing is cut. A morph leaves data-js- alone.

function open(button) {
  const card = button.closest(".vote-card");
  const isOpen = card.toggleAttribute("data-js-open");
  button.setAttribute("aria-expanded", String(isOpen));
  button.firstChild.textContent = isOpen ? button.dataset.less : button.dataset.more;
}

function measure() {
  for (const card of document.querySelectorAll(".vote-card:not([data-js-open])")) {
    const text = card.querySelector(".vote-text");
    card.toggleAttribute("data-js-fits", text.scrollHeight <= text.clientHeight + 2);
  }
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-more]");
  if (button) open(button);
});
document.addEventListener("htmx:after:swap", measure);
window.addEventListener("resize", measure);
measure();
