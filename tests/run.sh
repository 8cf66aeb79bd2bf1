#!/usr/bin/env bash
# Sets up, builds and runs every test: the one command for a fresh clone.
set -euo pipefail
cd "$(dirname "$0")/.."
bash tests/setup.sh
cmake --preset release -DNCE_BUILD_TESTS=ON
cmake --build build --parallel "$(nproc)"
ctest --test-dir build --no-tests=error --output-on-failure --parallel "$(nproc)"
