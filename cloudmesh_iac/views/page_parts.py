"""What do our pages carry in themselves: one style and one script."""

STYLE = """
:root { color-scheme: light; }
:root { font: 15px/1.5 Inter, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
body { margin: 0 auto; max-width: 1400px; padding: 1.5rem; color: #1a1a1a; background: #fff; }
header { display: flex; gap: 1rem; align-items: baseline; border-bottom: 1px solid #d8dce1; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
header p { margin: .5rem 0; color: #444; }
code, pre { font-family: "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { overflow-x: auto; background: #f6f7f9; padding: 1rem; border-radius: 6px; font-size: .85rem; }
.danger { background: #fdf0f0; border-left: 4px solid #c62828; padding: .1rem 1rem; }
.danger h2 { margin-top: .7rem; } .danger ul { max-height: 20rem; overflow-y: auto; }
.filter { display: flex; flex-wrap: wrap; gap: .4rem 1rem; align-items: center; }
.filter { position: sticky; top: 0; padding: .5rem 0; background: #fff; }
.filter input[type=search] { min-width: 18rem; padding: .3rem .5rem; font: inherit; }
.filter output { color: #666; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; font-weight: 600; color: #555; }
th, td { padding: .3rem .7rem .3rem 0; vertical-align: top; border-bottom: 1px solid #eceef1; }
td { overflow-wrap: anywhere; } td:first-child { width: 1.2rem; font-weight: 700; }
tbody tr { content-visibility: auto; }
tr.create td:first-child, tr.import td:first-child { color: #1a7f37; }
tr.update td:first-child, tr.read_again td:first-child { color: #9a6700; }
tr.replace td:first-child { color: #8a3ffc; }
tr.delete td:first-child, tr.forget td:first-child { color: #c62828; }
tr.wait td:first-child, tr.undecided td:first-child { color: #0969a8; }
td code { white-space: pre-wrap; } .gone { color: #a40e26; } .came { color: #116329; }
.kept, .line { color: #6b7280; } .line { font-size: .85em; }
.zoom button { font: inherit; padding: .1rem .7rem; }
.graph { overflow: auto; max-height: 80vh; border: 1px solid #d8dce1; border-radius: 6px; }
.graph svg { display: block; } .graph .node { cursor: pointer; }
.graph.chosen .node:not(.near), .graph.chosen .edge:not(.near) { opacity: .13; }
.graph .edge.near { stroke: #0969a8; stroke-width: 2.2; stroke-opacity: 1; }
footer { margin: 2rem 0 1rem; color: #444; overflow-wrap: anywhere; }
[hidden] { display: none !important; }
"""

SCRIPT = """
"use strict";
const table = document.querySelector("table.changes");
if (table) {
  const find = document.querySelector(".filter input[type=search]");
  const boxes = [...document.querySelectorAll(".filter input[type=checkbox]")];
  const rows = [...table.tBodies[0].rows].map(row => [row, row.textContent.toLowerCase()]);
  const show = () => {
    const wanted = find.value.trim().toLowerCase();
    const verbs = new Set(boxes.filter(box => box.checked).map(box => box.value));
    let shown = 0;
    for (const [row, text] of rows) {
      row.hidden = !(verbs.has(row.className) && text.includes(wanted));
      shown += row.hidden ? 0 : 1;
    }
    const all = rows.length;
    document.querySelector(".filter output").textContent = shown < all ? `${shown} of ${all}` : "";
  };
  find.addEventListener("input", show);
  boxes.forEach(box => box.addEventListener("change", show));
}
const graph = document.querySelector(".graph");
if (graph) {
  const svg = graph.querySelector("svg");
  const [wide, high] = [svg.width.baseVal.value, svg.height.baseVal.value];
  let scale = 1;
  const zoom = to => {
    scale = Math.min(4, Math.max(0.05, to));
    svg.setAttribute("width", wide * scale);
    svg.setAttribute("height", high * scale);
  };
  for (const button of document.querySelectorAll(".zoom button")) {
    const by = Number(button.value);
    button.addEventListener("click", () => zoom(by ? scale * by : graph.clientWidth / wide));
  }
  const near = (number, from, to) => {
    const [found, open] = [new Set(), [number]];
    while (open.length) {
      const at = open.pop();
      for (const edge of svg.querySelectorAll(`.edge[data-${from}="${at}"]`)) {
        edge.classList.add("near");
        const next = edge.getAttribute(`data-${to}`);
        if (!found.has(next)) { found.add(next); open.push(next); }
      }
    }
    return found;
  };
  svg.addEventListener("click", event => {
    svg.querySelectorAll(".near").forEach(part => part.classList.remove("near"));
    const node = event.target.closest(".node");
    graph.classList.toggle("chosen", Boolean(node));
    if (!node) return;
    const number = node.getAttribute("data-node");
    const all = [number, ...near(number, "from", "to"), ...near(number, "to", "from")];
    all.forEach(one => svg.querySelector(`.node[data-node="${one}"]`).classList.add("near"));
  });
}
"""
