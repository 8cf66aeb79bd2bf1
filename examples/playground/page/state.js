// The state of the page stands in its address: #part?key=value&..., with what differs from the part's defaults. So a copied
// link gives the same picture, and Back goes to the picture before.
"use strict";
const parts = [];
/// A part of the page registers itself: {name, title, question, saw, lesson, defaults, mount(element, state, engine)}. `mount` puts
/// its controls and figures in the element, and draws where the state tells it to (`state.onChange`), which it does at first, too.
/// It may give {stop}, which is called when the reader leaves.
const part = it => parts.push(it);

const asText = value =>
  typeof value === "boolean" ? (value ? "1" : "0")
  : Array.isArray(value) ? value.map(asText).join(",")
  : typeof value === "number" ? String(+value.toPrecision(10)) : value;

// A text as a value of the default's type. The default, where it is no such value.
function asValue(text, usual) {
  if (typeof usual === "boolean") return text === "1";
  if (typeof usual === "number") return text !== "" && isFinite(text) ? +text : usual;
  if (!Array.isArray(usual)) return text;
  const numbers = text === "" ? [] : text.split(",");
  return numbers.every(n => n !== "" && isFinite(n)) ? numbers.map(Number) : usual;
}

// {part, values} of an address; the first part, where it names none.
function read(hash) {
  const [name, query = ""] = hash.replace(/^#/, "").split("?");
  const of = parts.find(p => p.name === name) || parts[0], values = structuredClone(of.defaults);
  for (const [key, text] of new URLSearchParams(query))
    if (Object.hasOwn(values, key)) values[key] = asValue(text, values[key]);
  return {part: of, values};
}

class State {
  /// `fault` shows a text, or nothing where it is empty.
  constructor(of, values, fault) {
    this.part = of;
    this.fault = fault;
    this.values = values;
    this.listeners = [];
  }
  onChange(listener) { this.listeners.push(listener); }
  /// What goes wrong is shown, until something else is set.
  attempt(work) {
    try {
      work();
      this.fault("");
    } catch (error) {
      this.fault(error.message);
    }
  }
  tell() { this.attempt(() => { for (const listener of this.listeners) listener(this.values); }); }
  /// Changes values, and writes the address when all has been quiet for a while: one entry of the history.
  set(changes) {
    Object.assign(this.values, changes);
    this.tell();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.write(), 300);
  }
  address() {
    const query = Object.keys(this.values)
      .filter(key => asText(this.values[key]) !== asText(this.part.defaults[key]))
      .map(key => `${key}=${encodeURIComponent(asText(this.values[key])).replace(/%(2C|3A|3B)/g, decodeURIComponent)}`).join("&");
    return "#" + this.part.name + (query && "?" + query);
  }
  write() {
    clearTimeout(this.timer);
    if (this.address() !== location.hash) history.pushState(null, "", this.address());
  }
  /// What another address says of this part.
  load(values) {
    clearTimeout(this.timer);
    this.values = values;
    this.tell();
  }
  leave() {
    clearTimeout(this.timer);
    this.listeners = [];
  }
}
