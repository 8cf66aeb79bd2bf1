// Points on a sphere, seen from one side. It can be turned.
"use strict";
/// {points: [x, y, z, ...], turn (degrees), colours, line (whether neighbours are joined in a ring), arrows, labels, title}. Points farther
/// out than the sphere are drawn on it: what cosine sees is the direction alone.
function sphere(first) {
  const node = svg("svg", {role: "img", viewBox: "-112 -112 224 224"});
  let of = {};
  const draw = changes => {
    of = {...of, ...changes};
    const turn = of.turn * Math.PI / 180, n = of.points.length / 3;
    const seen = Array.from({length: n}, (_, k) => {
      const [x, y, z] = of.points.slice(3 * k, 3 * k + 3), length = Math.hypot(x, y, z) || 1;
      return {k, x: 100 * (x * Math.cos(turn) + z * Math.sin(turn)) / length, y: -100 * y / length,
              z: (z * Math.cos(turn) - x * Math.sin(turn)) / length};
    });
    const children = [svg("circle", {r: 100, fill: "var(--panel)", stroke: "var(--line)"}),
                      svg("ellipse", {rx: 100, ry: 30, class: "axis"}), svg("ellipse", {rx: 30, ry: 100, class: "axis"})];
    const front = p => 0.35 + 0.65 * (p.z + 1) / 2;
    if (of.line) seen.forEach((p, k) => {
      const q = seen[(k + 1) % n];
      children.push(svg("line", {x1: p.x, y1: p.y, x2: q.x, y2: q.y, stroke: "var(--quiet)", "stroke-width": 1.2, "stroke-opacity": front(p)}));
    });
    for (const p of [...seen].sort((a, b) => a.z - b.z)) {
      if (of.arrows) children.push(svg("line", {x1: 0, y1: 0, x2: p.x, y2: p.y, stroke: of.colours[p.k], "stroke-width": 2.5, "stroke-opacity": front(p)}));
      children.push(svg("circle", {class: "dot", cx: p.x, cy: p.y, r: of.labels ? 9 : 5.5 + 1.5 * p.z, fill: of.colours[p.k], "fill-opacity": front(p), style: "stroke-width:1.2"}));
      if (of.labels) children.push(svg("text", {x: p.x, y: p.y + 4, "text-anchor": "middle", style: "fill:#fff;font-size:11px;font-weight:600"}, of.labels[p.k]));
    }
    set(node, {"aria-label": of.title});
    node.replaceChildren(...children);
  };
  draw(first);
  return {node, draw};
}
