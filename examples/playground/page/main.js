// Starts the engine, and shows the part that the address names.
"use strict";

/// The engine: the library, compiled to WebAssembly. `call` asks it and gives the answer; an error of the library is thrown.
async function loadEngine() {
  const packed = Uint8Array.from(atob(document.getElementById("wasm").textContent.trim()), c => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const wasmBinary = await new Response(stream).arrayBuffer();
  const module = await makeEngine({wasmBinary});
  return {call(request) {
    const answer = JSON.parse(module.ccall("nce_call", "string", ["string"], [JSON.stringify(request)]));
    if (answer.error) throw new Error(answer.error);
    return answer;
  }};
}

let shown = null;  // {state, stop}

function openPart(engine, fresh) {
  const to = read(location.hash);
  if (shown && shown.state.part === to.part) return shown.state.load(to.values);
  if (shown) shown.stop(), shown.state.leave();
  const fault = el("p", {class: "error", role: "alert", hidden: ""}), body = el("div");
  const state = new State(to.part, to.values, text => { fault.textContent = text, fault.hidden = !text; });
  const at = parts.indexOf(to.part), link = (p, text) => el("a", {href: "#" + p.name}, text);
  document.title = `${to.part.title} · nce playground`;
  document.getElementById("parts").replaceChildren(...parts.map(p => {
    const a = link(p, p.title);
    if (p === to.part) a.setAttribute("aria-current", "page");
    return a;
  }));
  const main = document.getElementById("part");
  main.replaceChildren(
    el("h1", {}, to.part.question), fault, body,
    el("section", {class: "saw"}, el("h2", {}, "What you saw"), ...[to.part.saw].flat().map(text => el("p", {}, text)),
       el("p", {class: "quiet"}, `In words: examples/lessons/${to.part.lesson}`)),
    el("div", {class: "next"}, at ? link(parts[at - 1], "← " + parts[at - 1].title) : el("span"),
       at + 1 < parts.length ? link(parts[at + 1], parts[at + 1].title + " →") : el("span")));
  let mounted;
  state.attempt(() => { mounted = to.part.mount(body, state, engine); });
  if (!fault.textContent) state.tell();
  shown = {state, stop: () => mounted?.stop?.()};
  if (!fresh) main.focus(), scrollTo(0, 0);
}

(async () => {
  try {
    const engine = globalThis.nce = await loadEngine();  // for the console, too: nce.call({do: "describe"})
    openPart(engine, true);
    addEventListener("popstate", () => openPart(engine));
    addEventListener("click", event => event.target.closest('a[href^="#"]') && shown?.state.write(), true);
    document.getElementById("about").textContent =
      "Every number on this page comes from the library nce itself, compiled to WebAssembly. Nothing is sent anywhere. " +
      "The address holds all that you set: copy it to show somebody the same picture.";
  } catch (error) {
    document.getElementById("part").replaceChildren(
      el("p", {class: "error", role: "alert"}, "The engine did not start: " + error.message));
  }
})();
