// Text that is too long even at the smallest size (fit.js tells so with `finale:fit`) is shown page by page:
// the newest lines while it streams, then round and round, a page at a time, whole lines only.

const PAGE_MS = 7000;
const STREAM_PAUSE_MS = 2500;

const books = new Map(); // box → {text, line, lines, total, page, turnAt, top}
const holder = (box) => box.closest("[data-fit-pages]") ?? box.parentElement; // shows "2 / 3" from --fit-pages
const pages = ({ total, lines }) => Math.ceil(total / lines);

function show(box, book, page, isTurn) {
  const top = Math.min(page * book.lines, book.total - book.lines); // the last page is full, too
  const label = `"${page + 1} / ${pages(book)}"`;
  if (book.top !== top) {
    book.text.toggleAttribute("data-js-turning", isTurn);
    book.text.style.transform = `translateY(${-top * book.line}px)`;
  }
  if (book.label !== label) holder(box).style.setProperty("--fit-pages", label);
  Object.assign(book, { page, top, label });
}

function open(box, text, room) {
  const line = parseFloat(getComputedStyle(text).lineHeight);
  const book = { text, line, lines: Math.max(1, Math.floor((room + 1) / line)), room };
  box.style.clipPath = `inset(0 0 ${Math.max(0, room - book.lines * line)}px)`;
  books.set(box, book);
  return book;
}

function close(box, text) {
  if (!books.delete(box)) return;
  text.style.transform = box.style.clipPath = "";
  holder(box).style.removeProperty("--fit-pages");
}

document.addEventListener("finale:fit", (event) => {
  const { box, text, isTooLong, isFresh, height, room } = event.detail;
  if (!isTooLong) return close(box, text);
  const known = books.get(box);
  const book = known && !isFresh && known.room === room && known.text === text ? known : open(box, text, room);
  book.total = Math.round(height / book.line);
  book.turnAt = performance.now() + STREAM_PAUSE_MS;
  show(box, book, pages(book) - 1, false);
});

setInterval(() => {
  const now = performance.now();
  for (const [box, book] of books) {
    if (!box.isConnected) books.delete(box);
    else if (now >= book.turnAt) {
      book.turnAt = now + PAGE_MS;
      show(box, book, (book.page + 1) % pages(book), true);
    }
  }
}, 500);
