// A real encoder learns from glyphs, in the page: its embeddings, its kNN beside raw pixels, and what it sees.
"use strict";
part({
  name: "train", title: "Train it", lesson: "03_views.md and 10_cifar.md",
  question: "Can a network learn digits from no labels at all?",
  saw: [
    "The network never saw a label. It learned which views come from one picture, and equal digits came together by themselves.",
    "A good loss is below chance: log N, where all embeddings are the same. Near it nothing is learned.",
    "The views decide. Take all of them away: the loss falls faster, and kNN stays below raw pixels. The task was too easy.",
  ],
  defaults: {loss: "info_nce", loss_options: "", encoder: "conv4", encoder_options: "width:8", views: "crop,affine,jitter",
             views_options: "affine_degrees:15;affine_shear:10", training: "", steps: 0, turn: 20},
  mount(element, state, engine) {
    const all = engine.call({do: "describe"}), keys = ["loss", "encoder", "views"];
    const chosen = (v, key) => ({name: v[key], options: settingsOf(v[key + "_options"])});
    const listed = (of, name, settings) => engine.call({do: "options", of, name, settings}).options;
    const beginning = v => JSON.stringify([...keys.flatMap(key => [v[key], v[key + "_options"]]), v.training]);

    let run = null;  // {of, done, start, look, losses: [], knn: [[step, accuracy]], rate}
    function begin(v) {
      const start = engine.call({do: "train_start", ...Object.fromEntries(keys.map(key => [key, chosen(v, key)])), training: settingsOf(v.training)});
      run = {of: beginning(v), done: 0, start, losses: [], knn: [], rate: 0, steps: 0, since: performance.now()};
      look();
    }
    function look() {
      run.look = engine.call({do: "train_look"});
      run.knn.push([run.done, 100 * run.look.knn]);
      run.seen = engine.call({do: "train_views", count: 10});
    }
    // Steps for so many milliseconds, at least one. They end where something is to be looked at.
    function work(milliseconds) {
      const begun = performance.now();
      do {
        const after = engine.call({do: "train_step", steps: 1});
        run.losses.push([after.step, after.losses[0]]), run.done = after.step, ++run.steps;
      } while (run.done % every && run.done !== goal && performance.now() - begun < milliseconds);
      const now = performance.now();
      if (now - run.since > 500) run.rate = run.steps * 1000 / (now - run.since), run.steps = 0, run.since = now;
      if (run.done % every === 0 || run.done === goal) look();
      state.set({steps: run.done});
    }
    const every = 10, limit = 5000;
    let goal = 0;  // where a link goes on to; 0: until it is paused
    const play = player({speed: false, reset: () => { goal = 0, run = null, state.set({steps: 0}); }, step: playing => {
      if (run.done >= limit) return false;
      work(playing ? 25 : 0);
      if (run.done === goal) return goal = 0, false;
    }});

    const preset = el("select", {name: "preset", onchange: () => {
      const of = all.presets.find(p => p.name === preset.value);
      state.set({views: of.views.split("/")[0], views_options: settingsText(of.options)});
    }}, el("option", {value: "", disabled: ""}, "your own"), ...all.presets.filter(p => !p.views.includes("/")).map(p => el("option", {value: p.name, title: p.help}, p.name)));
    const transforms = all.transforms.map(name => {
      const input = el("input", {type: "checkbox", name: "view." + name, onchange: () => {
        const list = state.values.views.split(",").filter(one => one !== name && one !== "identity");
        if (input.checked) list.push(name);
        const kept = new Set(listed("views", list.join() || "identity", {}).map(o => o.name)), before = settingsOf(state.values.views_options);
        state.set({views: list.join() || "identity", views_options: settingsText(Object.fromEntries(Object.entries(before).filter(([one]) => kept.has(one))))});
      }});
      return {name, input, node: el("label", {class: "flag"}, input, name.replaceAll("_", " "))};
    });
    const forms = {loss: optionControls(state, "loss_options"), encoder: optionControls(state, "encoder_options"),
                   views: optionControls(state, "views_options"), training: optionControls(state, "training")};
    const group = (title, open, ...children) => el("details", open ? {open: ""} : {}, el("summary", {}, title), ...children);

    const said = numbers({loss: "loss", chance: "chance", knn: "kNN, % right", raw: "kNN of raw pixels", step: "step", rate: "steps a second"});
    const ball = sphere({points: [], turn: 0, colours: [], size: 0.55, title: ""});
    const pictures = el("canvas", {role: "img", class: "views"});
    const losses = chart({title: "", x: {min: 0, label: "step"}, y: {label: "loss"}, lines: [], height: 200});
    const knn = chart({title: "", x: {min: 0, label: "step"}, y: {label: "kNN, % right"}, lines: [], height: 200});
    const ballText = el("figcaption"), digits = [...Array(10).keys()];
    element.append(
      el("p", {}, "Press Play. The network gets drawn digits, two random views of each, and no labels. It has to find out which views belong together."),
      controls(play.node), said.node,
      el("div", {class: "pair"},
         el("figure", {}, ball.node, controls(slider(state, "turn", {label: "turn the sphere", min: -180, max: 180, text: x => x + "°"})),
            el("figcaption", {class: "legend"}, ...digits.map(d => el("span", {}, el("i", {style: `background:${hue(d, 10)}`}), d))), ballText),
         el("div", {}, el("figure", {}, losses.node), el("figure", {}, knn.node))),
      el("figure", {}, pictures, el("figcaption", {}, "What the network sees in the next step: views of one picture below each other.")),
      group("Loss", true, controls(thing(state, "loss", all.losses.map(l => l.name))), forms.loss.node),
      group("Views", true, controls(el("label", {}, "usual views", preset)), controls(...transforms.map(t => t.node)), forms.views.node),
      group("Encoder", false, controls(thing(state, "encoder", all.encoders)), forms.encoder.node),
      group("Training", false, forms.training.node));

    // Pictures of a view in a row, the views below each other.
    function drawViews({height, width, views}) {
      pictures.width = views[0].length * (width + 2), pictures.height = views.length * (height + 2);
      const context = pictures.getContext("2d");
      views.forEach((row, y) => row.forEach((picture, x) => {
        const image = context.createImageData(width, height);
        picture.forEach((value, p) => image.data.set([value, value, value, 255], 4 * p));
        context.putImageData(image, x * (width + 2), y * (height + 2));
      }));
      pictures.setAttribute("aria-label", `${views.length} views of each of ${views[0].length} digits`);
    }
    let values = null;  // those of the last drawing: an address that is opened brings new ones
    let painted = null;  // the look that the sphere and the pictures show
    function paint(v) {
      const {start, look, done} = run, value = run.losses.at(-1)?.[1] ?? null, right = 100 * look.knn, raw = 100 * start.raw_knn;
      said.show({loss: value === null ? "–" : show(value), chance: start.chance === null ? "none" : show(start.chance), knn: show(right, 1), raw: show(raw, 1),
                 step: done, rate: run.rate ? Math.round(run.rate) : "–"}, done % 50 ? undefined : `step ${done}, kNN ${show(right, 1)} percent`);
      const x = {min: 0, max: Math.max(200, done), label: "step"};
      losses.draw({title: `Loss after ${done} steps: ${show(value)}`, x, lines: [{points: run.losses}], rules: start.chance === null ? [] : [{y: start.chance, text: "chance: all in one point"}]});
      knn.draw({title: `kNN after ${done} steps: ${show(right, 1)} percent`, x, lines: [{points: run.knn}], rules: [{y: raw, text: "raw pixels"}]});
      if (painted === look && ball.turned === v.turn) return;
      const points = look.dim === 3 ? look.points : start.labels.flatMap((_, i) => [look.points[2 * i], look.points[2 * i + 1], 0]);
      ball.draw({points, turn: look.dim === 3 ? v.turn : 0, colours: start.labels.map(d => hue(d, 10)), title: `Embeddings of ${start.labels.length} digits, coloured by their labels`});
      if (painted !== look) drawViews(run.seen);
      painted = look, ball.turned = v.turn;
    }
    function draw(v) {
      const opened = values !== v;
      values = v;
      if (!run || run.of !== beginning(v)) {
        play.stop();
        for (const key of keys) forms[key].draw(listed(key, v[key], {}), listed(key, v[key], settingsOf(v[key + "_options"])));
        forms.training.draw(listed("training", "", {}), listed("training", "", settingsOf(v.training)));
        const list = v.views.split(",");
        for (const t of transforms) t.input.checked = list.includes(t.name);
        preset.value = all.presets.find(p => p.views === v.views && settingsText(p.options) === v.views_options)?.name ?? "";
        ballText.textContent = ballTextOf(v);
        begin(v);
        if (!opened && v.steps) return state.set({steps: 0});  // other settings begin anew
      }
      if (v.steps < run.done) begin(v);
      if (v.steps > run.done) goal = v.steps, play.start();
      paint(v);
    }
    const ballTextOf = v => {
      const dim = +listed("training", "", settingsOf(v.training)).find(o => o.name === "dim").value;
      return `The embeddings of test digits, ${dim} numbers each${dim > 3 ? "; their three main directions" : ""}. The colours are the labels: only you see them.`;
    };
    state.onChange(draw);
    return {stop: play.stop};
  },
});
