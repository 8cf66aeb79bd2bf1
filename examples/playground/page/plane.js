// The plane of delta and gamma: what each of the two does to the target of SC-InfoNCE.
"use strict";
{
const source = [1 / 3, 1 / 3, 1 / 3], transition = [0.5, 0.3, 0.2, 0.2, 0.5, 0.3, 0.2, 0.3, 0.5];  // of the paper, and of lesson 7
const batch = 100, range = {delta: [0, 2.5], gamma: [-1, 1.5]}, cells = 25;
// InfoNCE's kin, and what the authors' code sets for a data set.
const marks = [[1, 0, "DCL"], [1, -0.2, "CIFAR-10"], [0.5, 0.2, "CIFAR-100"], [0.5, -0.2, "STL-10"], [0.1, 0.5, "ImageNet-100"],
               [1, -0.3, "COLLAB, DD"], [0.7, 0.05, "NCI1"], [2, -0.4, "PROTEINS"]];
part({
  name: "plane", title: "The plane", lesson: "08_sc_info_nce.md",
  question: "SC-InfoNCE has two dials, δ and γ. What does each of them do?",
  saw: [
    "δ sets the shape: how far the target stretches from 1. Above 1 clusters get sharper, below 1 softer. γ never touches the shape.",
    "On the line δ − γ = 1 the target is a probability, and free logits reach it. Off the line no logits can have it: their shape settles all the same, and all of them drift " +
    "together, by δ − γ − 1 a unit of time.",
    "Cosines cannot drift for ever. There the drift becomes a pull of everything together, or a push of everything apart, up to the bound 1/T. The temperature moves the same balance. " +
    "That is why nce sets γ = δ − 1 unless you say otherwise.",
  ],
  defaults: {delta: 1, gamma: -0.2, temperature: 0.5, step: 60, turn: 0},
  mount(element, state, engine) {
    const dt = 0.3, steps = 120;
    const map = engine.call({do: "plane_map", source, transition, batch, ...range, cells});
    const strongest = Math.max(...map.drift.map(Math.abs));
    // The picture of the plane: 300 x 300, delta to the right, gamma up.
    const side = 300, X = d => (d - range.delta[0]) / (range.delta[1] - range.delta[0]) * side;
    const Y = g => side - (g - range.gamma[0]) / (range.gamma[1] - range.gamma[0]) * side;
    const here = svg("g", {class: "drag", tabindex: 0, role: "slider", "aria-label": "the chosen delta and gamma", "data-point": "plane"},
                     svg("circle", {r: 20, fill: "transparent"}), svg("circle", {class: "dot", r: 8, fill: "var(--accent)"}));
    const picture = svg("svg", {viewBox: `-34 -8 ${side + 46} ${side + 44}`, role: "group", "aria-label": "The plane of delta and gamma"},
      ...map.drift.map((drift, i) => svg("rect", {
        x: (i % cells) * side / cells, y: side - (Math.floor(i / cells) + 1) * side / cells, width: side / cells, height: side / cells, "shape-rendering": "crispEdges",
        fill: warmth(drift / strongest * 0.8)})),
      svg("line", {x1: X(0), y1: Y(-1), x2: X(2.5), y2: Y(1.5), stroke: "var(--ink)", "stroke-width": 1.5}),
      svg("text", {x: X(2.02), y: Y(1.02) - 8, "text-anchor": "end", style: "font-style:italic"}, "δ − γ = 1"),
      svg("text", {x: X(0.1), y: Y(1.3)}, "all drift down"),
      svg("text", {x: X(2.42), y: Y(-0.85), "text-anchor": "end"}, "all drift up"),
      ...[0, 0.5, 1, 1.5, 2, 2.5].map(d => svg("text", {class: "quiet", x: X(d), y: side + 15, "text-anchor": "middle"}, d)),
      ...[-1, -0.5, 0, 0.5, 1, 1.5].map(g => svg("text", {class: "quiet", x: -6, y: Y(g) + 4, "text-anchor": "end"}, String(g).replace("-", "−"))),
      svg("text", {x: side / 2, y: side + 32, "text-anchor": "middle"}, "δ"), svg("text", {x: -34, y: side / 2 + 4}, "γ"),
      ...marks.map(([d, g, name]) => svg("g", {}, svg("circle", {cx: X(d), cy: Y(g), r: 3, fill: "var(--ink)"}),
        svg("text", {x: X(d) + (d > 1.8 ? -11 : 11), "text-anchor": d > 1.8 ? "end" : "start", y: Y(g) + (name === "COLLAB, DD" ? 11 : 3.5), style: "font-size:10.5px"}, name))),
      here);
    const go = (delta, gamma) => state.set({delta: +Math.min(range.delta[1], Math.max(range.delta[0], delta)).toFixed(2),
                                            gamma: +Math.min(range.gamma[1], Math.max(range.gamma[0], gamma)).toFixed(2)});
    const at = event => {
      const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
      go(range.delta[0] + p.x / side * (range.delta[1] - range.delta[0]), range.gamma[0] + (side - p.y) / side * (range.gamma[1] - range.gamma[0]));
    };
    picture.style.cursor = "crosshair";
    picture.addEventListener("pointerdown", event => { picture.setPointerCapture(event.pointerId); at(event); here.focus({preventScroll: true}); event.preventDefault(); });
    picture.addEventListener("pointermove", event => picture.hasPointerCapture(event.pointerId) && at(event));
    here.addEventListener("keydown", event => {
      const by = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
      if (!by) return;
      event.preventDefault();
      const far = event.shiftKey ? 0.1 : 0.05;
      go(state.values.delta + by[0] * far, state.values.gamma + by[1] * far);
    });

    let course = null, of = "";
    const play = player({speed: false, reset: () => state.set({step: 0}), step: () => {
      if (state.values.step >= steps) return false;
      state.set({step: state.values.step + 1});
    }});
    const said = numbers({drift: "drift of free logits", height: "their mean logit now", cosine: "that of unit vectors"});
    const text = el("p", {"data-text": ""});
    const now = heat({title: "", values: [], middle: 1, reach: 0.6}), settles = heat({title: "", values: [], middle: 1, reach: 0.6});
    const heights = chart({title: "", x: {min: 0, max: steps * dt, label: "time"}, y: {label: "mean logit"}, lines: [], height: 200});
    const ball = sphere({points: [], turn: 0, colours: [], labels: ["0", "1", "2"], arrows: true, title: ""});
    ball.node.style.maxWidth = "15rem";
    element.append(
      el("p", {}, "SC-InfoNCE asks the pair of states i, j to read δ c1/c2 − γ. Click anywhere in the plane: below is where descent leads. Reset and Play show the way. The small dots are DCL, and what the authors of the paper set for their data."),
      el("div", {class: "pair"}, el("figure", {}, picture),
         el("div", {}, said.node, text,
            controls(slider(state, "delta", {label: "δ", min: range.delta[0], max: range.delta[1], step: 0.01}),
                     slider(state, "gamma", {label: "γ", min: range.gamma[0], max: range.gamma[1], step: 0.01})),
            el("div", {class: "buttons"}, button("Onto the line: γ = δ − 1", () => go(state.values.delta, state.values.delta - 1))))),
      controls(play.node, slider(state, "step", {label: "step of descent", min: 0, max: steps})),
      el("div", {class: "pair close"},
         el("figure", {}, now.node, el("figcaption", {}, "Shape: what free logits of the three states read now, p (B − 1).")),
         el("figure", {}, settles.node, el("figcaption", {}, "Where δ alone, on the line, would have the shape."))),
      el("div", {class: "pair"},
         el("figure", {}, heights.node, el("figcaption", {class: "legend"}, el("span", {}, swatch("var(--accent)"), "free logits"), el("span", {}, swatch("rgb(var(--cool))", "7 3"), "unit vectors, at most 1/T"))),
         el("figure", {}, ball.node, el("figcaption", {}, "The same descent for a unit vector of each state."))),
      controls(slider(state, "temperature", {label: "temperature T of the unit vectors", min: 0.1, max: 2, log: true, text: String}),
               slider(state, "turn", {label: "turn the sphere", min: -180, max: 180, text: x => x + "°"})));

    const square = list => list ? source.map((_, i) => list.slice(3 * i, 3 * i + 3)) : source.map(() => source.map(() => null));
    function draw(v) {
      const wanted = JSON.stringify([v.delta, v.gamma, v.temperature]);
      if (of !== wanted) course = engine.call({do: "plane", source, transition, batch, delta: v.delta, gamma: v.gamma, temperature: v.temperature, steps, dt});
      of = wanted;
      const step = Math.max(0, Math.min(steps, Math.round(v.step))), free = course.free, vectors = course.vectors;
      set(here, {transform: `translate(${X(v.delta)} ${Y(v.gamma)})`, "aria-valuenow": v.delta, "aria-valuetext": `delta ${v.delta}, gamma ${v.gamma}`});
      said.show({drift: show(course.drift, 2), height: show(free.heights[step], 2), cosine: show(vectors.heights[step], 2)},
                `drift ${show(course.drift, 2)}, mean logit ${show(free.heights[step], 2)}`);
      text.textContent = course.text;
      now.draw({title: "What free logits read now", values: square(free.read_outs[step])});
      settles.draw({title: "Where the shape settles", values: square(course.settles)});
      const line = (list, colour, dash) => ({colour, dash, points: list.slice(0, step + 1).map((y, i) => [i * dt, y])});
      heights.draw({title: `Mean logit ${show(free.heights[step], 2)}; of unit vectors ${show(vectors.heights[step], 2)}`,
                    lines: [line(free.heights, "var(--accent)"), line(vectors.heights, "rgb(var(--cool))", "7 3")], rules: [{y: 1 / v.temperature, text: "bound of cosines, 1/T"}]});
      ball.draw({points: vectors.points[step], turn: v.turn, colours: [0, 1, 2].map(k => hue(k, 3)), title: `Unit vectors of three states; mean cosine over T ${show(vectors.heights[step], 2)}`});
    }
    state.onChange(draw);
    return {stop: play.stop};
  },
});
}
