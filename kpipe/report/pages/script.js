"use strict";
document.documentElement.classList.add("script");

// -- sorting --------------------------------------------------------------------------------------

function compare(first, second) {
  // Missing values are last in both directions.
  const [a, b] = [first.dataset.value, second.dataset.value];
  if (a !== undefined && b !== undefined) return Number(a) - Number(b);
  return first.textContent.localeCompare(second.textContent, undefined, { numeric: true });
}

function isMissing(cell) {
  return cell.dataset.value === undefined && cell.textContent === "\u2013";
}

function sort(title) {
  const ascending = title.getAttribute("aria-sort") !== "ascending";
  const column = title.cellIndex, body = title.closest("table").tBodies[0];
  for (const other of title.parentElement.cells) other.removeAttribute("aria-sort");
  title.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const rows = [...body.rows];
  rows.sort((first, second) => {
    const [a, b] = [first.cells[column], second.cells[column]];
    if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b);
    return ascending ? compare(a, b) : compare(b, a);
  });
  body.append(...rows);
}

for (const title of document.querySelectorAll("table.data thead th")) {
  title.tabIndex = 0;
  title.addEventListener("click", () => sort(title));
  title.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(title); });
}

// -- the curves of one run ------------------------------------------------------------------------

function focus(run) {
  document.body.classList.toggle("focusing", run !== null);
  for (const part of document.querySelectorAll("[data-run]")) part.classList.toggle("focused", part.dataset.run === run);
}

for (const row of document.querySelectorAll("tr[data-run]")) {
  row.addEventListener("pointerenter", () => focus(row.dataset.run));
  row.addEventListener("pointerleave", () => focus(null));
}

// -- values under the pointer ---------------------------------------------------------------------

function numbers(text) {
  return text.split(" ").map(Number);
}

function pointsOf(path) {
  return [...path.getAttribute("d").matchAll(/(-?[\d.]+) (-?[\d.]+)/g)].map((match) => [Number(match[1]), Number(match[2])]);
}

function nearestPoint(paths, x, y) {
  let best = null, least = 30 * 30;
  for (const path of paths) {
    for (const [px, py] of path.points ??= pointsOf(path)) {
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) [best, least] = [{ path, px, py }, distance];
    }
  }
  return best;
}

function valueAt(plot, share) {
  const [low, high] = numbers(plot.dataset.y);
  return "log" in plot.dataset ? low * (high / low) ** share : low + (high - low) * share;
}

function watch(plot) {
  const [left, top, width, height] = numbers(plot.dataset.area), whole = plot.viewBox.baseVal;
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  plot.parentElement.append(tip);
  const titles = new Map();
  for (const path of plot.querySelectorAll(".curve")) {
    titles.set(path, path.querySelector("title").textContent);
    path.querySelector("title").remove();  // the tip replaces it
  }
  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect(), scale = whole.width / box.width;
    const x = (event.clientX - box.left) * scale - left, y = (event.clientY - box.top) * scale - top;
    const shown = [...titles.keys()].filter((path) => getComputedStyle(path).display !== "none");
    const found = nearestPoint(shown, x, y);
    focus(found ? found.path.dataset.run ?? null : null);
    tip.hidden = found === null;
    if (found === null) return;
    const [first, last] = numbers(plot.dataset.x);
    const epoch = Math.round(first + (last - first) * (found.px / width));
    const value = valueAt(plot, 1 - found.py / height);
    tip.textContent = `${titles.get(found.path)}, ${epoch}: ${Number(value.toPrecision(4))}`;
    const place = (event.clientX - box.left) + 14;
    tip.style.left = `${Math.max(0, Math.min(place, box.width - tip.offsetWidth))}px`;
    tip.style.top = `${plot.offsetTop + (event.clientY - box.top) + 16}px`;
  });
  plot.addEventListener("pointerleave", () => { tip.hidden = true; focus(null); });
}

document.querySelectorAll("svg.plot").forEach(watch);

// -- copying --------------------------------------------------------------------------------------

function copy(text, button) {
  const say = (word) => {
    button.textContent = word;
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(() => say("Copied"), () => say("Failed"));
}

for (const block of document.querySelectorAll(".copied")) {
  if (!navigator.clipboard) continue;  // a click selects the command
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", () => copy(block.querySelector("code").textContent, button));
  block.append(button);
}
