#!/usr/bin/env python3
"""How our matrix-product picks fare in NVIDIA's analytical model, without a GPU.

    python3 -m venv target/heuristics && target/heuristics/bin/pip install nvidia-matmul-heuristics==0.1.0.27
    cargo build --release -p constrint-cli
    target/heuristics/bin/python benches/matmul_heuristics.py [SHAPES [SEED]]

For each GPU and shape: the time that NVIDIA's model predicts for the configuration that `constrint solve` picks, over
the best time that it predicts for any configuration: its own suggestions, and every tile, split and swizzle that our
kernel offers. Prints the loss (that ratio less 1) as median, 90th percentile and worst for each GPU, and the worst picks.

Its model knows A in rows and B in columns; our B is in rows. It ignores stages and, mostly, block_k and warp tiles. On
GeForce boards it takes twice the datasheet's rate for bf16 with fp32 sums.
"""
import ctypes
import itertools
import json
import random
import statistics
import subprocess
import sys
from pathlib import Path

from nvMatmulHeuristics import (NvMatmulHeuristicsFlags, NvMatmulHeuristicsInterfaceEx, NvMatmulHeuristicsMatmulLayout,
                                NvMatmulHeuristicsNvidiaGpu, NvMatmulHeuristicsSiliconMetric, NvMatmulHeuristicsTarget)

ROOT = Path(__file__).resolve().parent.parent
BINARY = ROOT / "target/release/constrint"
# Our name of each GPU, its name there, and the shared memory that a block may have.
GPUS = {
    "A100 SXM4 80GB": ("A100_SXM_80GB", 166912),
    "RTX 3090": ("RTX_3090", 101376),
    "RTX 4090": ("RTX_4090", 101376),
    "L40S": ("L40S", 101376),
    "H100 SXM5 80GB": ("H100_SXM", 232448),
}
PRECISION = "TST"  # bf16 operands and result, fp32 sums


def shapes(count, seed):
    """Squares, the layers of common transformers, thin and odd ones, and random sizes."""
    listed = [(size, size, size) for size in (256, 512, 1024, 2048, 4096, 8192)]
    listed += [(m, n, k) for m in (16, 64, 128, 512, 2048) for n, k in ((4096, 4096), (11008, 4096), (4096, 11008))]
    listed += [(1000, 1000, 1000), (3000, 5000, 700), (512, 512, 16384), (16384, 512, 512), (8192, 1024, 8192)]
    chance = random.Random(seed)
    while len(listed) < count:
        listed.append(tuple(8 * round(2 ** chance.uniform(3, 10.5)) for _ in range(3)))
    return listed[:count]


class Model:
    """NVIDIA's model for one GPU."""

    def __init__(self, gpu):
        self.interface = NvMatmulHeuristicsInterfaceEx(
            backend=NvMatmulHeuristicsTarget.CUTLASS, flags=NvMatmulHeuristicsFlags.PERF_MODEL_BASED_AUTO_TUNING,
            gpu=NvMatmulHeuristicsNvidiaGpu[gpu])
        self.layout = NvMatmulHeuristicsMatmulLayout.TN_ROW_MAJOR
        self.backend = self.interface.createBackend(NvMatmulHeuristicsTarget.CUTLASS)

    def problem(self, shape):
        return self.interface.makeNvMatmulHeuristicsProblem(*shape, self.layout)

    def suggested(self, shape):
        """The best time among its own suggestions, in seconds. The first call also loads what `time` needs."""
        return min(entry["runtime"] for entry in self.interface.get(self.problem(shape), 8, precision=PRECISION))

    def time(self, shape, block, warp, stages, split_k, swizzle):
        """The time of one configuration, in seconds; 0 where it does not know it."""
        kernel = self.interface.nvmmhKernelConfiguration()
        for axis, instruction in enumerate((16, 8, 16)):
            kernel.cta[axis], kernel.warp[axis], kernel.instr[axis] = block[axis], warp[axis], instruction
        kernel.splitK, kernel.loadStages, kernel.gridSwizzle = split_k, stages, swizzle
        kernel.ctaOrder, kernel.cluster[0], kernel.cluster[1] = 0, 1, 1
        return self.interface.nvMatmulHeuristicsEstimateSiliconMetricEx(
            self.interface.handle, PRECISION.encode(), self.backend, ctypes.byref(self.problem(shape)),
            ctypes.byref(kernel), ctypes.c_int(NvMatmulHeuristicsSiliconMetric["RUNTIME_S"]),
            self.interface.hardware_descriptor)

    def best(self, shape, shared_memory):
        """The best time of all that it suggests and all that our kernel offers."""
        times = [self.suggested(shape)]
        sizes = (64, 128, 256)
        for m, n, split_k, swizzle in itertools.product(sizes, sizes, range(1, 17), (1, 2, 4, 8, 16)):
            if (m + n) * 32 * 2 * 2 <= shared_memory:
                times.append(self.time(shape, (m, n, 32), (64, 64, 32), 2, split_k, swizzle))
        return min(time for time in times if time > 0)


def pick(gpu, shape):
    problem = {"version": 1, "kernel": "matmul", "gpu": gpu, "shape": dict(zip("mnk", shape))}
    run = subprocess.run([BINARY, "solve", "-", "--json", "--quiet"], input=json.dumps(problem), capture_output=True,
                         text=True, check=True)
    return json.loads(run.stdout)["config"]


def main():
    count, seed = (int(text) for text in (sys.argv[1:] + ["60", "1"])[:2])
    everything, worst = [], []
    print(f"{count} shapes, seed {seed}\n\n| GPU | median | 90% | worst |\n| --- | --- | --- | --- |")
    for gpu, (name, shared_memory) in GPUS.items():
        model, losses = Model(name), []
        for shape in shapes(count, seed):
            best, c = model.best(shape, shared_memory), pick(gpu, shape)
            ours = model.time(shape, (c["block_m"], c["block_n"], c["block_k"]), (c["warp_m"], c["warp_n"], c["block_k"]),
                              c["stages"], c["split_k"], c["swizzle"])
            assert ours > 0, f"NVIDIA's model does not know {c}"
            losses.append(ours / best - 1)
            worst.append((ours / best - 1, gpu, shape, [c[key] for key in ("block_m", "block_n", "split_k", "swizzle")]))
        everything += losses
        print(row(gpu, losses))
    print(row("all", everything) + "\n\nworst picks (block_m, block_n, split_k, swizzle):\n")
    for loss, gpu, shape, config in sorted(worst, reverse=True)[:8]:
        print(f"- {loss:.0%} {gpu} {shape}: {config}")


def row(name, losses):
    ranked = sorted(losses)
    tenth = ranked[min(len(ranked) - 1, len(ranked) * 9 // 10)]
    return f"| {name} | {statistics.median(ranked):.1%} | {tenth:.1%} | {ranked[-1]:.1%} |"


if __name__ == "__main__":
    main()
