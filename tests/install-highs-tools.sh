#!/usr/bin/env bash
# Installs from PyPI what the feature `highs` needs beside a C++ compiler, cmake and libclang, into target/highs-tools, and
# prints the settings for a shell: `eval "$(bash tests/install-highs-tools.sh)"`. About 150 MB. A second run finds the
# stamp and returns at once.
set -euo pipefail

pins=(cmake==4.4.5 libclang==18.1.1)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/target/highs-tools

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
# libclang from PyPI comes without the compiler's own headers; those of the C compiler will do.
cat <<SETTINGS
export PATH=$target/cmake/data/bin:\$PATH
export LIBCLANG_PATH=$target/clang/native
export BINDGEN_EXTRA_CLANG_ARGS=-I$(cc -print-file-name=include)
SETTINGS
