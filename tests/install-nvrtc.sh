#!/usr/bin/env bash
# Installs NVRTC, NVIDIA's compiler as a library, from PyPI into target/nvrtc and prints the path of the library as its last line.
#
# No driver or GPU is needed, only python3 with pip. About 220 MB on disk. A second run finds the stamp and returns at once; an
# interrupted run leaves only a temporary folder, which the next run removes.
set -euo pipefail

# As the compiler of tests/install-nvcc.sh.
pins=(nvidia-cuda-nvrtc==13.5.37)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/target/nvrtc
library=$target/nvidia/cu13/lib/libnvrtc.so.13

is_installed() {
    [[ -f $library && "$(cat "$target/pins" 2>/dev/null)" == "${pins[*]}" ]]
}

install() {
    local temporary=$target.incomplete
    rm -rf "$temporary"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
        --target "$temporary" "${pins[@]}"
    echo "${pins[*]}" >"$temporary/pins"
    rm -rf "$target"
    mv "$temporary" "$target"
}

if ! is_installed; then
    mkdir -p "$root/target"
    # One installation at a time: a second caller waits here, then finds the stamp.
    exec 9>"$target.lock"
    if command -v flock >/dev/null; then
        flock 9
    fi
    is_installed || install >&2
fi
echo "$library"
