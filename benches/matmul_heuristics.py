#!/usr/bin/env python3
"""How our matrix-product model and its picks fare in NVIDIA's analytical model, without a GPU.

    python3 -m venv target/heuristics
    target/heuristics/bin/pip install nvidia-matmul-heuristics==0.1.0.27 scipy
    cargo build --release -p constrint-cli && cargo build --release --example predict
    target/heuristics/bin/python benches/matmul_heuristics.py picks [SHAPES [SEED]]
    target/heuristics/bin/python benches/matmul_heuristics.py random [CONFIGURATIONS [SEED]]

`picks`: for each GPU and shape, the time that NVIDIA's model predicts for the configuration that `constrint solve` picks,
over the best time that it predicts for any configuration that can run: its own suggestions, and every tile, split and
swizzle that our kernel offers. A tile of 256 by 256 is left out: its fp32 sums alone would fill all registers of an SM.
Prints the loss (that ratio less 1) as median, 90th percentile and worst for each GPU, and the worst picks.

`random`: configurations drawn at random that keep every limit. Prints the rank correlation (Kendall's tau) of the two
predicted times, over all and within each shape, and compares bytes from memory and the part of loads that hit L2.

Its model knows A in rows and B in columns; our B is in rows. It ignores stages and, mostly, block_k and warp tiles. On
GeForce boards it takes twice the datasheet's rate for bf16 with fp32 sums.

CONSTRINT_BUILD names the folder of the binaries where it is not target/release.
"""
import ctypes
import itertools
import json
import math
import os
import random
import statistics
import subprocess
import sys
from pathlib import Path

from nvMatmulHeuristics import (NvMatmulHeuristicsFlags, NvMatmulHeuristicsInterfaceEx, NvMatmulHeuristicsMatmulLayout,
                                NvMatmulHeuristicsNvidiaGpu, NvMatmulHeuristicsSiliconMetric, NvMatmulHeuristicsTarget)

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("CONSTRINT_BUILD", ROOT / "target/release"))
SUMS_OF_AN_SM = 65536  # registers of an SM, of which a kernel needs some for other things
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
        """The best time among its own suggestions that can run, in seconds. The first call also loads what `time` needs."""
        entries = self.interface.get(self.problem(shape), 8, precision=PRECISION)
        fits = [entry for entry in entries if entry["kernel"].cta_tile_m * entry["kernel"].cta_tile_n < SUMS_OF_AN_SM]
        return min((entry["runtime"] for entry in fits), default=math.inf)

    def kernel(self, config):
        """A configuration as it has it."""
        kernel = self.interface.nvmmhKernelConfiguration()
        block = [config["block_m"], config["block_n"], config["block_k"]]
        warp = [config["warp_m"], config["warp_n"], config["block_k"]]
        for axis, instruction in enumerate((16, 8, 16)):
            kernel.cta[axis], kernel.warp[axis], kernel.instr[axis] = block[axis], warp[axis], instruction
        kernel.splitK, kernel.loadStages, kernel.gridSwizzle = config["split_k"], config["stages"], config["swizzle"]
        kernel.ctaOrder, kernel.cluster[0], kernel.cluster[1] = 0, 1, 1
        return kernel

    def metric(self, name, shape, config):
        """What it says of a configuration; 0 for a time where it does not know it."""
        return self.interface.nvMatmulHeuristicsEstimateSiliconMetricEx(
            self.interface.handle, PRECISION.encode(), self.backend, ctypes.byref(self.problem(shape)),
            ctypes.byref(self.kernel(config)), ctypes.c_int(NvMatmulHeuristicsSiliconMetric[name]),
            self.interface.hardware_descriptor)

    def time(self, shape, config):
        """The time of one configuration, in seconds."""
        return self.metric("RUNTIME_S", shape, config)

    def best(self, shape, shared_memory):
        """The best time of all that it suggests and all that our kernel offers."""
        times = [self.suggested(shape)]
        sizes = (64, 128, 256)
        for m, n, split_k, swizzle in itertools.product(sizes, sizes, range(1, 17), (1, 2, 4, 8, 16)):
            if (m + n) * 32 * 2 * 2 <= shared_memory and m * n < SUMS_OF_AN_SM:
                config = {"block_m": m, "block_n": n, "block_k": 32, "warp_m": 64, "warp_n": 64, "stages": 2,
                          "split_k": split_k, "swizzle": swizzle}
                times.append(self.time(shape, config))
        return min(time for time in times if time > 0)


def pick(gpu, shape):
    problem = {"version": 1, "kernel": "matmul", "gpu": gpu, "shape": dict(zip("mnk", shape))}
    run = subprocess.run([BUILD / "constrint", "solve", "-", "--json", "--quiet"], input=json.dumps(problem), capture_output=True,
                         text=True, check=True)
    return json.loads(run.stdout)["config"]


def picks(count, seed):
    everything, worst = [], []
    print(f"{count} shapes, seed {seed}\n\n| GPU | median | 90% | worst |\n| --- | --- | --- | --- |")
    for gpu, (name, shared_memory) in GPUS.items():
        model, losses = Model(name), []
        for shape in shapes(count, seed):
            best, c = model.best(shape, shared_memory), pick(gpu, shape)
            ours = model.time(shape, c)
            assert ours > 0, f"NVIDIA's model does not know {c}"
            losses.append(ours / best - 1)
            worst.append((ours / best - 1, gpu, shape, [c[key] for key in ("block_m", "block_n", "split_k", "swizzle")]))
        everything += losses
        print(row(gpu, losses), flush=True)
    print(row("all", everything) + "\n\nworst picks (block_m, block_n, split_k, swizzle):\n")
    for loss, gpu, shape, config in sorted(worst, reverse=True)[:12]:
        print(f"- {loss:.0%} {gpu} {shape}: {config}")


def row(name, losses):
    ranked = sorted(losses)
    tenth = ranked[min(len(ranked) - 1, len(ranked) * 9 // 10)]
    return f"| {name} | {statistics.median(ranked):.1%} | {tenth:.1%} | {ranked[-1]:.1%} |"


def drawn(chance):
    """A configuration that keeps the simplest limits; `predict` refuses the others."""
    while True:
        c = {name: chance.choice(values) for name, values in {
            "block_m": (64, 128, 256), "block_n": (64, 128, 256), "block_k": (32, 64), "warp_m": (32, 64, 128),
            "warp_n": (32, 64, 128), "stages": (2, 3, 4, 5), "split_k": (1, 1, 1, 2, 4, 8), "swizzle": (1, 2, 4, 8),
            "padding_a": (8,), "padding_b": (8,), "fragment_buffers": (1, 2), "blocks_per_sm": (1, 1, 2, 3)}.items()}
        warps = c["block_m"] // c["warp_m"] * (c["block_n"] // c["warp_n"])
        if 1 <= warps <= 32 and c["warp_m"] * c["warp_n"] <= 8192:
            return c


class Predictor:
    """Our own model, by the example `predict`."""

    def __init__(self):
        self.process = subprocess.Popen([BUILD / "examples/predict"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def ask(self, gpu, shape, config):
        problem = {"version": 1, "kernel": "matmul", "gpu": gpu, "shape": dict(zip("mnk", shape)), "config": config}
        self.process.stdin.write(json.dumps(problem) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def compared(model, predictor, gpu, shape, chance):
    """Both models' answers for one random configuration."""
    while True:
        config = drawn(chance)
        ours, theirs = predictor.ask(gpu, shape, config), model.time(shape, config)
        if "time_ps" in ours and theirs > 0:
            bytes_, l2 = (model.metric(name, shape, config) for name in ("GMEM_LOAD_BYTES", "L2_LOAD_BYTES"))
            return {"gpu": gpu, "shape": shape, "split_k": config["split_k"], "ours": ours["time_ps"] / 1e12,
                    "theirs": theirs, "our_bytes": ours["quantities"]["memory_bytes"], "their_bytes": bytes_,
                    "our_hits": hits(shape, config, ours["quantities"]["memory_bytes"]),
                    "their_hits": model.metric("L2_HIT_RATE", shape, config)}


def hits(shape, config, memory_bytes):
    """The part of what all blocks load that does not come from memory."""
    m, n, k = shape
    tiles = math.ceil(m / config["block_m"]) * math.ceil(n / config["block_n"])
    loaded = 2 * k * tiles * (config["block_m"] + config["block_n"])
    return max(0.0, 1 - memory_bytes / loaded)


def random_configurations(count, seed):
    chance, predictor, rows, a_shape = random.Random(seed), Predictor(), [], 8
    listed = shapes(200, 1)
    for gpu, (name, _) in GPUS.items():
        model = Model(name)
        model.suggested((256, 256, 256))
        for _ in range(count // len(GPUS) // a_shape):
            shape = chance.choice(listed)
            rows += [compared(model, predictor, gpu, shape, chance) for _ in range(a_shape)]
    print(f"{len(rows)} random configurations, {a_shape} of each shape, seed {seed}\n")
    print("| GPU | tau | within a shape | ours / theirs: 10%, median, 90% | bytes: median | tau of bytes | of hit rates |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for gpu in [*GPUS, "all"]:
        print(agreement(gpu, [row for row in rows if gpu in ("all", row["gpu"])]), flush=True)


def agreement(name, rows):
    from scipy.stats import kendalltau

    def tau(rows, ours, theirs):
        return kendalltau([row[ours] for row in rows], [row[theirs] for row in rows])[0]

    by_shape = {}
    for row in rows:
        by_shape.setdefault((row["gpu"], row["shape"]), []).append(row)
    within = [tau(group, "ours", "theirs") for group in by_shape.values()]
    ratios = sorted(row["ours"] / row["theirs"] for row in rows)
    low, high = ratios[len(ratios) // 10], ratios[len(ratios) * 9 // 10]
    # With slices of K its bytes hold the partial sums, which ours count as stores.
    whole = [row for row in rows if row["split_k"] == 1]
    bytes_ = statistics.median(row["our_bytes"] / row["their_bytes"] for row in whole)
    return (f"| {name} | {tau(rows, 'ours', 'theirs'):.3f} | {statistics.mean(within):.3f} "
            f"| {low:.2f}, {statistics.median(ratios):.2f}, {high:.2f} | {bytes_:.2f} "
            f"| {tau(whole, 'our_bytes', 'their_bytes'):.3f} | {tau(whole, 'our_hits', 'their_hits'):.3f} |")


def main():
    mode, *rest = sys.argv[1:] or ["picks"]
    modes = {"picks": (picks, 60), "random": (random_configurations, 2000)}
    if mode not in modes:
        sys.exit(f"{mode} is none of: {', '.join(modes)}")
    function, usual = modes[mode]
    function(int(rest[0]) if rest else usual, int(rest[1]) if len(rest) > 1 else 1)


if __name__ == "__main__":
    main()
