// Every run of text on the page that is not where it should be: outside the window or its card, or cut off by
// a box that does not page through it (fit.js), shorten it in lines (line-clamp) or hide it for screen readers.
() => {
  const SLACK = 2;
  const wrong = [];
  const card = (node) => node.closest(".lane-card, .standing, .stage-pause-card, .stage-top, .stage-foot, #screen");
  const isOut = (rect, box) =>
    rect.left < box.left - SLACK || rect.right > box.right + SLACK || rect.top < box.top - SLACK || rect.bottom > box.bottom + SLACK;
  const mayCut = (box, style) =>
    style.webkitLineClamp !== "none" || style.textOverflow === "ellipsis" || box.matches(".visually-hidden, [data-js-floor], .clock-bar");
  const walker = document.createTreeWalker(document.getElementById("screen"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    const parent = text.parentElement;
    if (!text.data.trim() || !parent.checkVisibility({ visibilityProperty: true }) || parent.closest(".visually-hidden")) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const line = parseFloat(getComputedStyle(parent).lineHeight) || Infinity;
    for (const { left, right, top, bottom } of range.getClientRects()) {
      const over = Math.max(0, (bottom - top - line) / 2); // a face's own height is more than its line's
      const shown = { left, right, top: top + over, bottom: bottom - over };
      let isCut = false;
      for (let box = parent; box && box.id !== "screen"; box = box.parentElement) {
        const style = getComputedStyle(box);
        if (style.overflow === "visible") continue;
        const bounds = box.getBoundingClientRect();
        if (!isOut(shown, bounds)) continue;
        if (!mayCut(box, style)) wrong.push(`cut by .${box.className}: ${text.data.trim().slice(0, 60)}`);
        isCut = true;
        break;
      }
      if (isCut) continue;
      const own = card(parent);
      if (isOut(shown, own.getBoundingClientRect())) wrong.push(`out of .${own.className}: ${text.data.trim().slice(0, 60)}`);
      if (isOut(shown, { left: 0, top: 0, right: innerWidth, bottom: innerHeight })) wrong.push(`off screen: ${text.data.trim().slice(0, 60)}`);
    }
  }
  const page = document.documentElement;
  if (page.scrollWidth > innerWidth || page.scrollHeight > innerHeight) wrong.push("the page scrolls");
  return [...new Set(wrong)];
}
