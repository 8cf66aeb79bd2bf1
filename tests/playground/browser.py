"""Drives the playground in a browser without a window, as a reader would, and looks at what it shows.

    browser.py PLAYGROUND.html PLAYGROUND_VALUES [--pictures FOLDER]

Everything that the page asked of its engine is asked of the native library too (the program playground_values): the numbers
must be the same to 1e-6. With --pictures each part is saved as PNG, 390 and 1280 pixels wide, light and dark. Exit status 77:
there is no browser, or no such page."""
import argparse
import json
import math
import pathlib
import subprocess
import sys

from devtools import Browser, find_browser

# Writes down what the page asks of the engine, and what it gets.
RECORDER = """
  let engine;
  globalThis.asked = [];
  Object.defineProperty(globalThis, "nce", {get: () => engine, set: made => {
    const call = made.call.bind(made);
    made.call = request => {
      const text = JSON.stringify(request), answer = call(request);
      asked.push([text, JSON.stringify(answer)]);
      return answer;
    };
    engine = made;
  }});"""
PARTS = ["circle", "collapse", "transition", "plane", "train"]


class Reader(Browser):
    """Somebody at the page."""

    def __init__(self, program, address):
        super().__init__(program)
        self.address, self.asked = address, []
        self.send("Page.addScriptToEvaluateOnNewDocument", source=RECORDER)

    def go(self, to):
        """Opens an address anew, as a link that was pasted."""
        self.keep()
        self.open("about:blank")
        self.until("location.href === 'about:blank'")
        self.open(self.address + to)
        self.until("globalThis.nce && document.querySelector('.saw')", 60)

    def keep(self):
        self.asked += json.loads(self.run("JSON.stringify(globalThis.asked ? asked.splice(0) : [])"))

    def number(self, name, index=0):
        """A big number of the page."""
        text = self.run(f"document.querySelectorAll('[data-number={name}]')[{index}].textContent")
        return float(text.replace("−", "-"))

    def answer(self, part):
        """What the engine last said to a part."""
        return json.loads(self.run(
            f"asked.findLast(([text]) => {{ const q = JSON.parse(text); return q.do === '{part}' && !q.arrange; }})[1]"))

    def hash(self):
        """The address' last part, once it stands."""
        self.run("new Promise(done => setTimeout(done, 400))")
        return self.run("location.hash")

    def box(self, selector):
        """The middle of a thing in the window."""
        return self.run(f"""(() => {{ const box = document.querySelector({json.dumps(selector)}).getBoundingClientRect();
                            return [box.x + box.width / 2, box.y + box.height / 2]; }})()""")

    def middle(self, selector):
        """The same, after it was brought into the window."""
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        return self.box(selector)

    def click(self, selector):
        x, y = self.middle(selector)
        self.mouse("mousePressed", x, y)
        self.mouse("mouseReleased", x, y)

    def press(self, text):
        """A button, by its text and by the keyboard."""
        self.run(f"[...document.querySelectorAll('button')].find(b => b.textContent.startsWith({json.dumps(text)})).focus()")
        self.key(" ")

    def keys(self, selector, key, times=1):
        self.run(f"document.querySelector({json.dumps(selector)}).focus()")
        for _ in range(times):
            self.key(key)


def near(a, b, within=1e-6):
    return math.isclose(a, b, rel_tol=min(within, 1e-3), abs_tol=within)


def shell(page):
    """From part to part and back; and an address that cannot be."""
    page.go("")
    title = lambda: page.run("document.querySelector('h1').textContent")
    first = title()
    page.keys("[name=temperature]", "ArrowRight", 3)  # its address is written as one leaves, too
    loss, names = page.number("loss"), page.run("[...document.querySelectorAll('nav a')].map(a => a.hash.slice(1))")
    assert names == [part for part in PARTS if part in names] and len(names) >= 3, names
    for name in names[1:]:
        page.click(f"nav a[href='#{name}']")
        page.until(f"location.hash === '#{name}' && document.querySelector('nav [aria-current]').hash === '#{name}'")
        assert title() != first and page.run("document.activeElement.id") == "part"
        assert page.run("document.querySelector('.error').hidden")
    for _ in names[1:]:
        page.run("history.back()")
    page.until("document.querySelector('nav [aria-current]').hash === '#circle'")
    assert title() == first and page.number("loss") == loss
    page.go("#circle?temperature=-1")
    error = "document.querySelector('.error').textContent"
    assert page.run(error) == "temperature: must be above 0, got -1"
    page.keys("[name=temperature]", "ArrowRight")
    assert page.run(error) == "" and page.number("loss") > 0
    page.go("#nothing?angles=1,x&chosen=1e999")
    assert title() == first
    # What a screen reader gets: every control has a name, every picture a text.
    for name in names:
        page.go("#" + name)
        nameless = page.run("""[...document.querySelectorAll('input, select, button, svg')].filter(node =>
            !node.closest('[aria-hidden], [role=slider]') && !node.getAttribute('aria-label') &&
            !node.labels?.[0]?.textContent.trim() && !(node.tagName === 'BUTTON' && node.textContent.trim()))
            .map(node => node.outerHTML.slice(0, 80))""")
        assert not nameless, nameless


def circle(page):
    page.go("#circle")
    before = page.number("loss")
    assert near(before, page.answer("circle")["loss"], 1e-4)
    assert near(page.number("log_n"), math.log(5), 1e-4)
    # By the mouse: the first point a quarter of a turn on.
    angles = page.answer("circle")["angles"]
    x, y = page.middle("[data-point='0']")
    across, down = page.box("main svg[role=group]")
    page.mouse("mousePressed", x, y)
    page.mouse("mouseMoved", across - (y - down), down + (x - across))
    page.mouse("mouseReleased", across - (y - down), down + (x - across))
    moved = page.answer("circle")
    assert abs(abs(math.remainder(moved["angles"][0] - angles[0], 360)) - 90) < 1, moved["angles"]
    assert moved["angles"][1:] == angles[1:]
    assert not near(moved["loss"], before, 1e-3) and near(page.number("loss"), moved["loss"], 1e-4)
    # By the keyboard.
    page.keys("[data-point='7']", "ArrowLeft", 3)
    assert near(math.remainder(page.answer("circle")["angles"][7] - angles[7], 360), 6)
    page.keys("[name=temperature]", "ArrowLeft", 4)
    assert page.answer("circle")["loss"] > moved["loss"] and "temperature=" in page.hash()
    # What the address says is what is shown; Back goes to what was before.
    shown, address = page.answer("circle"), page.hash()
    page.keys("[name=pairs]", "ArrowRight")
    assert len(page.answer("circle")["angles"]) == 12 and page.hash() != address
    page.run("history.back()")
    page.until("document.querySelectorAll('[data-point]').length === 10")
    assert near(page.answer("circle")["loss"], shown["loss"])
    page.go(address)
    assert near(page.answer("circle")["loss"], shown["loss"]) and page.hash() == address
    # Descent: alone it ends where partners are together.
    page.press("Play")
    page.until("nce && +document.querySelector('[data-number=loss]').textContent < 0.5", 60)
    page.press("Pause")
    page.press("All in one point")
    at = page.answer("circle")
    assert near(at["loss"], math.log(5)) and at["longest"] < 1e-9 and near(page.number("together"), math.log(5), 1e-4)
    for loss in page.run("[...document.querySelector('[name=loss]').options].map(o => o.value)"):
        page.go(f"#circle?loss={loss}")
        assert near(page.number("loss"), page.answer("circle")["loss"], 1e-4), loss
    # By a finger.
    page.size(390, 844, touch=True)
    page.go("#circle")
    x, y = page.middle("[data-point='2']")
    before = page.number("loss")
    page.touch("touchStart", (x, y))
    page.touch("touchMove", (x + 40, y + 40))
    page.touch("touchEnd")
    assert page.number("loss") != before and page.answer("circle")["angles"][2] != angles[2]
    page.size(1280, 900)


def collapse(page):
    page.go("#collapse")
    page.press("Step")
    page.press("Step")
    assert "steps=2" in page.hash()
    page.press("Play")
    page.until("+document.querySelector('[name=steps]').value > 20")
    page.press("Pause")
    address = page.hash()
    stepped = [page.number("loss", i) for i in range(3)]
    page.go(address)  # all steps at once
    assert [page.number("loss", i) for i in range(3)] == stepped
    page.go("#collapse?steps=200")
    info_nce, pull, vicreg = (page.number("others", i) for i in range(3))
    assert info_nce < 0.5 and pull > 0.999 and vicreg < 0.5, (info_nce, pull, vicreg)
    page.go("#collapse?steps=400&noise=10&lr=0.1")
    assert page.number("others", 1) > 0.99 and page.number("loss", 1) < -0.99
    page.go("#collapse?steps=10&noise=0")
    assert [page.number("others", i) for i in range(3)] == [1, 1, 1]
    page.keys("[name=states]", "ArrowRight", 2)
    page.press("Reset")
    assert "states=14" in page.hash() and "steps" not in page.hash()


def plane(page):
    page.go("#plane")
    assert near(page.number("drift"), 0.2, 1e-9)
    page.press("Onto the line")
    said = "document.querySelector('[data-text]').textContent"
    assert page.number("drift") == 0 and "reach" in page.run(said) and "gamma=0" in page.hash()
    at = page.answer("plane")  # free logits are at the target
    assert max(abs(a - b) for a, b in zip(at["free"]["read_outs"][-1], at["target"])) < 1e-6
    # A click at the middle of the plane: delta 1.25, gamma 0.25.
    x, y = page.middle("main svg[role=group] rect:nth-of-type(313)")  # of 25 x 25
    page.mouse("mousePressed", x, y)
    page.mouse("mouseReleased", x, y)
    assert "delta=1.25" in page.hash() and "gamma=0.25" in page.hash(), page.hash()
    page.key("ArrowDown")
    page.key("ArrowRight")
    assert "delta=1.3" in page.hash() and "gamma=0.2" in page.hash() and near(page.number("drift"), 0.1, 1e-9)
    page.keys("[name=delta]", "ArrowLeft", 30)
    assert near(page.number("drift"), -0.2, 1e-9) and "drift down" in page.run(said)
    page.press("Reset")
    page.press("Step")
    assert near(page.number("height"), -0.2 * 0.3, 0.01)
    address, height = page.hash(), page.number("cosine")
    page.go(address)
    assert page.number("cosine") == height


def transition(page):
    page.go("#transition")
    off = page.number("deviation")
    assert off > 0.1  # the logits of independent states
    page.press("Step")
    assert page.number("deviation") < off and "step=1" in page.hash()
    page.press("Play")
    page.until("+document.querySelector('[data-number=deviation]').textContent.replace('−', '-') < 1e-6", 30)
    for loss in page.run("[...document.querySelector('[name=loss]').options].map(o => o.value)"):
        page.go(f"#transition?loss={loss}&step=99")
        at = page.answer("transition")
        if at["outcome"].startswith("reaches"):
            assert page.number("deviation") < 1e-6, loss
        else:
            assert at["text"] == page.run("document.querySelector('[data-text]').textContent"), loss
    page.go("#transition?loss=sc_info_nce&loss_options=delta:1.5;gamma:0.2&step=99")
    assert page.answer("transition")["outcome"] == "drifts_up" and page.number("deviation") < 1e-6
    page.keys("[name='loss_options.delta']", "ArrowLeft")
    assert "delta:1.5;" not in page.hash()
    page.keys("[name=loss]", "ArrowDown")  # the next loss has options of its own
    assert "loss=dcl" in page.hash() and "delta" not in page.hash()
    # A number of A: the rest of its row follows, and c1/c2 with it.
    page.go("#transition")
    before = page.answer("transition")["ratio"]
    page.keys("[name='A 0 0']", "ArrowUp")
    row = page.run("[0, 1, 2].map(j => +document.querySelector(`[name='A 0 ${j}']`).value)")
    assert near(row[0], 0.55) and near(sum(row), 1, 1e-3) and near(row[1] / row[2], 1.5, 1e-3), row
    after, address = page.answer("transition")["ratio"], page.hash()
    assert after[0][0] > before[0][0]
    page.go(address)
    assert page.answer("transition")["ratio"][0][0] == after[0][0]
    page.keys("[name=states]", "ArrowUp", 2)
    assert len(page.answer("transition")["pi"]) == 5


def train(page):
    page.go("#train")
    chance, raw = page.number("chance"), page.number("raw")
    assert near(chance, math.log(64), 1e-4) and page.number("knn") < raw
    page.press("Step")
    assert page.number("step") == 1
    page.press("Play")
    page.until("+document.querySelector('[data-number=step]').textContent >= 200", 300)
    rate = page.number("rate")
    page.press("Pause")
    assert page.number("loss") < 0.8 * chance and page.number("knn") > raw, (page.number("loss"), page.number("knn"), raw)
    print(f"{rate:g} steps a second")
    page.press("Reset")
    assert page.number("step") == 0
    # The address goes on to the same place; the same seed gives the same picture.
    small = "training=images:200;test_images:50;batch:32"
    seen = []
    for _ in range(2):
        page.go(f"#train?{small}&steps=20")
        page.until("document.querySelector('[data-number=step]').textContent === '20'", 60)
        seen.append((page.number("loss"), page.number("knn")))
    assert seen[0] == seen[1]
    page.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.keys("[name='training.seed']", "ArrowRight")
    assert page.number("step") == 0 and "seed" in page.hash()
    for loss in page.run("[...document.querySelector('[name=loss]').options].map(o => o.value)"):
        page.go(f"#train?loss={loss}&{small}&steps=2")
        page.until("document.querySelector('[data-number=step]').textContent === '2'", 60)
    for view in page.run("[...document.querySelectorAll('[name^=\"view.\"]')].map(o => o.name.slice(5))"):
        page.go(f"#train?views={view}&views_options=&{small}")
        assert page.run("document.querySelector('.error:not([hidden])') === null"), view


def same(there, here, within):
    """Whether two answers are the same, number by number."""
    if isinstance(here, dict):
        return isinstance(there, dict) and there.keys() == here.keys() and all(same(there[k], here[k], within) for k in here)
    if isinstance(here, list):
        return isinstance(there, list) and len(there) == len(here) and all(same(a, b, within) for a, b in zip(there, here))
    if isinstance(here, (int, float)) and isinstance(there, (int, float)) and not isinstance(here, bool):
        return near(there, here, within)
    return there == here


def comparable(asked):
    """A training is in f32. Its rounding differs, and grows from step to step: of each one, what is up to its first step counts."""
    first = False
    for request, answer in asked:
        part = json.loads(request)["do"]
        first = first or part == "train_start"
        if first or not part.startswith("train_"):
            yield request, answer
        first = first and part != "train_step"


def compare(asked, program):
    """What the page got, beside what the native library says. Pixels of views are bytes: they may differ by 1."""
    asked = list(comparable(asked))
    native = subprocess.run([program], input="".join(q + "\n" for q, _ in asked), stdout=subprocess.PIPE, text=True, check=True)
    answers = native.stdout.splitlines()
    assert len(answers) == len(asked) > 0
    for (request, there), here in zip(asked, answers):
        within = {"train_views": 1, "train_look": 1e-4}.get(json.loads(request)["do"], 1e-6)
        assert same(json.loads(there), json.loads(here), within), f"{request}\npage:   {there[:2000]}\nnative: {here[:2000]}"
    print(f"{len(asked)} answers of the page are those of the native library to 1e-6")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("values")
    parser.add_argument("--pictures", type=pathlib.Path)
    options = parser.parse_args()
    browser = find_browser()
    if not browser or not options.page.is_file():
        print("skipped: no browser" if not browser else f"skipped: no {options.page}; bash examples/playground.sh builds it")
        return 77
    address = options.page.resolve().as_uri()
    page = Reader(browser, address)
    try:
        page.size(1280, 900)
        for check in (shell, circle, collapse, transition, plane, train):
            check(page)
            assert not page.errors, page.errors
            print(f"{check.__name__}: as it must be")
        page.keep()
        outside = [r for r in page.requests if r.split("#")[0] != address and r != "about:blank"]
        assert not outside, outside
        compare(page.asked, options.values)
        for part in PARTS if options.pictures else []:
            for width in (390, 1280):
                for dark in (False, True):
                    page.size(width, 900, dark, width < 500)
                    page.go("#" + part)
                    assert page.run("document.documentElement.scrollWidth") <= width, f"{part} is wider than {width} pixels"
                    page.size(width, page.run("document.documentElement.scrollHeight"), dark, width < 500)
                    page.picture(options.pictures / f"{part}-{width}-{'dark' if dark else 'light'}.png")
    finally:
        page.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
