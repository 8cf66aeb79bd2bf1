// The transition matrix: edit it, see c1/c2, and watch free logits go down onto the target of a loss.
"use strict";
part({
  name: "transition", title: "The target", lesson: "07_transitions.md",
  question: "Without labels: what does the loss learn in the end?",
  saw: [
    "An augmentation moves pictures between states. All that a loss can see of it is c1/c2: how much more often two states meet as partners than by chance.",
    "Free logits go down onto a target made of c1/c2 alone. States that flow into each other end near each other. That is why clusters appear, though nobody gave labels.",
    "Nearly all losses of the family learn the same matrix. They differ in how they write it down.",
  ],
  defaults: {loss: "info_nce", loss_options: "", batch: 100, source: [], transition: [], step: 0},
  mount(element, state, engine) {
    const losses = engine.call({do: "describe"}).losses.filter(l => l.free_logits).map(l => l.name);
    const models = engine.call({do: "models"}).models;
    const model = v => v.source.length > 1 && v.transition.length === v.source.length ** 2 ? {source: v.source, transition: v.transition} : models[0];
    const change = to => state.set({source: to.source, transition: to.transition, step: 0});
    const edit = request => {
      let to = null;
      state.attempt(() => { to = engine.call({...request, ...model(state.values)}); });
      if (to) change(to);
    };

    const preset = el("select", {name: "model", onchange: () => change(models[preset.value])}, el("option", {value: "", disabled: ""}, "your own"),
                      ...models.map((m, i) => el("option", {value: i}, m.name)));
    const states = el("input", {type: "number", name: "states", min: 2, max: 6,
                              onchange: () => edit({do: "model_resize", states: +states.value})});
    const table = el("table", {class: "model"});
    // Row −1 is the source.
    function cell(row, column) {
      const name = row < 0 ? `P ${column}` : `A ${row} ${column}`;
      const input = el("input", {type: "number", name, "aria-label": name, min: 0, max: 1, step: 0.05,
                                 onchange: () => edit({do: "model_edit", row, column, value: +input.value})});
      return el("td", {}, input);
    }
    function drawTable({source, transition}) {
      const k = source.length;
      if (table.rows.length !== k + 2) {
        const names = [...source.keys()];
        table.replaceChildren(
          el("tr", {}, el("th", {scope: "row"}, "P"), ...names.map(i => cell(-1, i))),
          el("tr", {}, el("th", {}, "A"), ...names.map(i => el("th", {scope: "col"}, `→ ${i}`))),
          ...names.map(i => el("tr", {}, el("th", {scope: "row"}, `${i} →`), ...names.map(j => cell(i, j)))));
      }
      const inputs = table.querySelectorAll("input");
      [...source, ...transition].forEach((p, e) => { inputs[e].value = +p.toFixed(4); });
      states.value = k;
      preset.value = models.findIndex(m => asText(m.source) === asText(source) && asText(m.transition) === asText(transition));
      if (preset.selectedIndex < 0) preset.value = "";
    }

    let answer = null, usual = null, of = "";
    const last = () => answer.frames.length - 1;
    const play = player({speed: false, every: 300, reset: () => state.set({step: 0}), step: () => {
      if (state.values.step >= last()) return false;
      state.set({step: state.values.step + 1});
    }});
    const steps = el("input", {type: "range", name: "step", min: 0, oninput: () => state.set({step: +steps.value})}), at = el("b");
    const options = optionControls(state, "loss_options");
    const batch = slider(state, "batch", {label: "pairs in a batch, B", min: 2, max: 10000, log: true, text: x => String(Math.round(x))});
    const said = numbers({deviation: "largest deviation from the target", loss: "expected loss", step: "step"});
    const ratio = heat({title: "", values: [], middle: 1, reach: 1}), now = heat({title: "", values: [], middle: 1, reach: 1}),
          target = heat({title: "", values: [], middle: 1, reach: 1});
    const nowText = el("figcaption"), targetText = el("figcaption"), theory = el("p", {"data-text": ""});
    const course = chart({title: "", x: {min: 0, label: "step"}, y: {label: "deviation, its power of ten"}, lines: [], height: 200});
    element.append(
      el("p", {}, "Pictures are in a few states. P says how often a picture is in each. Row k of A says where the views of a picture in state k are. Change a number: the rest of its row follows."),
      el("div", {class: "pair"},
         el("div", {}, controls(el("label", {}, "model", preset), el("label", {}, "states", states)), el("div", {class: "wide"}, table)),
         el("figure", {}, ratio.node, el("figcaption", {}, "c1/c2: how much more often two views are partners than by chance. 1 is chance."))),
      el("p", {}, "Now an encoder without limits: one free number for each pair of states, a logit. It goes down the loss, in longer and longer steps."),
      controls(thing(state, "loss", losses), batch), options.node,
      controls(play.node, el("label", {}, el("span", {}, "step of descent ", at), steps)), said.node,
      el("div", {class: "pair"}, el("figure", {}, now.node, nowText), el("figure", {}, target.node, targetText)),
      el("div", {class: "pair"}, theory,
         el("figure", {}, course.node, el("figcaption", {}, "How far the logits are from where they go. Below the line they are there to a millionth."))));

    function draw(v) {
      const wanted = JSON.stringify([v.loss, v.loss_options, v.batch, v.source, v.transition]);
      if (of !== wanted) {
        answer = engine.call({do: "transition", loss: {name: v.loss, options: settingsOf(v.loss_options)}, ...model(v), batch: v.batch});
        usual = engine.call({do: "options", of: "loss", name: v.loss, settings: {}}).options, of = wanted;
      }
      drawTable(model(v));
      options.draw(usual, answer.options);
      batch.hidden = !answer.needs_batch;
      const step = Math.max(0, Math.min(last(), Math.round(v.step))), frame = answer.frames[step];
      steps.max = last(), steps.value = step, at.textContent = step;
      const reaches = answer.outcome.startsWith("reaches"), off = f => reaches ? f.deviation : f.off_shape;
      const goal = reaches ? answer.target : answer.settles;
      const strongest = Math.max(0.2, ...(goal || answer.ratio).flat().filter(x => x !== null).map(x => Math.abs(x - 1)));
      ratio.draw({title: "c1 over c2", values: answer.ratio, reach: Math.max(0.2, ...answer.ratio.flat().map(x => Math.abs(x - 1)))});
      now.draw({title: "What free logits read now", values: frame.read_out, reach: strongest});
      target.draw({title: "Where they go", values: goal || answer.ratio.map(row => row.map(() => null)), reach: strongest});
      nowText.textContent = `What free logits read now: ${answer.shown}.`;
      targetText.textContent = reaches ? "The target of the loss." : goal ? "Where their shape settles: all logits drift, so the target itself is out of reach."
        : answer.outcome === "linear" ? "There is no target: every logit runs to its bound." : "No place to settle: some pairs are pushed apart for ever.";
      said.node.querySelector("[data-number=deviation]").nextSibling.textContent = reaches ? "largest deviation from the target" : "largest deviation from that shape";
      said.show({deviation: show(off(frame)), loss: show(frame.loss), step: `${step} of ${last()}`}, `step ${step}, deviation ${show(off(frame))}`);
      theory.textContent = answer.text || "These logits reach their target.";
      course.draw({title: `Deviation ${show(off(frame))} after ${step} steps`, x: {min: 0, max: Math.max(1, last()), label: "step"},
                   lines: [{points: answer.frames.map((f, i) => [i, off(f) === null ? NaN : Math.log10(Math.max(off(f), 1e-12))])}],
                   rules: [{y: -6, text: "a millionth"}], ...off(frame) === null ? {mark: undefined} : {mark: [step, Math.log10(Math.max(off(frame), 1e-12))]}});
    }
    state.onChange(draw);
    return {stop: play.stop};
  },
});
