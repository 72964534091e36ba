// The banner of the connection, in words nobody can miss. live.js says the state: fine, reconnecting, lost, refused.
// As a popover it stands above an open dialog too; where there are none it is simply a fixed bar.

const BACK_MS = 3000;

function close(banner) {
  if (banner.dataset.state !== "fine") return;
  banner.textContent = "";
  banner.hidePopover?.();
}

function show(banner, words, role) {
  banner.setAttribute("role", role);
  banner.textContent = words;
  banner.hidePopover?.();
  banner.showPopover?.();
}

document.addEventListener("finale:connection", ({ detail: { state } }) => {
  const banner = document.getElementById("connection");
  const told = banner?.dataset.state ?? "fine";
  if (!banner || told === state) return;
  banner.dataset.state = state;
  if (state !== "fine") return show(banner, banner.dataset[state], "alert");
  show(banner, banner.dataset.back, "status");
  setTimeout(close, BACK_MS, banner);
});
