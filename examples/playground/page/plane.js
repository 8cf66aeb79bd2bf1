// The plane of delta and gamma: what each of the two does to the target of SC-InfoNCE.
"use strict";
part({
  name: "plane", title: "The plane", lesson: "08_sc_info_nce.md",
  question: "SC-InfoNCE has two dials, δ and γ. What does each of them do?",
  saw: [
    "δ sets the shape: how far the target stretches from 1. Above 1 clusters get sharper, below 1 softer. γ never touches the shape.",
    "On the line δ − γ = 1 the target is a probability, and free logits reach it. Off the line no logits can have it: their shape " +
    "settles all the same, and all of them drift together, by δ − γ − 1 a unit of time.",
    "Cosines cannot drift for ever. There the drift becomes a pull of everything together, or a push of everything apart, up to the " +
    "bound 1/T. The temperature moves the same balance. That is why nce sets γ = δ − 1 unless you say otherwise.",
  ],
  defaults: {delta: 1, gamma: -0.2, temperature: 0.5, step: 60, turn: 0},
  mount(element, state, engine) {
    const range = {delta: [0, 2.5], gamma: [-1, 1.5]}, cells = 25, side = 300, dt = 0.3, steps = 120;
    const model = {source: [1 / 3, 1 / 3, 1 / 3], transition: [0.5, 0.3, 0.2, 0.2, 0.5, 0.3, 0.2, 0.3, 0.5], batch: 100};  // lesson 7's
    // DCL, and what the authors' code sets for a data set.
    const marks = [[1, 0, "DCL"], [1, -0.2, "CIFAR-10"], [0.5, 0.2, "CIFAR-100"], [0.5, -0.2, "STL-10"], [0.1, 0.5, "ImageNet-100"],
                   [1, -0.3, "COLLAB, DD"], [0.7, 0.05, "NCI1"], [2, -0.4, "PROTEINS"]];

    // The picture of the plane: delta to the right, gamma up.
    const X = delta => (delta - range.delta[0]) / (range.delta[1] - range.delta[0]) * side;
    const Y = gamma => side - (gamma - range.gamma[0]) / (range.gamma[1] - range.gamma[0]) * side;
    const map = engine.call({do: "plane_map", ...model, ...range, cells}), strongest = Math.max(...map.drift.map(Math.abs));
    const text = (x, y, words, attributes = {}) => svg("text", {x, y, ...attributes}, words);
    const quiet = {class: "quiet", "text-anchor": "middle"}, end = {"text-anchor": "end"}, signed = x => String(x).replace("-", "−");
    const here = svg("g", {class: "drag", tabindex: 0, role: "slider", "aria-label": "the chosen delta and gamma"},
                     svg("circle", {r: 20, fill: "transparent"}), svg("circle", {class: "dot", r: 8, fill: "var(--accent)"}));
    const picture = svg("svg", {viewBox: `-34 -8 ${side + 46} ${side + 44}`, role: "group", style: "cursor:crosshair",
                                "aria-label": "The plane of delta and gamma"},
      ...map.drift.map((drift, i) => svg("rect", {
        x: i % cells * side / cells, y: side - (Math.floor(i / cells) + 1) * side / cells, width: side / cells, height: side / cells,
        "shape-rendering": "crispEdges", fill: warmth(drift / strongest * 0.8)})),
      svg("line", {x1: X(0), y1: Y(-1), x2: X(2.5), y2: Y(1.5), stroke: "var(--ink)", "stroke-width": 1.5}),
      text(X(2), Y(1) - 8, "δ − γ = 1", {...end, style: "font-style:italic"}),
      text(X(0.1), Y(1.3), "all drift down"), text(X(2.42), Y(-0.85), "all drift up", end),
      text(side / 2, side + 32, "δ", {"text-anchor": "middle"}), text(-34, side / 2 + 4, "γ"),
      ...[0, 0.5, 1, 1.5, 2, 2.5].map(delta => text(X(delta), side + 15, delta, quiet)),
      ...[-1, -0.5, 0, 0.5, 1, 1.5].map(gamma => text(-6, Y(gamma) + 4, signed(gamma), {...quiet, ...end})),
      ...marks.map(([delta, gamma, name]) => {
        const low = name === "COLLAB, DD" ? 11 : 3.5, small = "font-size:10.5px";
        return svg("g", {}, svg("circle", {cx: X(delta), cy: Y(gamma), r: 3, fill: "var(--ink)"}),
                   delta > 1.8 ? text(X(delta) - 11, Y(gamma) + low, name, {...end, style: small})
                               : text(X(delta) + 11, Y(gamma) + low, name, {style: small}));
      }),
      here);

    const inside = (value, [least, most]) => +Math.min(most, Math.max(least, value)).toFixed(2);
    const go = (delta, gamma) => state.set({delta: inside(delta, range.delta), gamma: inside(gamma, range.gamma)});
    function follow(event) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(picture.getScreenCTM().inverse());
      go(range.delta[0] + at.x / X(range.delta[0] + 1), range.gamma[0] + (side - at.y) / X(range.delta[0] + 1));
    }
    picture.addEventListener("pointerdown", event => {
      event.preventDefault();
      picture.setPointerCapture(event.pointerId);
      here.focus({preventScroll: true});
      follow(event);
    });
    picture.addEventListener("pointermove", event => picture.hasPointerCapture(event.pointerId) && follow(event));
    here.addEventListener("keydown", event => {
      const by = {ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
      if (!by) return;
      event.preventDefault();
      const far = event.shiftKey ? 0.25 : 0.05;
      go(state.values.delta + by[0] * far, state.values.gamma + by[1] * far);
    });

    const play = player({speed: false, reset: () => state.set({step: 0}), step: () => {
      if (state.values.step >= steps) return false;
      state.set({step: state.values.step + 1});
    }});
    const said = numbers({drift: "drift of free logits", height: "their mean logit now", cosine: "that of unit vectors"});
    const theory = el("p", {"data-text": ""});
    const now = heat({title: "", values: [], middle: 1, reach: 0.6}), settles = heat({title: "", values: [], middle: 1, reach: 0.6});
    const heights = chart({title: "", x: {min: 0, max: steps * dt, label: "time"}, y: {label: "mean logit"}, lines: [], height: 200});
    const ball = sphere({points: [], turn: 0, colours: [], labels: ["0", "1", "2"], arrows: true, title: ""});
    ball.node.style.maxWidth = "15rem";
    const free = {colour: "var(--accent)"}, vectors = {colour: "rgb(var(--cool))", dash: "7 3"};
    const dial = (key, label) => slider(state, key, {label, min: range[key][0], max: range[key][1], step: 0.01});
    element.append(
      el("p", {}, "SC-InfoNCE asks the pair of states i, j to read δ c1/c2 − γ. Click anywhere in the plane: below is where descent " +
                  "leads. Reset and Play show the way. The small dots are DCL, and what the authors of the paper set for their data."),
      el("div", {class: "pair"},
         el("figure", {}, picture),
         el("div", {}, said.node, theory, controls(dial("delta", "δ"), dial("gamma", "γ")),
            el("div", {class: "buttons"},
               button("Onto the line: γ = δ − 1", () => go(state.values.delta, state.values.delta - 1))))),
      controls(play.node, slider(state, "step", {label: "step of descent", min: 0, max: steps})),
      el("div", {class: "pair close"},
         el("figure", {}, now.node, el("figcaption", {}, "Shape: what free logits of the three states read now, p (B − 1).")),
         el("figure", {}, settles.node, el("figcaption", {}, "Where δ alone, on the line, would have the shape."))),
      el("div", {class: "pair"},
         el("figure", {}, heights.node,
            el("figcaption", {class: "legend"}, el("span", {}, swatch(free), "free logits"),
               el("span", {}, swatch(vectors), "unit vectors, at most 1/T"))),
         el("figure", {}, ball.node, el("figcaption", {}, "The same descent for a unit vector of each state."))),
      controls(slider(state, "temperature", {label: "temperature T of the unit vectors", min: 0.1, max: 2, log: true, text: String}),
               turner(state)));

    const rows = list => [0, 1, 2].map(i => list ? list.slice(3 * i, 3 * i + 3) : [null, null, null]);
    let at = null, of = "";
    state.onChange(v => {
      const {delta, gamma, temperature} = v, wanted = JSON.stringify([delta, gamma, temperature]);
      if (of !== wanted) at = engine.call({do: "plane", ...model, delta, gamma, temperature, steps, dt});
      of = wanted;
      const step = Math.max(0, Math.min(steps, Math.round(v.step)));
      const height = show(at.free.heights[step], 2), cosine = show(at.vectors.heights[step], 2);
      set(here, {transform: `translate(${X(delta)} ${Y(gamma)})`, "aria-valuenow": delta,
                 "aria-valuetext": `delta ${delta}, gamma ${gamma}`});
      said.show({drift: show(at.drift, 2), height, cosine}, `drift ${show(at.drift, 2)}, mean logit ${height}`);
      theory.textContent = at.text;
      now.draw({title: "What free logits read now", values: rows(at.free.read_outs[step])});
      settles.draw({title: "Where the shape settles", values: rows(at.settles)});
      const line = (style, course) => ({...style, points: course.heights.slice(0, step + 1).map((y, i) => [i * dt, y])});
      heights.draw({title: `Mean logit ${height}; of unit vectors ${cosine}`, lines: [line(free, at.free), line(vectors, at.vectors)],
                    rules: [{y: 1 / temperature, text: "bound of cosines, 1/T"}]});
      ball.draw({points: at.vectors.points[step], turn: v.turn, colours: [0, 1, 2].map(k => hue(k, 3)),
                 title: `Unit vectors of three states; mean cosine over T ${cosine}`});
    });
    return {stop: play.stop};
  },
});
