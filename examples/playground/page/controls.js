// Controls of a part: each is a real input or button, and stands for one value of the state.
"use strict";
const controls = (...children) => el("div", {class: "controls"}, ...children);

/// A slider for a number. `log`: equal distances are equal factors. `text`: how the value is shown.
function slider(state, key, {label, min, max, step = 1, log = false, text = x => show(x, step < 0.1 ? 2 : step < 1 ? 1 : 0)}) {
  const to = log ? Math.log10 : x => x, from = log ? x => +(10 ** x).toPrecision(2) : x => +x;
  const inside = x => Math.min(max, Math.max(min, x));
  const value = el("b"), input = el("input", {type: "range", name: key, min: to(min), max: to(max), step: log ? "any" : step});
  if (log) input.addEventListener("keydown", event => {  // "any" has steps of its own, too small or too large ones
    const by = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1}[event.key];
    if (!by) return;
    event.preventDefault();
    state.set({[key]: inside(from(to(inside(state.values[key])) + by * 0.05))});
  });
  input.addEventListener("input", () => state.set({[key]: from(input.value)}));
  const draw = () => {
    input.value = to(inside(state.values[key]));
    value.textContent = text(state.values[key]);
    input.setAttribute("aria-valuetext", value.textContent);
  };
  state.onChange(draw), draw();
  return el("label", {}, el("span", {}, label + " ", value), input);
}

/// One of several: options are names, or [value, text].
function choice(state, key, {label, options}) {
  const select = el("select", {name: key, onchange: () =>
    state.set({[key]: typeof state.values[key] === "number" ? +select.value : select.value})},
    ...options.map(o => [o].flat()).map(([value, text = value]) => el("option", {value}, text)));
  const draw = () => { select.value = state.values[key]; };
  state.onChange(draw), draw();
  return el("label", {}, label, select);
}

function toggle(state, key, label) {
  const input = el("input", {type: "checkbox", name: key, onchange: () => state.set({[key]: input.checked})});
  const draw = () => { input.checked = state.values[key]; };
  state.onChange(draw), draw();
  return el("label", {class: "flag"}, input, label);
}

const button = (text, click, attributes = {}) => el("button", {type: "button", onclick: click, ...attributes}, text);

/// Play, pause, step and reset. `step(playing)` does some work, and gives false where it is at its end. It is called once a frame.
/// `speed`: shows the calls a second, times `each` steps a call. `every`: milliseconds between calls, at least. Gives {node, stop, rate}.
function player({step, reset, each = 1, speed = true, every = 0}) {
  let playing = false, last = 0, frames = 0, since = 0, called = 0;
  const rate = el("span", {class: "quiet"}), play = button("Play", () => playing ? stop() : start(), {class: "main"});
  function once() {
    try {
      return step(playing) !== false;
    } catch (error) {
      rate.textContent = error.message;
      return false;
    }
  }
  function frame(now) {
    if (!playing) return;
    if (now - called < every) return last = requestAnimationFrame(frame);
    called = now;
    if (!once()) return stop();
    if (++frames && now - since > 500) {
      if (speed) rate.textContent = `${Math.round(frames * each * 1000 / (now - since))} steps a second`;
      frames = 0, since = now;
    }
    last = requestAnimationFrame(frame);
  }
  function start() {
    playing = true, frames = 0, since = performance.now();
    play.textContent = "Pause";
    last = requestAnimationFrame(frame);
  }
  function stop() {
    playing = false;
    cancelAnimationFrame(last);
    play.textContent = "Play";
  }
  const node = el("div", {class: "buttons"}, play, button("Step", () => { stop(), once(); }),
                  ...reset ? [button("Reset", () => { stop(), reset(); })] : [], rate);
  return {node, stop, start};
}

/// The losses that a part can show, of two views and without labels: {names, hasTemperature(name), make(name, temperature, options)}.
/// `make` gives a request's loss.
function lossesOfTwoViews(engine) {
  const names = engine.call({do: "describe"}).losses.filter(l => l.needs !== "labels" && l.views <= 2).map(l => l.name);
  const optionsOf = name => engine.call({do: "options", of: "loss", name, settings: {}}).options;
  const having = names.filter(name => optionsOf(name).some(option => option.name === "temperature"));
  const hasTemperature = name => having.includes(name);
  return {names, hasTemperature,
          make: (name, temperature, options = {}) => ({name, options: hasTemperature(name) ? {...options, temperature} : options})};
}
