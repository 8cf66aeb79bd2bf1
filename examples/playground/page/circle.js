// Pairs of views on a circle: drag them, and see what the loss does to each.
"use strict";
part({
  name: "circle", title: "Pull and push", lesson: "04_info_nce.md and 05_temperature.md",
  question: "Which views does the loss pull together, and which does it push apart?",
  saw: [
    "Partners are pulled together. All others are pushed away, and the nearest ones hardest. A low temperature looks at the " +
    "nearest alone; a high one pushes all alike.",
    "When all points are in one, InfoNCE is log N, and every arrow is gone: the loss cannot tell anybody apart. Above log N an " +
    "encoder is worse than one that knows nothing. More pairs make the question harder, and log N larger.",
  ],
  defaults: {loss: "info_nce", temperature: 0.2, pairs: 5, arrange: "random", seed: 203, angles: [], chosen: 0, lr: 0.02},
  mount(element, state, engine) {
    const losses = lossesOfTwoViews(engine);
    // Where the points are: as they were dragged, or as an arrangement has them.
    const angles = v => v.angles.length === 2 * v.pairs ? v.angles
      : engine.call({do: "circle", arrange: v.arrange, pairs: v.pairs, seed: v.seed}).angles;
    const chosenOf = v => Math.min(v.chosen, 2 * v.pairs - 1);
    const ask = (v, steps) => engine.call({
      do: "circle", loss: losses.make(v.loss, v.temperature), angles: angles(v), chosen: chosenOf(v), lr: v.lr, steps});

    const temperature = slider(state, "temperature", {label: "temperature", min: 0.02, max: 2, log: true, text: String});
    let stepped = null;  // the engine's answer to a step, which is drawn at once
    const play = player({reset: () => state.set({angles: []}), step: () => {
      const {angles, longest} = stepped = ask(state.values, 1);
      state.set({angles});
      return longest > 1e-6;
    }});
    const arrange = (how, text) => button(text, () => {
      play.stop();
      const {arrange, seed} = state.values;
      state.set({arrange: how, angles: [], seed: how === "random" && arrange === "random" ? seed + 1 : seed});
    });
    const said = numbers({loss: "loss", together: "all in one point", log_n: "log N", longest: "longest gradient"});

    // The circle has a radius of 100.
    const under = svg("g"), points = svg("g"), arrows = svg("g"), chosenText = el("figcaption");
    const tip = svg("marker", {id: "tip", viewBox: "0 0 10 10", refX: 6, refY: 5, markerWidth: 4, markerHeight: 4, orient: "auto"},
                    svg("path", {d: "M0 0 L10 5 L0 10 z", fill: "var(--ink)"}));
    const picture = svg("svg", {viewBox: "-124 -124 248 248", role: "group", "aria-label": "Points on a circle",
                                style: "max-width:22rem"},
                        svg("defs", {}, tip), svg("circle", {r: 100, class: "axis"}), under, points, arrows);
    const around = chart({title: "", y: {label: "loss"}, lines: [], height: 260,
                          x: {min: -180, max: 180, label: "place of the chosen point, degrees", ticks: [-180, -90, 0, 90, 180]}});
    element.append(
      el("p", {}, "Each number is a picture. It has two views: a full point and an open one. Drag them, or use the arrow keys. " +
                  "An arrow shows where descent moves a point: against the gradient of the loss."),
      controls(choice(state, "loss", {label: "loss", options: losses.names}), temperature,
               slider(state, "pairs", {label: "pairs N (negatives: N − 1)", min: 2, max: 16})),
      said.node,
      el("div", {class: "pair"},
         el("figure", {}, picture, chosenText),
         el("figure", {}, around.node,
            el("figcaption", {}, "The loss, if the chosen point went all around the circle and the others stayed."))),
      controls(play.node, slider(state, "lr", {label: "length of a step", min: 0.001, max: 0.2, log: true, text: String})),
      el("div", {class: "buttons"}, arrange("random", "Random"), arrange("even", "Partners near each other"),
         arrange("opposite", "Partners opposite"), arrange("together", "All in one point")));

    // Puts point k at an angle in degrees: for the mouse, for fingers and for keys.
    function move(k, degrees) {
      play.stop();
      const all = angles(state.values).slice();
      all[k] = +(degrees - 360 * Math.round(degrees / 360)).toFixed(2);
      state.set({angles: all, chosen: k});
    }
    function follow(k, event) {
      const box = picture.getBoundingClientRect();
      const right = event.clientX - box.left - box.width / 2, up = box.top + box.height / 2 - event.clientY;
      move(k, Math.atan2(up, right) * 180 / Math.PI);
    }
    function dot(k, n) {
      const colour = hue(k % n, n), first = k < n;
      const node = svg("g", {
        class: "drag", tabindex: 0, role: "slider", "data-point": k, "aria-valuemin": -180, "aria-valuemax": 180,
        "aria-label": `${first ? "first" : "second"} view of picture ${k % n + 1}`,
        onpointerdown: event => {
          event.preventDefault();
          play.stop();
          node.setPointerCapture(event.pointerId);
          node.focus();
        },
        onpointermove: event => node.hasPointerCapture(event.pointerId) && follow(k, event),
        onfocus: () => state.values.chosen !== k && state.set({chosen: k}),
        onkeydown: event => {
          const by = {ArrowRight: -2, ArrowDown: -2, ArrowLeft: 2, ArrowUp: 2}[event.key];
          if (!by) return;
          event.preventDefault();
          move(k, angles(state.values)[k] + by * (event.shiftKey ? 5 : 1));
        },
      },
        svg("circle", {r: 16, fill: "transparent"}),
        svg("circle", {class: "dot", r: 8.5, fill: first ? colour : "var(--paper)", style: `stroke:${colour}`}),
        svg("text", {"text-anchor": "middle", y: 3.7, style: `font-size:10.5px;font-weight:600;${first ? "fill:#fff" : ""}`}, k % n + 1));
      return node;
    }

    state.onChange(v => {
      const n = v.pairs, at = stepped || ask(v, 0), chosen = chosenOf(v), anchor = chosen % n, rim = 8.5;
      stepped = null;
      const place = at.angles.map(a => [100 * Math.cos(a * Math.PI / 180), -100 * Math.sin(a * Math.PI / 180)]);
      const line = (a, b, attributes) => svg("line", {x1: a[0], y1: a[1], x2: b[0], y2: b[1], ...attributes});
      temperature.hidden = !losses.hasTemperature(v.loss);
      // From the chosen anchor to each candidate, as thick as what the loss reads out of it; and between partners.
      under.replaceChildren(
        ...(at.read_out || []).map((p, k) =>
          line(place[anchor], place[n + k], {stroke: "var(--ink)", "stroke-opacity": 0.3, "stroke-width": 10 * Math.min(1, p)})),
        ...Array.from({length: n}, (_, i) =>
          line(place[i], place[n + i], {stroke: hue(i, n), "stroke-width": 1.2, "stroke-dasharray": "4 3"})));
      const scale = 42 / Math.max(at.longest, 0.02);
      arrows.replaceChildren(...place.map(([x, y], k) => {
        const gx = at.gradient[2 * k], gy = at.gradient[2 * k + 1], length = Math.hypot(gx, gy), out = rim / length;
        return length * scale < 1.2 ? "" : line([x - gx * out, y + gy * out], [x - gx * (scale + out), y + gy * (scale + out)],
                                                {stroke: "var(--ink)", "stroke-width": 2.2, "marker-end": "url(#tip)"});
      }));
      if (points.childElementCount !== 2 * n) points.replaceChildren(...place.map((_, k) => dot(k, n)));
      place.forEach(([x, y], k) => {
        set(points.children[k], {transform: `translate(${x} ${y})`, "aria-valuenow": Math.round(at.angles[k]),
                                 "aria-valuetext": `${show(at.angles[k], 1)} degrees`});
        points.children[k].children[1].style.strokeWidth = k === chosen ? 5 : 3;
      });
      chosenText.textContent = `Chosen: the ${chosen < n ? "first" : "second"} view of picture ${anchor + 1}. Dashed: partners.` +
        (at.read_out ? ` Grey: what the loss reads of each candidate for anchor ${anchor + 1}; of its partner ` +
                       `${show(at.read_out[anchor], 3)}.` : "");
      said.show({loss: show(at.loss), together: show(at.together), log_n: show(at.log_n), longest: show(at.longest)},
                `loss ${show(at.loss)}`);
      around.draw({
        title: `The loss as point ${anchor + 1} goes around; now ${show(at.loss)} at ${show(at.angles[chosen], 1)} degrees`,
        lines: [{points: at.sweep}], mark: [at.angles[chosen], at.loss], markColour: hue(anchor, n),
        rules: [{y: at.together, text: (Math.abs(at.together - at.log_n) < 1e-9 ? "log N: " : "") + "all in one point"}]});
    });
    return {stop: play.stop};
  },
});
