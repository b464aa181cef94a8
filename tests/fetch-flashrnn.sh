#!/usr/bin/env bash
# Unpacks the FlashRNN package from PyPI into target/flashrnn, whose tiling problem tests/constrint.rs then solves, and
# prints the folder as its last line. Its licence does not let us ship it. A second run finds the folder.
set -euo pipefail

pin=flashrnn==1.0.8

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/target/flashrnn

if [[ ! -d $target ]]; then
    temporary=$target.incomplete
    rm -rf "$temporary"
    mkdir -p "$root/target"
    # Without its dependencies and without running any of it: one file is read as text.
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --no-compile \
        --only-binary :all: --target "$temporary" "$pin" >&2
    mv "$temporary" "$target"
fi
echo "$target"
