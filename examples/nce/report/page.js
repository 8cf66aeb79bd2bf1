// Draws the parts of a report. What a part shows is in its data; how, is its kind: one function of `kinds` below.
"use strict";
const report = JSON.parse(document.getElementById("report").textContent);
const colours = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#9498a0"];
// Ten colours are easy to tell apart; of more the hue goes round.
const colour = (i, n) => n <= 10 ? colours[i] : `hsl(${Math.round(360 * i / n)} 65% ${i % 2 ? 45 : 60}%)`;
const short = x => Math.abs(x) >= 1e4 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(1) : +x.toPrecision(4) + "";

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function svgElement(name, attributes = {}, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// Picture i of the sprite, enlarged.
function thumbnail(i, scale) {
  const s = report.sprite, made = element("div", {class: "picture"});
  Object.assign(made.style, {
    width: s.width * scale + "px", height: s.height * scale + "px", backgroundSize: `${s.columns * s.cell * scale}px auto`,
    backgroundPosition: `${-(i % s.columns) * s.cell * scale}px ${-Math.floor(i / s.columns) * s.cell * scale}px`,
  });
  return made;
}

// A figure that draws itself anew when its width changes. `names`: what its colours mean, for a picture that leaves the page.
function figure(title, draw, names = []) {
  const box = element("div"), made = element("figure", {}, element("h3", {}, title), box);
  const name = title.toLowerCase().replace(/[:,].*/, "").replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const alone = () => standalone(box.querySelector("svg:not([class$=swatch])"), names);
  const button = (kind, uri) => {
    const save = element("button", {class: "save", type: "button"}, "save " + kind.toUpperCase());
    save.addEventListener("click", async () => element("a", {href: await uri(), download: `${name}.${kind}`}).click());
    made.append(save, " ");
  };
  button("svg", () => "data:image/svg+xml;charset=utf-8," + encodeURIComponent(alone().outerHTML));
  button("png", () => png(alone()));
  let width = 0;
  new ResizeObserver(() => requestAnimationFrame(() => {
    const now = Math.floor(box.clientWidth);
    if (now < 1 || now === width) return;
    width = now;
    const picture = draw(width);
    picture.querySelectorAll("svg").forEach(svg => svg.setAttribute("aria-label", title));
    if (picture.tagName === "svg") picture.setAttribute("aria-label", title), picture.setAttribute("role", "img");
    box.replaceChildren(picture);
    made.drawn = {name, png: () => png(alone())};
  })).observe(box);
  return made;
}

// A copy of a picture that needs nothing of the page: with its colours, and the legend below.
function standalone(svg, names) {
  const copy = svg.cloneNode(true), wide = +svg.getAttribute("width"), high = +svg.getAttribute("height");
  const legend = svgElement("g", {"font-size": 12, "text-anchor": "start", "font-family": "system-ui, sans-serif", fill: "currentColor"});
  let x = 4, y = high + 16;
  if (names.length > 1) names.forEach((name, i) => {
    const room = 30 + 7 * name.length;
    if (x + room > wide && x > 4) x = 4, y += 18;
    legend.append(svgElement("rect", {x, y: y - 10, width: 11, height: 11, fill: colour(i, names.length)}),
      svgElement("text", {x: x + 16, y}, name));
    x += room;
  });
  const all = names.length > 1 ? y + 8 : high, paper = getComputedStyle(document.body);
  copy.append(legend);
  for (const [key, value] of Object.entries({xmlns: "http://www.w3.org/2000/svg", height: all, viewBox: `0 0 ${wide} ${all}`,
    style: `background: ${paper.backgroundColor}; color: ${paper.color}`})) copy.setAttribute(key, value);
  return copy;
}

// The data URI of a picture as PNG, twice as large.
async function png(svg) {
  const image = new Image(), canvas = element("canvas", {width: 2 * svg.getAttribute("width"), height: 2 * svg.getAttribute("height")});
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(svg.outerHTML);
  await image.decode();
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

const legend = names => names.length < 2 ? "" : folded(`${names.length} colours`, 20, [element("ul", {class: "legend"}, ...names.map((name, i) => {
  const mark = element("i");
  mark.style.background = colour(i, names.length);
  return element("li", {}, mark, name);
}))], names.length);

// Elements that fold away where they are many.
const folded = (title, most, elements, count = elements.length) => count > most ?
  element("details", {}, element("summary", {class: "quiet"}, title), ...elements) : element("div", {}, ...elements);

function table(data) {
  const text = new Set(data.text ?? [0]);
  const cell = (name, value, i) => element(name, {class: text.has(i) ? "text" : undefined}, value ?? "");
  return element("div", {class: "scroll"}, data.note ? element("p", {class: "quiet"}, data.note) : "", element("table", {},
    element("thead", {}, element("tr", {}, ...data.columns.map((c, i) => cell("th", c, i)))),
    element("tbody", {}, ...data.rows.map((row, r) => element("tr", {class: data.baselines?.includes(r) ? "baseline" : undefined},
      ...row.map((value, i) => cell("td", value, i)))))));
}

const kinds = {
  tables: data => data.tables.map(t => element("div", {}, t.title ? element("h3", {}, t.title) : "",
    folded(`${t.rows.length} lines`, 60, [table(t)], t.rows.length))),

  // Panels of lines over one axis; a series has the colour of its run.
  curves(data) {
    const names = data.runs ?? [];
    const panel = p => figure(p.title, width => Plot.plot({
      width, height: 220, marginLeft: 50, insetTop: 4,
      x: {label: data.x, grid: false, type: p.log_x ? "log" : "linear", tickFormat: short},
      y: {label: null, grid: true, type: p.log ? "log" : "linear", tickFormat: short, nice: true},
      marks: [
        ...(p.rules ?? []).flatMap(rule => [
          Plot.ruleY([rule.y], {stroke: "currentColor", strokeDasharray: "4 3", strokeOpacity: .7}),
          Plot.text([rule.label], {y: rule.y, frameAnchor: "right", textAnchor: "end", dy: -7, text: d => d, fillOpacity: .8}),
        ]),
        ...p.series.flatMap(s => [
          Plot.line(s.points, {x: q => q[0], y: q => q[1], stroke: colour(s.run, Math.max(names.length, 1)), strokeWidth: 1.75,
            strokeDasharray: s.dashed ? "5 3" : undefined}),
          ...(s.points.length < 3 ? [Plot.dot(s.points, {x: q => q[0], y: q => q[1], r: 3, fill: colour(s.run, Math.max(names.length, 1))})] : []),
        ]),
        Plot.tip(p.series.flatMap(s => s.points.map(q => ({x: q[0], y: q[1], name: [names[s.run], s.name].filter(Boolean).join(", ")}))),
          Plot.pointer({x: "x", y: "y", title: d => `${d.name ? d.name + "\n" : ""}${data.x} ${short(d.x)}: ${short(d.y)}`, fill: "var(--panel)"})),
      ],
    }), names);
    return [legend(names), element("div", {class: "panels"}, ...data.panels.map(panel))];
  },

  // Rows of pictures; the first of each stands apart. `right` gives a frame: hit or miss.
  pictures(data) {
    const s = report.sprite, most = Math.max(...data.rows.map(row => row.cells.length)), gap = 6, apart = 10;
    const values = data.rows.some(row => row.cells.some(c => c.value !== undefined)), below = values ? 16 : 2;
    const draw = width => {
      const side = Math.min(72, Math.floor((width - apart) / most) - gap), tall = side * s.height / s.width;
      const line = 18 + tall + below, sheet = "sheet-" + data.id;
      const wide = most * (side + gap) + apart, high = line * data.rows.length;
      const svg = svgElement("svg", {width: wide, height: high, viewBox: `0 0 ${wide} ${high}`, fill: "currentColor", "font-size": 11, "font-family": "system-ui, sans-serif"},
        svgElement("defs", {}, svgElement("image", {id: sheet, href: s.uri, width: s.columns * s.cell, height: s.rows * s.cell})));
      data.rows.forEach((row, r) => {
        svg.append(svgElement("text", {x: 0, y: line * r + 13}, row.text ?? ""));
        row.cells.forEach((cell, c) => {
          const x = c * (side + gap) + (c > 0 ? apart : 0) + 1, y = line * r + 18, k = cell.right === undefined ? "" : cell.right ? "hit" : "miss";
          svg.append(svgElement("svg", {x, y, width: side, height: tall,
            viewBox: [cell.picture % s.columns * s.cell, Math.floor(cell.picture / s.columns) * s.cell, s.width, s.height].join(" ")},
            svgElement("use", {href: "#" + sheet})));
          if (k) svg.append(svgElement("rect", {class: "frame " + k, fill: "none", "stroke-width": 2.5, x, y, width: side, height: tall, stroke: k === "hit" ? "#1a7f37" : "#c93c37"}));
          if (cell.value !== undefined) svg.append(svgElement("text", {x: x + side / 2, y: y + tall + 12, "text-anchor": "middle", "font-size": side < 44 ? Math.max(6, side / 4) : 11}, (k === "hit" ? "\u2713 " : k ? "\u2717 " : "") + cell.value));
        });
      });
      return svg;
    };
    return [figure(data.heading, draw)];
  },

  // An example, and below it what is near.
  lines: data => data.rows.map(row => element("div", {class: "lines"}, element("h3", {}, row.text),
    element("ul", {}, ...row.near.map(n => element("li", {class: n.right === undefined ? undefined : n.right ? "hit" : "miss"},
      `${n.value}  ${n.text}`))))),

  map(data) {
    const shown = document.getElementById("shown") ?? document.body.appendChild(element("div", {id: "shown"}));
    const show = (event, i) => {
      const point = data.points[i], parts = [data.classes[point[2]] ?? ""];
      if (data.pictures) parts.push(thumbnail(data.pictures[i], 2));
      if (data.texts) parts.push(element("div", {}, data.texts[i]));
      shown.replaceChildren(...parts);
      shown.style.display = "block";
      shown.style.left = Math.min(event.clientX + 12, innerWidth - shown.offsetWidth - 4) + "px";
      shown.style.top = Math.min(event.clientY + 12, innerHeight - shown.offsetHeight - 4) + "px";
    };
    const draw = width => {
      const svg = Plot.plot({
        width, height: Math.min(width, 620), axis: null, inset: 8, margin: 4, aspectRatio: undefined,
        marks: [Plot.dot(data.points, {x: d => d[0], y: d => d[1], r: width < 500 ? 2.2 : 3, fill: d => colour(d[2], data.classes.length), fillOpacity: .8})],
      });
      svg.querySelectorAll("circle").forEach((circle, i) => {
        circle.addEventListener("pointerenter", event => show(event, i));
        circle.addEventListener("pointerleave", () => shown.style.display = "none");
      });
      return svg;
    };
    return [legend(data.classes), figure(data.heading, draw, data.classes)];
  },

  // Matrices of numbers; one colour scale for those that share `scale`.
  matrices(data) {
    const panel = m => figure(m.title, width => {
      const n = m.columns.length, size = Math.min(width, 560), cells = m.values.flatMap((row, i) => row.map((v, j) => ({i, j, v})));
      const most = m.most ?? Math.max(...cells.map(c => Math.abs(c.v)), 1e-12), diverging = m.least < 0;
      const dark = v => Math.abs(v) > .55 * most;
      const room = names => 6.5 * Math.max(...names.map(name => Math.min(name.length, 14))), turned = n > 4 && room(m.columns) > 14;
      return Plot.plot({
        width: size, height: size * m.rows.length / n + 30, marginLeft: (m.y ? 30 : 14) + room(m.rows), marginBottom: (m.x ? 34 : 18) + (turned ? .8 * room(m.columns) : 6),
        x: {domain: [...Array(n).keys()], tickFormat: j => m.columns[j].slice(0, 14), tickRotate: turned ? -50 : 0, label: m.x ?? null, tickSize: 0},
        y: {domain: [...Array(m.rows.length).keys()], tickFormat: i => m.rows[i].slice(0, 14), label: m.y ?? null, tickSize: 0},
        color: diverging ? {type: "diverging", scheme: "RdBu", domain: [-most, most], reverse: true} : {scheme: "blues", domain: [0, most]},
        marks: [
          Plot.cell(cells, {x: "j", y: "i", fill: "v", inset: .5}),
          ...(n <= 12 ? [Plot.text(cells, {x: "j", y: "i", text: d => m.format === "share" ? (100 * d.v).toFixed(d.v >= .0995 ? 0 : 1) : Math.abs(d.v) < .005 ? "0" : +d.v.toPrecision(Math.abs(d.v) < 0.1 ? 1 : 2) + "",
            fill: d => dark(d.v) ? "white" : "black", fontSize: n > 8 ? 8.5 : 10})] : []),
          Plot.tip(cells, Plot.pointer({x: "j", y: "i", fill: "var(--panel)", title: d => `${m.rows[d.i]}, ${m.columns[d.j]}: ${short(d.v)}`})),
        ],
      });
    });
    return [element("div", {class: "panels wide"}, ...data.panels.map(panel))];
  },

  // Pictures of matrices, a pixel a number, with the names of groups of rows, which are those of the columns too.
  raster(data) {
    const panel = p => figure(p.title, width => {
      const left = 12 + 6.5 * Math.max(...data.groups.map(g => Math.min(g.name.length, 14)));
      const side = Math.min(width - left, 480), at = i => i / data.size * side;
      const svg = svgElement("svg", {width: left + side, height: side, viewBox: `0 0 ${left + side} ${side}`, fill: "currentColor", "font-size": 11, "font-family": "system-ui, sans-serif"},
        svgElement("image", {href: p.uri, x: left, width: side, height: side, style: "image-rendering: pixelated"}));
      data.groups.forEach((down, i) => {
        if (at(down.to - down.from) >= 9)
          svg.append(svgElement("text", {x: left - 6, y: at((down.from + down.to) / 2) + 4, "text-anchor": "end"}, down.name.slice(0, 14)));
        if (data.groups.length <= 30) data.groups.forEach((across, j) => svg.append(svgElement("rect", {x: left + at(across.from), y: at(down.from),
          width: at(across.to - across.from), height: at(down.to - down.from), fill: "transparent", stroke: "black", "stroke-opacity": .2},
          svgElement("title", {}, `${down.name} and ${across.name}: ${short(p.means[i][j])} in the mean`))));
      });
      return svg;
    });
    return [element("div", {class: "panels wide"}, ...data.panels.map(panel))];
  },

  // Shares of values in bins: {from, to, share}.
  histogram(data) {
    const names = data.series.map(s => s.name);
    return [legend(names), element("div", {class: "panels wide"}, ...(data.panels ?? [data]).map(p => figure(p.title, width => Plot.plot({
      width, height: 260, marginLeft: 44, x: {label: data.x}, y: {label: null, grid: true, tickFormat: "%"},
      marks: p.series.flatMap((s, i) => [
        Plot.rectY(s.bins, {x1: b => b[0], x2: b => b[1], y: b => b[2], fill: colour(i, names.length), fillOpacity: .55, inset: 0}),
      ]).concat([Plot.ruleY([0])]),
    }), names)))];
  },
};

function start() {
  document.title = report.title;
  if (report.sprite) document.documentElement.style.setProperty("--sprite", `url("${report.sprite.uri}")`);
  document.getElementById("top").append(element("h1", {}, report.title),
    folded(`${report.summary.length} lines on what was run`, 8, report.summary.map(line => element("p", {class: "quiet"}, line))));
  const contents = document.getElementById("contents"), parts = document.getElementById("parts");
  for (const part of report.parts) {
    contents.append(element("a", {href: "#" + part.id}, part.title));
    const section = element("section", {id: part.id}, element("h2", {}, part.title));
    if (part.read) section.append(element("p", {}, part.read));
    if (part.bad) section.append(element("p", {class: "bad"}, part.bad));
    if (part.missing) section.append(element("p", {class: "quiet"}, part.missing));
    else section.append(...kinds[part.kind](part));
    parts.append(section);
  }
}
start();

// For `nce report --png`: page.html#png puts all pictures into the page as links, whose names the program saves them by.
if (location.hash === "#png") addEventListener("load", () => setTimeout(async () => {
  const list = element("div", {id: "pictures", hidden: ""});
  for (const section of document.querySelectorAll("section")) {
    const figures = section.querySelectorAll("figure");
    for (const figure of figures) {
      const link = element("a", {href: await figure.drawn.png()});
      link.setAttribute("data-picture", figures.length > 1 ? `${section.id}-${figure.drawn.name}` : section.id);
      list.append(link);
    }
  }
  document.body.append(list);
}, 1000));
