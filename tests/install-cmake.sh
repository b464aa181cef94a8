#!/usr/bin/env bash
# Installs cmake from PyPI into target/cmake and prints the folder of its commands, ctest among them, as its last line. About 90
# MB. A second run finds the stamp and returns at once.
set -euo pipefail

pins=(cmake==4.4.5)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/target/cmake

if [[ ! -f $target/pins || "$(cat "$target/pins")" != "${pins[*]}" ]]; then
    temporary=$target.incomplete
    rm -rf "$temporary"
    mkdir -p "$root/target"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --no-compile \
        --target "$temporary" "${pins[@]}" >&2
    echo "${pins[*]}" >"$temporary/pins"
    rm -rf "$target"
    mv "$temporary" "$target"
fi
echo "$target/cmake/data/bin"
