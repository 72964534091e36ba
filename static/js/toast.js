// Toasts say what was done and leave; what went wrong stays until it is tapped away.

const STAY_MS = 6000;

new MutationObserver(() => {
  for (const toast of document.querySelectorAll("#toasts > *")) {
    if (toast.jsSeen) continue;
    toast.jsSeen = true;
    if (!toast.matches(".bad, .error")) setTimeout(() => toast.remove(), STAY_MS);
  }
}).observe(document.getElementById("toasts"), { childList: true });

document.getElementById("toasts").addEventListener("click", (event) => event.target.closest("#toasts > *")?.remove());
