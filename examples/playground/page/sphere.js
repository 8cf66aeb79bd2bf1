// Points on a sphere, seen from one side. It can be turned.
"use strict";
/// {points: [x, y, z, ...], colours, turn (degrees), title}; `line`: neighbours are joined in a ring; `arrows`: from the middle;
/// `labels`: a text in each point; `size`: of the points, times the usual. A point is drawn where its direction is, at any length: that is what cosine sees. Gives
/// {node, draw(changes)}.
function sphere(first) {
  const node = svg("svg", {role: "img", viewBox: "-112 -112 224 224"});
  let of = {};
  const draw = changes => {
    of = {...of, ...changes};
    const turn = of.turn * Math.PI / 180, n = of.points.length / 3, size = of.size ?? 1;
    const seen = Array.from({length: n}, (_, k) => {
      const [x, y, z] = of.points.slice(3 * k, 3 * k + 3), length = Math.hypot(x, y, z) || 1;
      return {k, x: 100 * (x * Math.cos(turn) + z * Math.sin(turn)) / length, y: -100 * y / length,
              z: (z * Math.cos(turn) - x * Math.sin(turn)) / length};
    });
    const front = p => 0.35 + 0.65 * (p.z + 1) / 2;  // what is behind is paler
    const line = (a, b, attributes) => svg("line", {x1: a.x, y1: a.y, x2: b.x, y2: b.y, "stroke-opacity": front(b), ...attributes});
    const children = [svg("circle", {r: 100, fill: "var(--panel)", stroke: "var(--line)"}),
                      svg("ellipse", {rx: 100, ry: 30, class: "axis"}), svg("ellipse", {rx: 30, ry: 100, class: "axis"})];
    if (of.line) seen.forEach((p, k) =>
      children.push(line(seen[(k + 1) % n], p, {stroke: "var(--quiet)", "stroke-width": 1.2})));
    for (const p of [...seen].sort((a, b) => a.z - b.z)) {
      const colour = of.colours[p.k], r = of.labels ? 9 : size * (5.5 + 1.5 * p.z);
      if (of.arrows) children.push(line({x: 0, y: 0}, p, {stroke: colour, "stroke-width": 2.5}));
      children.push(svg("circle", {class: "dot", cx: p.x, cy: p.y, r, fill: colour, "fill-opacity": front(p),
                                   style: `stroke-width:${1.2 * size}`}));
      if (of.labels) children.push(svg("text", {x: p.x, y: p.y + 4, "text-anchor": "middle",
                                                style: "fill:#fff;font-size:11px;font-weight:600"}, of.labels[p.k]));
    }
    set(node, {"aria-label": of.title});
    node.replaceChildren(...children);
  };
  draw(first);
  return {node, draw};
}

/// The slider that turns it.
const turner = state => slider(state, "turn", {label: "turn the sphere", min: -180, max: 180, text: x => x + "°"});
