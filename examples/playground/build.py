"""Puts the page and the engine into one file: build.py PAGE_FOLDER ENGINE.js OUT.html.

ENGINE.wasm is beside ENGINE.js. In page.html, style sheets and scripts that it names take the place of their names; the
script `wasm` gets the module, gzipped and in base64.
"""

import base64
import gzip
import pathlib
import re
import sys


def page(folder, engine):
    wasm = engine.with_suffix(".wasm").read_bytes()
    packed = base64.b64encode(gzip.compress(wasm, 9, mtime=0)).decode()

    def read(name):
        text = (engine if name == "engine.js" else folder / name).read_text()
        if "</script" in text or "</style" in text:
            sys.exit(f"build.py: {name} would end its own element: it holds </script or </style")
        return text

    def replaced(pattern, replacement, text):
        text, count = re.subn(pattern, replacement, text)
        if not count:
            sys.exit(f"build.py: page.html has no {pattern}")
        return text

    html = (folder / "page.html").read_text()
    html = replaced(r'<link rel="stylesheet" href="(.*?)">', lambda m: f"<style>\n{read(m[1])}</style>", html)
    html = replaced(r'<script src="(.*?)"></script>', lambda m: f"<script>\n{read(m[1])}</script>", html)
    html = replaced(r'(<script [^>]*id="wasm">)(?=</script>)', lambda m: m[1] + packed, html)
    return html, len(wasm), len(packed)


def main():
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    folder, engine, out = map(pathlib.Path, sys.argv[1:])
    html, wasm, packed = page(folder, engine)
    out.write_text(html)
    print(f"{out}: {len(html.encode()) / 1e6:.2f} MB; its engine is {wasm / 1e6:.2f} MB, gzipped {packed * 3 / 4e3:.0f} kB")


main()
