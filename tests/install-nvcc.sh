#!/usr/bin/env bash
# Installs the CUDA compiler from PyPI into target/cuda and prints the path of nvcc as its last line.
#
# No driver, GPU or system-wide CUDA is needed, only python3 with pip. About 370 MB. A second run finds the stamp and
# returns at once; an interrupted run leaves only a temporary folder, which the next run removes.
set -euo pipefail

# Kernels keep to what CUDA 13.0 understands; the pins only make the tests repeatable.
pins=(
    nvidia-cuda-nvcc==13.5.37
    nvidia-cuda-crt==13.5.37
    nvidia-cuda-runtime==13.5.37
    nvidia-cuda-cccl==13.3.5.0.6
    nvidia-nvvm==13.5.37
    nvidia-cuda-nvdisasm==13.5.37
)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
target=$root/target/cuda
nvcc=$target/nvidia/cu13/bin/nvcc

is_installed() {
    [[ -x $nvcc && "$(cat "$target/pins" 2>/dev/null)" == "${pins[*]}" ]]
}

# `pip install --target` instead of a virtual environment: a virtual environment writes its own path into its scripts
# and could not be renamed.
install() {
    local temporary=$target.incomplete
    rm -rf "$temporary"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
        --target "$temporary" "${pins[@]}"
    chmod -R u+x "$temporary"/nvidia/cu13/bin "$temporary"/nvidia/cu13/nvvm/bin
    "$temporary/nvidia/cu13/bin/nvcc" --version
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
echo "$nvcc"
