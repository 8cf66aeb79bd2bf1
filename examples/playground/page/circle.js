// Pairs of views on a circle: drag them, and see what the loss does to each.
"use strict";
part({
  name: "circle", title: "Pull and push", lesson: "04_info_nce.md and 05_temperature.md",
  question: "Which views does the loss pull together, and which does it push apart?",
  saw: [
    "Partners are pulled together. All others are pushed away, and the nearest ones hardest. A low temperature looks at the " +
    "nearest alone; a high one pushes all alike.",
    "When all points are in one, InfoNCE is log N, and every arrow is gone: the loss cannot tell anybody apart. Above log N an encoder is " +
    "worse than one that knows nothing. More pairs make the question harder, and log N larger.",
  ],
  defaults: {loss: "info_nce", temperature: 0.2, pairs: 5, arrange: "random", seed: 203, angles: [], chosen: 0, lr: 0.02},
  mount(element, state, engine) {
    const names = engine.call({do: "describe"}).losses.filter(l => l.needs !== "labels" && l.views <= 2).map(l => l.name);
    const hasTemperature = name => engine.call({do: "options", of: "loss", name, settings: {}}).options.some(o => o.name === "temperature");
    const has = Object.fromEntries(names.map(name => [name, hasTemperature(name)]));
    const angles = v => v.angles.length === 2 * v.pairs ? v.angles
      : engine.call({do: "circle", arrange: v.arrange, pairs: v.pairs, seed: v.seed}).angles;
    const ask = (v, steps) => engine.call({
      do: "circle", loss: {name: v.loss, options: has[v.loss] ? {temperature: v.temperature} : {}},
      angles: angles(v), chosen: Math.min(v.chosen, 2 * v.pairs - 1), lr: v.lr, steps});

    const temperature = slider(state, "temperature", {label: "temperature", min: 0.02, max: 2, log: true, text: String});
    const play = player({reset: () => state.set({angles: []}), step: () => {
      const after = ask(state.values, 1);
      state.set({angles: after.angles});
      return after.longest > 1e-6;
    }});
    const arrange = (how, text) => button(text, () => {
      play.stop();
      const v = state.values;
      state.set({arrange: how, angles: [], seed: how === "random" && v.arrange === "random" ? v.seed + 1 : v.seed});
    });
    const said = numbers({loss: "loss", together: "all in one point", log_n: "log N", longest: "longest gradient"});

    const picture = svg("svg", {viewBox: "-124 -124 248 248", role: "group", "aria-label": "Points on a circle"});
    picture.style.maxWidth = "22rem";
    const under = svg("g"), arrows = svg("g"), points = svg("g");
    picture.append(
      svg("defs", {}, svg("marker", {id: "tip", viewBox: "0 0 10 10", refX: 6, refY: 5, markerWidth: 4, markerHeight: 4, orient: "auto-start-reverse"},
                          svg("path", {d: "M0 0 L10 5 L0 10 z", fill: "var(--ink)"}))),
      svg("circle", {r: 100, class: "axis"}), under, points, arrows);
    const sweep = chart({title: "", x: {min: -180, max: 180, label: "place of the chosen point, degrees", ticks: [-180, -90, 0, 90, 180]},
                         y: {label: "loss"}, lines: [], height: 260});
    const chosenText = el("figcaption");
    element.append(
      el("p", {}, "Each number is a picture. It has two views: a full point and an open one. Drag them, or use the arrow keys. An arrow shows " +
                  "where descent moves a point: against the gradient of the loss."),
      controls(choice(state, "loss", {label: "loss", options: names}), temperature,
               slider(state, "pairs", {label: "pairs N (negatives: N − 1)", min: 2, max: 16})),
      said.node,
      el("div", {class: "pair"},
         el("figure", {}, picture, chosenText),
         el("figure", {}, sweep.node, el("figcaption", {}, "The loss, if the chosen point went all around the circle and the others stayed."))),
      controls(play.node, slider(state, "lr", {label: "length of a step", min: 0.001, max: 0.2, log: true, text: String})),
      el("div", {class: "buttons"}, arrange("random", "Random"), arrange("even", "Partners near each other"),
         arrange("opposite", "Partners opposite"), arrange("together", "All in one point")));

    // Puts point k at an angle in degrees, for the mouse, for fingers and for keys.
    function move(k, degrees) {
      const all = angles(state.values).slice();
      all[k] = +(degrees - 360 * Math.round(degrees / 360)).toFixed(2);
      state.set({angles: all, chosen: k});
    }
    function dot(k, n) {
      const colour = hue(k % n, n), first = k < n;
      const node = svg("g", {
        class: "drag", tabindex: 0, role: "slider", "data-point": k, "aria-valuemin": -180, "aria-valuemax": 180,
        "aria-label": `${first ? "first" : "second"} view of picture ${k % n + 1}`,
        onpointerdown: event => { play.stop(); node.setPointerCapture(event.pointerId); node.focus(); state.set({chosen: k}); event.preventDefault(); },
        onpointermove: event => {
          if (!node.hasPointerCapture(event.pointerId)) return;
          const box = picture.getBoundingClientRect();
          move(k, Math.atan2(box.top + box.height / 2 - event.clientY, event.clientX - box.left - box.width / 2) * 180 / Math.PI);
        },
        onkeydown: event => {
          const by = {ArrowRight: -1, ArrowDown: -1, ArrowLeft: 1, ArrowUp: 1}[event.key];
          if (!by) return;
          event.preventDefault();
          play.stop();
          move(k, angles(state.values)[k] + by * (event.shiftKey ? 10 : 2));
        },
        onfocus: () => state.values.chosen !== k && state.set({chosen: k}),
      },
        svg("circle", {r: 16, fill: "transparent"}),
        svg("circle", {class: "dot", r: 8.5, fill: first ? colour : "var(--paper)", style: `stroke:${colour};stroke-width:3`}),
        svg("text", {"text-anchor": "middle", y: 3.7, style: `font-size:10.5px;font-weight:600;${first ? "fill:#fff" : ""}`}, k % n + 1));
      return node;
    }

    function draw(v) {
      const n = v.pairs, at = ask(v, 0), chosen = Math.min(v.chosen, 2 * n - 1);
      temperature.hidden = !has[v.loss];
      const x = k => 100 * Math.cos(at.angles[k] * Math.PI / 180), y = k => -100 * Math.sin(at.angles[k] * Math.PI / 180);
      if (points.childElementCount !== 2 * n) points.replaceChildren(...Array.from({length: 2 * n}, (_, k) => dot(k, n)));
      // Lines: partners; and from the chosen anchor to each candidate, as thick as what the loss reads out of it.
      under.replaceChildren(
        ...Array.from({length: n}, (_, i) => svg("line", {x1: x(i), y1: y(i), x2: x(n + i), y2: y(n + i), stroke: hue(i, n), "stroke-width": 1.2, "stroke-dasharray": "4 3"})),
        ...(at.read_out || []).map((p, k) => svg("line", {x1: x(chosen % n), y1: y(chosen % n), x2: x(n + k), y2: y(n + k), stroke: "var(--ink)",
          "stroke-opacity": 0.3, "stroke-width": 10 * Math.min(1, p)})));
      arrows.replaceChildren(...at.angles.map((_, k) => {
        const gx = at.gradient[2 * k], gy = at.gradient[2 * k + 1], scale = 42 / Math.max(at.longest, 0.02);
        if (Math.hypot(gx, gy) * scale < 1.2) return "";
        const out = 8.5 / Math.hypot(gx, gy);  // it begins at the rim of its point
        return svg("line", {x1: x(k) - gx * out, y1: y(k) + gy * out, x2: x(k) - gx * (scale + out), y2: y(k) + gy * (scale + out),
                            stroke: "var(--ink)", "stroke-width": 2.2, "marker-end": "url(#tip)"});
      }));
      [...points.children].forEach((node, k) => {
        set(node, {transform: `translate(${x(k)} ${y(k)})`, "aria-valuenow": Math.round(at.angles[k]), "aria-valuetext": `${show(at.angles[k], 1)} degrees`});
        node.children[1].style.strokeWidth = k === chosen ? 5 : 3;
      });
      const share = at.read_out && at.read_out[chosen % n];
      chosenText.textContent = `Chosen: the ${chosen < n ? "first" : "second"} view of picture ${chosen % n + 1}. Dashed: partners.` +
        (at.read_out ? ` Grey: how much each candidate weighs for anchor ${chosen % n + 1}; its partner has ${show(share, 3)}.` : "");
      said.show({loss: show(at.loss), together: show(at.together), log_n: show(at.log_n), longest: show(at.longest)}, `loss ${show(at.loss)}`);
      const level = Math.abs(at.together - at.log_n) < 1e-9 ? "log N: all in one point" : "all in one point";
      sweep.draw({title: `The loss as point ${chosen % n + 1} goes around; now ${show(at.loss)} at ${show(at.angles[chosen], 1)} degrees`,
                  lines: [{points: at.sweep}], rules: [{y: at.together, text: level}], mark: [at.angles[chosen], at.loss], markColour: hue(chosen % n, n)});
    }
    state.onChange(draw);
    return {stop: play.stop};
  },
});
