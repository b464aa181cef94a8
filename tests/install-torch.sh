#!/usr/bin/env bash
# Installs PyTorch from PyPI into a virtual environment at target/torch and prints the path of its python as the last line.
#
# A test of the backward pass of recurrent layers (src/kernel/recurrent/reference/backward/tests/torch.rs) holds it against
# PyTorch's automatic differentiation. It runs on the CPU: no GPU or driver is needed, only python3 with pip and venv. PyPI's
# wheel for Linux brings CUDA's libraries with it, and needs them to start: about 5.3 GB on disk. PIP_INDEX_URL names another
# index than PyPI, such as one with wheels for the CPU alone. A second run finds the stamp and returns at once; an interrupted
# run leaves no stamp, and the next one starts again.
set -euo pipefail

# The pin only makes the test repeatable: any version will do.
pins=(torch==2.15.0)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/target/torch
python=$target/bin/python3

is_installed() {
    [[ -x $python && "$(cat "$target/pins" 2>/dev/null)" == "${pins[*]}" ]]
}

install() {
    rm -rf "$target"
    python3 -m venv "$target"
    "$python" -m pip install --quiet --disable-pip-version-check --no-cache-dir "${pins[@]}"
    "$python" -c 'import torch; print("torch", torch.__version__)'
    echo "${pins[*]}" >"$target/pins"
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
echo "$python"
