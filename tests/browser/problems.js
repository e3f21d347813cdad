// Returns what is wrong with the layout of a page: text over other text, or outside of the page.
(() => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    problems.push(`the page is ${document.documentElement.scrollWidth} pixels wide in a window of ${width}`);
  }

  // What an ancestor that scrolls or cuts off shows of a box.
  function visible(box, node) {
    let { left, top, right, bottom } = box;
    for (let part = node.parentElement; part; part = part.parentElement) {
      const style = getComputedStyle(part);
      if (style.visibility === "hidden" || style.display === "none" || style.opacity === "0") return null;
      if (part === document.body || part === document.documentElement) break;
      if (style.overflowX !== "visible" || style.overflowY !== "visible") {
        const around = part.getBoundingClientRect();
        left = Math.max(left, around.left); right = Math.min(right, around.right);
        top = Math.max(top, around.top); bottom = Math.min(bottom, around.bottom);
      }
    }
    return right - left > 1 && bottom - top > 1 ? { left, top, right, bottom } : null;
  }

  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest("script, style, title, details:not([open]) > :not(summary)")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const shown = visible(box, node);
      if (shown) boxes.push({ ...shown, node, text: node.textContent.trim().slice(0, 40) });
    }
  }
  const isFixed = (node) => {
    for (let part = node.parentElement; part; part = part.parentElement) {
      if (getComputedStyle(part).position === "sticky") return true;
    }
    return false;
  };
  boxes.sort((first, second) => first.top - second.top);
  for (let index = 0; index < boxes.length; index += 1) {
    const one = boxes[index];
    if (one.right > width + 1 || one.left < -1) problems.push(`outside of the page: "${one.text}"`);
    for (let other = index + 1; other < boxes.length && boxes[other].top < one.bottom; other += 1) {
      const two = boxes[other];
      if (one.node === two.node) continue;
      const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
      const down = Math.min(one.bottom, two.bottom) - two.top;
      // The boxes of lines are higher than their letters.
      const least = 0.3 * Math.min(one.bottom - one.top, two.bottom - two.top);
      // Titles that stay while a table scrolls are over its rows.
      if (across > 1.5 && down > least && !isFixed(one.node) && !isFixed(two.node)) {
        problems.push(`"${one.text}" and "${two.text}" overlap`);
      }
    }
  }
  return problems;
})()
