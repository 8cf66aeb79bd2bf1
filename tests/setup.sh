#!/usr/bin/env bash
# Installs the system packages that the build needs and that are missing (Debian and its relatives): setup.sh [PACKAGE ...]
# also installs these.
set -euo pipefail
packages=(g++ cmake make libopenblas-dev libtbb-dev libfmt-dev libhwy-dev zlib1g-dev nlohmann-json3-dev libcli11-dev
          libstb-dev libexif-dev libtomlplusplus-dev libcurl4-openssl-dev libssl-dev doctest-dev "$@")

# Says why this script cannot install packages, and which to install by hand.
by_hand() {
  echo "setup.sh: $1; please install by hand (names are Debian's): $2" >&2
  exit 1
}

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null ||
  by_hand "there is no apt-get here" "${packages[*]}"
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || by_hand "not root, and there is no sudo" "${missing[*]}"
  as_root=(sudo)
fi
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq ||
  echo "setup.sh: apt-get update failed; trying with the package lists that are here" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ||
  by_hand "apt-get install failed" "${missing[*]}"
