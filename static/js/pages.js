// Text that is too long even at the smallest size (fit.js tells so with `finale:fit`) is shown page by page:
// the newest page while it streams, then round and round, a page at a time, whole lines only.

const PAGE_MS = 7000;
const STREAM_PAUSE_MS = 2500;

const books = new Map(); // box → {text, page, pages, height, turnAt}
const holder = (box) => box.closest("[data-fit-pages]") ?? box.parentElement; // shows "2 / 3" from --fit-pages

function show(box, book, page) {
  book.page = page;
  const top = Math.min(page * book.height, book.total - book.height); // the last page is full, too
  book.text.style.transform = `translateY(${-top}px)`;
  holder(box).style.setProperty("--fit-pages", `"${page + 1} / ${book.pages}"`);
}

function close(box, text) {
  if (!books.delete(box)) return;
  text.style.transform = box.style.clipPath = "";
  holder(box).style.removeProperty("--fit-pages");
}

document.addEventListener("finale:fit", (event) => {
  const { box, text, isTooLong } = event.detail;
  if (!isTooLong) return close(box, text);
  const line = parseFloat(getComputedStyle(text).lineHeight);
  const lines = Math.max(1, Math.floor((box.clientHeight + 1) / line));
  const book = books.get(box) ?? { text };
  const total = Math.round(text.scrollHeight / line);
  Object.assign(book, { text, height: lines * line, total: total * line, pages: Math.ceil(total / lines) });
  book.turnAt = performance.now() + STREAM_PAUSE_MS;
  books.set(box, book);
  box.style.clipPath = `inset(0 0 ${Math.max(0, box.clientHeight - book.height)}px)`;
  show(box, book, book.pages - 1);
});

setInterval(() => {
  const now = performance.now();
  for (const [box, book] of books) {
    if (!box.isConnected) books.delete(box);
    else if (now >= book.turnAt) {
      book.turnAt = now + PAGE_MS;
      show(box, book, (book.page + 1) % book.pages);
    }
  }
}, 500);
