#!/usr/bin/env bash
# Builds plot.min.js and LICENSE anew: the marks of Observable Plot that entry.js names, with the parts of d3 that they need. Needs
# npm and the network; the program does not.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp entry.js "$work"
npm install --silent --no-audit --no-fund --prefix "$work" @observablehq/plot@0.6.17 d3@7.9.0 esbuild@0.21.5
(cd "$work" && node_modules/.bin/esbuild entry.js --bundle --minify --format=iife --global-name=Plot --legal-comments=none \
  --outfile=plot.min.js --metafile=meta.json --log-level=warning)
cp "$work/plot.min.js" plot.min.js
python3 - "$work" >LICENSE <<'EOF'
import json, pathlib, re, sys
work = pathlib.Path(sys.argv[1])
paths = json.loads((work / "meta.json").read_text())["inputs"]
names = sorted({re.search(r"node_modules/((?:@[^/]+/)?[^/]+)/", p).group(1) for p in paths if "node_modules/" in p})
print("plot.min.js holds parts of these packages, each under its licence.\n")
for name in names:
    folder = work / "node_modules" / name
    version = json.loads((folder / "package.json").read_text())["version"]
    text = next((f.read_text().strip() for f in sorted(folder.iterdir()) if f.name.lower().startswith("licen")), None)
    print(f"---- {name} {version}\n\n{text}\n")
EOF
