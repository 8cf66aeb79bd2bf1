// Embeddings that begin near one point: which losses leave it, and which call it home.
"use strict";
part({
  name: "collapse", title: "Collapse", lesson: "06_collapse.md",
  question: "All embeddings are the same. Will the loss get them out of there?",
  saw: [
    "The loss that only pulls has its best value where all are the same: it stays there, and from anywhere else it goes there. " +
    "Its value says nothing about what was learned.",
    "For InfoNCE the same point is a saddle: flat, but not the bottom of a valley. A little noise grows step by step until " +
    "neighbours are near and all others far. At exactly one point its gradient is 0, and only rounding, in the sixteenth " +
    "digit, gets it out.",
    "VICReg asks for a variance of each coordinate. It pushes at once, where InfoNCE still waits. But at exactly one point it is " +
    "stuck, too.",
  ],
  defaults: {left: "info_nce", middle: "negative_cosine", right: "vicreg", temperature: 0.2, noise: 0.01, states: 12, seed: 1,
             lr: 0.03, steps: 0, turn: 0},
  mount(element, state, engine) {
    const places = ["left", "middle", "right"], losses = lossesOfTwoViews(engine), limit = 1000;
    // Settings that make losses comparable here: pull alone, and VICReg's weights over 25.
    const special = {negative_cosine: {stop_gradient: false}, vicreg: {invariance: 1, variance: 1, covariance: 0.04}};
    // What does not change while it runs. When one of these does, everything begins anew.
    const beginning = v => JSON.stringify([v.left, v.middle, v.right, v.temperature, v.noise, v.states, v.seed, v.lr]);
    const kept = ["z", "loss", "others", "partners", "rank"];
    let run = null;  // {of, steps, panels: [{z: [], loss: [], ...}]}: of each step that there was

    function advance(v, to) {
      if (!run || run.of !== beginning(v))
        run = {of: beginning(v), steps: -1, panels: places.map(() => Object.fromEntries(kept.map(key => [key, []])))};
      if (run.steps >= to) return;
      places.forEach((place, i) => {
        const panel = run.panels[i], from = Math.max(0, run.steps), loss = losses.make(v[place], v.temperature, special[v[place]]);
        const after = engine.call({do: "collapse", loss, states: v.states, noise: v.noise, seed: v.seed, lr: v.lr,
                                   from, z: panel.z.at(-1) || [], steps: to - from});
        for (const key of kept) panel[key].push(...after[key].slice(panel[key].length ? 1 : 0));
      });
      run.steps = to;
    }

    const play = player({reset: () => state.set({steps: 0}), step: () => {
      if (state.values.steps >= limit) return false;
      state.set({steps: state.values.steps + 1});
    }});
    const panels = places.map(place => {
      const ball = sphere({points: [], turn: 0, colours: [], line: true, title: ""});
      const figures = numbers({loss: "loss", others: "cosine of others"});
      const node = el("figure", {"data-panel": place}, choice(state, place, {label: "loss", options: losses.names}),
                      ball.node, figures.node);
      return {node, ball, figures};
    });
    const styles = [{colour: "var(--accent)"}, {colour: "rgb(var(--cool))", dash: "7 3"}, {colour: "var(--quiet)", dash: "2 3"}];
    const course = (label, y) => chart({title: "", x: {}, y: {...y, label}, lines: [], height: 190});
    const others = course("cosine of others", {min: -0.25, max: 1.05}), rank = course("effective rank", {min: 0.9, max: 3.1});
    const legend = el("figcaption", {class: "legend"});
    element.append(
      el("p", {}, "Each dot is the embedding of a state, on a sphere. The states form a ring: an augmentation leaves a picture in " +
                  "its state, or moves it to one of the two neighbours. Three losses begin at the same place. Press Play."),
      controls(choice(state, "noise", {label: "the embeddings begin",
                                       options: [[0, "exactly in one point"], [0.0001, "0.0001 beside it"], [0.01, "0.01 beside it"],
                                                 [10, "all over the sphere"]]}),
               slider(state, "temperature", {label: "temperature", min: 0.05, max: 2, log: true, text: String}),
               slider(state, "states", {label: "states", min: 4, max: 24}),
               slider(state, "lr", {label: "length of a step", min: 0.003, max: 0.3, log: true, text: String})),
      controls(play.node, slider(state, "steps", {label: "step", min: 0, max: limit}), turner(state)),
      el("div", {class: "three"}, ...panels.map(p => p.node)),
      legend,
      el("div", {class: "pair"}, el("figure", {}, others.node, el("figcaption", {}, "1: all are the same.")),
         el("figure", {}, rank.node, el("figcaption", {}, "How many of the three dimensions are in use."))));

    state.onChange(v => {
      const step = Math.max(0, Math.min(limit, Math.round(v.steps)));
      advance(v, step);
      panels.forEach(({ball, figures}, i) => {
        const at = run.panels[i], cosine = show(at.others[step], 3);
        ball.draw({points: at.z[step], turn: v.turn, colours: Array.from({length: v.states}, (_, k) => hue(k, v.states)),
                   title: `${v[places[i]]} after ${step} steps: cosine of others ${cosine}`});
        figures.show({loss: show(at.loss[step], 3), others: cosine});
      });
      const drawCourse = (figure, name, key) => figure.draw({
        title: `${name}: ${places.map((place, i) => `${v[place]} ${show(run.panels[i][key][step], 2)}`).join(", ")}`,
        x: {min: 0, max: Math.max(50, step), label: "steps"},
        lines: run.panels.map((panel, i) => ({...styles[i], points: panel[key].slice(0, step + 1).map((y, x) => [x, y])}))});
      drawCourse(others, "Cosine of others", "others");
      drawCourse(rank, "Effective rank", "rank");
      legend.replaceChildren(...places.map((place, i) => el("span", {}, swatch(styles[i]), v[place])));
    });
    return {stop: play.stop};
  },
});
