// Says the values under the pointer, or at the step chosen with the arrow keys. The page is whole without it.
for (const figure of document.querySelectorAll(".chart")) {
  const data = figure.querySelector("script");
  const plot = figure.querySelector(".plot");
  if (!data || !plot) continue;
  const lines = JSON.parse(data.textContent);
  const hair = document.createElement("i");
  const words = document.createElement("div");
  hair.className = "hair";
  words.className = "reading";
  words.setAttribute("role", "status");
  let place = 0;

  const nearest = (readings, x) =>
    readings.reduce((best, one) => (Math.abs(one[0] - x) < Math.abs(best[0] - x) ? one : best));

  const show = (x) => {
    const found = lines.map((line) => ({ label: line.label, at: nearest(line.readings, x) }));
    const main = found.reduce((best, one) => (Math.abs(one.at[0] - x) < Math.abs(best.at[0] - x) ? one : best)).at;
    const step = document.createElement("b");
    step.textContent = `step ${main[2].toLocaleString("en")}`;
    words.replaceChildren(step);
    for (const one of found) {
      const row = document.createElement("div");
      const other = one.at[2] === main[2] ? "" : ` (step ${one.at[2].toLocaleString("en")})`;
      row.textContent = `${one.label} ${one.at[3]}${other}`;
      words.append(row);
    }
    hair.style.left = `${main[0]}%`;
    const right = main[0] > 55;
    words.style.left = right ? "auto" : `calc(${main[0]}% + .6rem)`;
    words.style.right = right ? `calc(${100 - main[0]}% + .6rem)` : "auto";
    plot.append(hair, words);
  };
  const hide = () => {
    hair.remove();
    words.remove();
  };

  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect();
    show(Math.min(100, Math.max(0, (100 * (event.clientX - box.left)) / box.width)));
  });
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !lines.length) return;
    event.preventDefault();
    const readings = lines[0].readings;
    place = Math.min(readings.length - 1, Math.max(0, place + way));
    show(readings[place][0]);
  });
}
