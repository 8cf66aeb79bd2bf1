// Controls for the options of a thing of the library, as the engine lists them: nothing here knows their names.
"use strict";
/// Settings stand in the address as "delta:1.5;gamma:0.5".
const settingsOf = text => Object.fromEntries(text.split(";").filter(Boolean).map(s => s.split(/:(.*)/).slice(0, 2)));
const settingsText = settings => Object.entries(settings).map(([name, value]) => `${name}:${value}`).join(";");

// Where a slider goes from and to: the option's bounds, or some times its usual value.
function ends(option) {
  const usual = Math.abs(+option.value) || 0.5;
  const low = option.least ?? option.above ?? -4 * usual, high = option.most ?? option.below ?? Math.max(4 * usual, low + 1);
  const raw = (high - low) / 200, ten = 10 ** Math.floor(Math.log10(raw));
  const step = option.kind === "integer" ? 1 : [1, 2, 5, 10].map(m => m * ten).find(s => s >= raw * 0.999);
  return {min: option.above !== undefined ? low + step : low, max: option.below !== undefined ? high - step : high, step};
}

/// Which loss, encoder, ...: one of `names`. Another one has other options, `key`_options in the state.
function thing(state, key, names) {
  const select = el("select", {name: key, onchange: () => state.set({[key]: select.value, [key + "_options"]: ""})}, ...names.map(value => el("option", {value}, value)));
  const draw = () => { select.value = state.values[key]; };
  state.onChange(draw), draw();
  return el("label", {}, key, select);
}

/// The options of one thing, whose settings the state has as text under `key`. `draw(usual, now)` takes the engine's lists: with no settings,
/// and with those of the state. The options of the second are shown.
function optionControls(state, key) {
  const node = el("div", {class: "controls"});
  let drawn = "", fields = {};
  const put = (name, value) => state.set({[key]: settingsText({...settingsOf(state.values[key]), [name]: value})});
  function field(option) {
    const name = `${key}.${option.name}`, text = el("span", {}, option.name.replaceAll("_", " ") + " ");
    if (option.kind === "flag") {
      const input = el("input", {type: "checkbox", name, onchange: () => put(option.name, input.checked)});
      return {node: el("label", {class: "flag"}, input, text), input, show: value => { input.checked = value === "true"; }};
    }
    if (option.kind === "choice") {
      const input = el("select", {name, onchange: () => put(option.name, input.value)}, ...option.choices.map(value => el("option", {value}, value)));
      return {node: el("label", {}, text, input), input, show: value => { input.value = value; }};
    }
    if (option.kind === "text") {
      const input = el("input", {type: "text", name, onchange: () => put(option.name, input.value)});
      return {node: el("label", {}, text, input), input, show: value => { input.value = value; }};
    }
    const value = el("b"), {min, max, step} = ends(option);
    const input = el("input", {type: "range", name, min, max, step, oninput: () => put(option.name, +(+input.value).toPrecision(6))});
    text.append(value);
    return {node: el("label", {}, text, input), input, show: now => {
      if (now !== "") input.value = now;
      value.textContent = now === "" ? "by itself" : now.replace("-", "−");
      input.setAttribute("aria-valuetext", value.textContent);
    }};
  }
  function draw(usual, now) {
    const shown = usual.filter(option => now.some(one => one.name === option.name)), names = JSON.stringify(shown);
    if (drawn !== names) {
      fields = Object.fromEntries(shown.map(option => [option.name, field(option)]));
      node.replaceChildren(...Object.values(fields).map(f => f.node),
                           ...shown.length ? [button("Usual values", () => state.set({[key]: ""}))] : []);
      drawn = names;
    }
    for (const option of now) {
      const of = fields[option.name];
      of.show(option.value);
      of.input.disabled = Boolean(option.needs);
      of.node.title = option.help + (option.needs ? ` (needs ${option.needs})` : "");
    }
  }
  return {node, draw};
}
