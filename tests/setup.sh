#!/usr/bin/env bash
# Installs the system packages that nce is built with, where they are missing (Debian and its relatives).
set -euo pipefail
packages=(g++ cmake make libopenblas-dev libtbb-dev libfmt-dev libhwy-dev zlib1g-dev nlohmann-json3-dev libcli11-dev
          libstb-dev doctest-dev)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  as_root=()
  [ "$(id -u)" -eq 0 ] || as_root=(sudo)
  echo "installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi
