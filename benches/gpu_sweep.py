#!/usr/bin/env python3
"""Predicted against measured times of the matrix product on the local GPU, as one command.

    cargo build --release -p constrint-cli && cargo build --release --example predict
    python3 benches/gpu_sweep.py --gpu "H100 SXM5 80GB" [--shapes 12] [--configurations 40] [--seed 1] [--out FILE.csv]

For each shape it compiles and runs the configuration that `constrint solve` picks and others drawn at random among those
that keep every limit. The kernel's example program runs each, compares the result with a plain product and times it.
Prints for each shape the rank correlation (Kendall's tau) of prediction and measurement, and the loss of the pick against
the best measured; --out keeps every measurement. A result that is wrong ends the sweep.

Needs nvcc and a GPU, no Python packages. CONSTRINT_BUILD names the folder of the binaries where it is not target/release.
"""
import argparse
import csv
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("CONSTRINT_BUILD", ROOT / "target/release"))
LISTED = [(4096, 4096, 4096), (8192, 8192, 8192), (2048, 2048, 2048), (128, 11008, 4096), (64, 4096, 11008),
          (512, 512, 16384), (16384, 512, 512), (1000, 3000, 700), (8192, 1024, 8192), (1024, 1024, 1024),
          (256, 256, 256), (3000, 5000, 712)]
CHOICES = {"block_m": (64, 128, 256), "block_n": (64, 128, 256), "block_k": (32, 64), "warp_m": (32, 64, 128),
           "warp_n": (32, 64, 128), "stages": (2, 3, 4, 5, 6), "split_k": (1, 1, 1, 2, 4, 8), "swizzle": (1, 2, 4, 8),
           "padding_a": (8,), "padding_b": (8,), "fragment_buffers": (1, 2), "blocks_per_sm": (1, 1, 2, 3)}
TIMED = re.compile(r": ([0-9.]+) ms,")


def run(arguments, **options):
    """Standard output of a command; its words where it fails."""
    ran = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, **options)
    if ran.returncode != 0:
        sys.exit(f"{arguments[0]} failed:\n{ran.stdout}{ran.stderr}")
    return ran.stdout


def nvcc():
    named = os.environ.get("CONSTRINT_NVCC") or shutil.which("nvcc")
    installed = ROOT / "target/cuda/nvidia/cu13/bin/nvcc"
    if not named and not installed.is_file():
        sys.exit("no nvcc: put it on the path, set CONSTRINT_NVCC, or run tests/install-nvcc.sh")
    return named or installed


class Sweep:
    def __init__(self, gpu, folder):
        self.gpu, self.folder, self.compiler = gpu, Path(folder), nvcc()
        run([BUILD / "constrint", "kernels", "matmul", "--out", self.folder])
        described = json.loads(run([BUILD / "constrint", "gpus", gpu, "--json"]))
        self.target = re.sub(r"[^0-9]", "", described["compute_capability"])
        self.target += "a" if int(self.target) >= 90 else ""
        self.predictor = subprocess.Popen([BUILD / "examples/predict"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                          text=True)

    def problem(self, shape, **more):
        return {"version": 1, "kernel": "matmul", "gpu": self.gpu, "shape": dict(zip("mnk", shape)), **more}

    def predicted_ms(self, shape, config):
        """What the model says; None where the configuration breaks a limit."""
        self.predictor.stdin.write(json.dumps(self.problem(shape, config=config)) + "\n")
        self.predictor.stdin.flush()
        answer = json.loads(self.predictor.stdout.readline())
        return answer["time_ps"] / 1e9 if "time_ps" in answer else None

    def pick(self, shape):
        answer = run([BUILD / "constrint", "solve", "-", "--json", "--quiet"], input=json.dumps(self.problem(shape)))
        return json.loads(answer)["config"]

    def measured_ms(self, shape, config):
        """Compiles and runs the kernel's example; ends the sweep where the product is wrong."""
        fixed = {name: {"values": [value]} for name, value in config.items()}
        problem = json.dumps(self.problem(shape, variables=fixed))
        header = self.folder / "matmul" / "matmul_config.h"
        run([BUILD / "constrint", "solve", "-", "--quiet", "--emit", "header", "--out", header], input=problem)
        program = self.folder / "example"
        run([self.compiler, "-std=c++17", "-O3", f"-gencode=arch=compute_{self.target},code=sm_{self.target}", "-o",
             program, self.folder / "matmul" / "example.cu"])
        said = run([program])
        if "PASS" not in said:
            sys.exit(f"wrong product for {shape} {config}: {said}")
        return float(TIMED.search(said).group(1))

    def drawn(self, shape, count, chance):
        """So many different configurations that keep every limit, or as many as were found."""
        found = {}
        for _ in range(200 * count):
            config = {name: chance.choice(values) for name, values in CHOICES.items()}
            if len(found) < count and self.predicted_ms(shape, config) is not None:
                found[tuple(config.values())] = config
        return list(found.values())


def kendall_tau(pairs):
    """Tau-b of the pairs."""
    concordant = discordant = left = right = 0
    for index, (x, y) in enumerate(pairs):
        for other_x, other_y in pairs[index + 1:]:
            product = (x - other_x) * (y - other_y)
            concordant += product > 0
            discordant += product < 0
            left += x != other_x
            right += y != other_y
    return (concordant - discordant) / max(1.0, (left * right) ** 0.5)


def sweep_shape(sweep, shape, count, chance):
    rows = []
    for index, config in enumerate([sweep.pick(shape), *sweep.drawn(shape, count, chance)]):
        rows.append({"gpu": sweep.gpu, "m": shape[0], "n": shape[1], "k": shape[2], "picked": int(index == 0), **config,
                     "predicted_ms": sweep.predicted_ms(shape, config), "measured_ms": sweep.measured_ms(shape, config)})
    best = min(row["measured_ms"] for row in rows)
    loss = rows[0]["measured_ms"] / best - 1
    pairs = [(row["predicted_ms"], row["measured_ms"]) for row in rows]
    ratio = statistics.median(measured / predicted for predicted, measured in pairs)
    print(f"| {' × '.join(map(str, shape))} | {len(rows)} | {kendall_tau(pairs):.3f} | {loss:.1%} | {ratio:.2f} |", flush=True)
    return rows, loss, pairs


def main():
    parser = argparse.ArgumentParser(description="Predicted against measured times on the local GPU.")
    parser.add_argument("--gpu", required=True, help="the local GPU's name in the catalog")
    parser.add_argument("--shapes", type=int, default=len(LISTED))
    parser.add_argument("--configurations", type=int, default=40, help="of each shape, beside the pick")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="a CSV file of all measurements")
    options = parser.parse_args()
    chance, rows, losses, pairs = random.Random(options.seed), [], [], []
    print("| shape | configurations | tau | loss of the pick | measured / predicted |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        sweep = Sweep(options.gpu, folder)
        for shape in LISTED[:options.shapes]:
            of_shape, loss, of_pairs = sweep_shape(sweep, shape, options.configurations, chance)
            rows, losses, pairs = rows + of_shape, [*losses, loss], pairs + of_pairs
    print(f"| all | {len(rows)} | {kendall_tau(pairs):.3f} | median {statistics.median(losses):.1%}, "
          f"worst {max(losses):.1%} | {statistics.median(m / p for p, m in pairs):.2f} |")
    if options.out:
        unfinished = options.out.with_suffix(".part")
        with unfinished.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        unfinished.replace(options.out)


if __name__ == "__main__":
    main()
