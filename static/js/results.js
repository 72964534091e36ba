// Paper has no folds: everything is opened for printing, and closed again after it.

const opened = new Set();

addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    opened.add(fold);
  }
});

addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
  opened.clear();
});
