// What the parts draw with: elements, numbers as text, charts of lines, tables of colours.
"use strict";

function make(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
const el = (name, attributes = {}, ...children) => make(document.createElement(name), attributes, children);
const svg = (name, attributes = {}, ...children) =>
  make(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
const set = (node, attributes) => make(node, attributes, []);

/// A number as text, with a true minus sign. What is 0 but for rounding is 0.
const show = (x, decimals = 4) => x === null || Number.isNaN(x) ? "none" : Math.abs(x) < 1e-12 ? (0).toFixed(decimals)
  : (Math.abs(x) >= 1e5 || (x !== 0 && Math.abs(x) < 0.5 * 10 ** -decimals) ? x.toExponential(1) : x.toFixed(decimals)).replace("-", "−");

/// The colour of thing i of n, easy to tell from its neighbours.
const hue = (i, n) => `hsl(${Math.round(360 * i / n + 15) % 360} 55% 52%)`;
/// A colour for x in -1 .. 1: cool below 0, warm above, by its strength.
const warmth = x => `rgb(var(${x < 0 ? "--cool" : "--warm"}) / ${Math.min(1, Math.abs(x)).toFixed(3)})`;

/// A piece of a chart's line, for a legend.
const swatch = ({colour, dash}) => svg("svg", {viewBox: "0 0 26 8", class: "swatch", "aria-hidden": "true"},
  svg("line", {x1: 0, x2: 26, y1: 4, y2: 4, stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash}));

/// Big numbers in a row, {key: label}. Gives {node, show({key: text}, said)}: `said` is what a screen reader says of them.
function numbers(names) {
  const values = Object.fromEntries(Object.keys(names).map(key => [key, el("b", {"data-number": key}, "–")]));
  const box = el("div", {class: "big"}, ...Object.entries(names).map(([key, label]) => el("div", {}, values[key], label)));
  const said = el("p", {"aria-live": "polite", "data-said": ""});
  box.append(said);
  let timer;
  return {node: box, show(of, text = "") {
    for (const key in of) values[key].textContent = of[key];
    clearTimeout(timer);  // once it stands still
    timer = setTimeout(() => { said.textContent = text; }, 700);
  }};
}

// Round numbers from a to b, about `count` of them.
function ticks(a, b, count = 4) {
  const raw = (b - a) / count, ten = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(m => m * ten).find(s => s >= raw);
  const found = [];
  for (let i = Math.ceil(a / step - 1e-9); i * step <= b + 1e-9 * step; ++i) found.push(+(i * step).toPrecision(12));
  return found;
}

/// Lines over x: {title, x: {min, max, label, ticks}, y: {min, max, label}, lines: [{colour, dash, points: [[x, y]]}],
/// rules: [{y, text}], mark: [x, y], markColour, height}. Bounds that are missing come from the points; points that are
/// no numbers are left out. Gives {node, draw(changes)}.
function chart(first) {
  const W = 340, left = 40, right = 12, top = 14, bottom = 34;
  const node = svg("svg", {role: "img"});
  let of = {};
  const draw = changes => {
    of = {...of, ...changes};
    const H = of.height || 210, ys = [], xs = [];
    const points = line => line.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
    for (const line of of.lines) for (const [x, y] of points(line)) xs.push(x), ys.push(y);
    for (const rule of of.rules || []) ys.push(rule.y);
    let [x0, x1] = [of.x.min ?? Math.min(...xs), of.x.max ?? Math.max(...xs)];
    let [y0, y1] = [of.y.min ?? Math.min(...ys), of.y.max ?? Math.max(...ys)];
    if (!xs.length) [x0, x1] = [of.x.min ?? 0, of.x.max ?? 1];
    if (!ys.length) [y0, y1] = [of.y.min ?? 0, of.y.max ?? 1];
    if (!(x1 > x0)) x1 = x0 + 1;
    if (!(y1 - y0 > 1e-9)) y0 -= 0.5, y1 += 0.5;
    const pad = 0.05 * (y1 - y0);
    if (of.y.min === undefined) y0 -= pad;
    if (of.y.max === undefined) y1 += pad;
    const X = x => left + (x - x0) / (x1 - x0) * (W - left - right), Y = y => H - bottom - (y - y0) / (y1 - y0) * (H - top - bottom);
    const inside = y => Math.max(y0, Math.min(y1, y));
    const children = [];
    for (const t of ticks(y0, y1)) children.push(
      svg("line", {class: "axis", x1: left, x2: W - right, y1: Y(t), y2: Y(t)}),
      svg("text", {class: "quiet", x: left - 6, y: Y(t) + 4, "text-anchor": "end"}, String(t).replace("-", "−")));
    for (const t of of.x.ticks || ticks(x0, x1)) children.push(
      svg("text", {class: "quiet", x: X(t), y: H - bottom + 15, "text-anchor": "middle"}, String(t).replace("-", "−")));
    children.push(svg("text", {class: "quiet", x: W - right, y: H - 4, "text-anchor": "end"}, of.x.label || ""),
                  svg("text", {class: "quiet", x: 0, y: 9}, of.y.label || ""));
    for (const rule of of.rules || []) children.push(
      svg("line", {class: "rule", x1: left, x2: W - right, y1: Y(rule.y), y2: Y(rule.y)}),
      svg("text", {class: "quiet", x: W - right, y: Y(rule.y) - 4, "text-anchor": "end"}, rule.text));
    for (const line of of.lines) {
      const path = points(line).map(([x, y]) => `${X(x).toFixed(1)},${Y(inside(y)).toFixed(1)}`);
      children.push(svg("polyline", {points: path.join(" "), fill: "none", stroke: line.colour || "var(--accent)", "stroke-width": 2,
                                     "stroke-dasharray": line.dash, "stroke-linejoin": "round"}));
    }
    if (of.mark) children.push(svg("circle", {class: "dot", cx: X(of.mark[0]), cy: Y(inside(of.mark[1])), r: 6,
                                              fill: of.markColour || "var(--accent)"}));
    set(node, {viewBox: `0 0 ${W} ${H}`, "aria-label": of.title});
    node.replaceChildren(...children);
    return node;
  };
  draw(first);
  return {node, draw};
}

/// A matrix as coloured cells with their numbers: {title, values: [[...]], rows, columns (names), middle, reach, decimals}. A
/// cell's colour is its distance from `middle`, the strongest at `reach` from it.
function heat(first) {
  const node = svg("svg", {role: "img"});
  let of = {};
  const draw = changes => {
    of = {...of, ...changes};
    const n = of.values.length, cell = Math.min(64, 240 / n), left = 24, top = of.heading === false ? 4 : 20, children = [];
    of.values.forEach((row, i) => {
      children.push(svg("text", {class: "quiet", x: left - 7, y: top + cell * (i + 0.5) + 4, "text-anchor": "end"}, of.rows?.[i] ?? i));
      row.forEach((value, j) => {
        const x = left + cell * j, y = top + cell * i;
        if (i === 0 && of.heading !== false) children.push(
          svg("text", {class: "quiet", x: x + cell / 2, y: top - 7, "text-anchor": "middle"}, of.columns?.[j] ?? j));
        const known = typeof value === "number";
        children.push(
          svg("rect", {x: x + 1, y: y + 1, width: cell - 2, height: cell - 2, rx: 4, stroke: "var(--line)",
                       fill: known ? warmth((value - of.middle) / of.reach * 0.75) : "none"}),
          svg("text", {x: x + cell / 2, y: y + cell / 2 + 4, "text-anchor": "middle"}, known ? show(value, of.decimals ?? 3) : "–"));
      });
    });
    const size = left + cell * n;
    set(node, {viewBox: `0 0 ${size} ${top + cell * n}`, style: `max-width:${Math.round(size * 1.1)}px`,
               "aria-label": `${of.title}: ${of.values.map(row => row.map(x => show(x, of.decimals ?? 3)).join(" ")).join("; ")}`});
    node.replaceChildren(...children);
    return node;
  };
  draw(first);
  return {node, draw};
}
