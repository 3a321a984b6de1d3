// Flash attention, tile by tile: what is skipped, masked or full, and the running sums.
"use strict";

{
  const root = document.getElementById("tiles");
  const { T, size, steps } = dataOf("tiles");
  const grid = element("div", "grid");
  grid.style.setProperty("--T", T);
  grid.setAttribute("role", "img");
  const fields = Array.from({ length: T * T }, () => element("span", "field"));
  grid.append(...fields);
  const table = element("table", "sums");
  const side = element("div", "side");
  side.append(grid, table);
  root.append(side, legend());

  function legend() {
    const line = element("p", "legend");
    for (const kind of ["full", "masked", "skipped"]) {
      line.append(element("span", `field ${kind}`), `${kind} `);
    }
    return line;
  }

  const number = (it) => (it === null ? "\u2212\u221e" : it.toFixed(2));

  function fill(step, now) {
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < size; c++) {
        const field = fields[(step.row + r) * T + step.column + c];
        const score = step.scores ? step.scores[r][c] : null;
        const hidden = step.kind !== "skipped" && score === null;
        field.className = `field ${step.kind}${hidden ? " hidden-pair" : ""}${now ? " now" : ""}`;
        field.textContent = hidden ? "\u00d7" : now && step.scores ? score.toFixed(1) : "";
      }
    }
  }

  function row(tag, cells) {
    const line = element("tr");
    line.append(...cells.map((text) => element(tag, "", text)));
    return line;
  }

  function sums(step) {
    const head = row("th", ["query", "m", "factor", "denominator"]);
    head.childNodes.forEach((cell) => (cell.scope = "col"));
    const lines = Array.from({ length: size }, (_, r) => {
      const moved = (pair) => `${number(pair[0][r])} \u2192 ${number(pair[1][r])}`;
      const cells = step.scores
        ? [moved(step.m), number(step.factor[r]), moved(step.total)]
        : ["", "", ""];
      return row("td", [`${step.row + r}`, ...cells]);
    });
    table.replaceChildren(head, ...lines);
  }

  mount(root, steps.length, "How many tiles are done", (n) => {
    fields.forEach((field) => { field.className = "field"; field.textContent = ""; });
    steps.slice(0, n).forEach((step, i) => fill(step, i === n - 1));
    const step = steps[Math.max(0, n - 1)];
    sums(n === 0 ? { ...step, scores: null } : step);
    const done = steps.slice(0, n).map((it) => it.kind);
    const of = (kind) => done.filter((it) => it === kind).length;
    grid.setAttribute("aria-label",
      `${T} by ${T} pairs of a query and a key; so far ${of("full")} tiles full, ` +
      `${of("masked")} masked, ${of("skipped")} skipped`);
    if (n === 0) return "Press Next for the first tile.";
    const last = size - 1;
    const place = `Tile ${n} of ${steps.length}, queries ${step.row} to ${step.row + last}, ` +
      `keys ${step.column} to ${step.column + last}`;
    if (step.kind === "skipped") return `${place}: skipped, for it is the future.`;
    return `${place}: ${step.kind}.`;
  });
}
