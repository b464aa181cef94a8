"""Our kernels on some layers: solved, compiled, held to the reference, timed."""
import json
import shlex
import shutil
import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

import reference
from layers import Layer, bits_of_bf16, from_bf16
from tools import HERE, ROOT, Failure, attempt, clock_mhz, cxx, nvcc

VARIANTS = ("block", "flags", "words")
# What the numbers are checked on, and what runs under compute-sanitizer.
CHECKED_STEPS, SANITIZED_STEPS = 24, 8
REPEATS, LIMIT_S = 30, 120
# Small enough for the emulator: a head in a block; sequences that do not fill their columns; a head of several blocks.
EMULATED = [Layer("lstm", 16, 2, 9, 6), Layer("gru", 24, 1, 8, 5), Layer("lstm", 256, 1, 8, 2), Layer("slstm", 20, 2, 8, 6)]


class Ours:
    """On one GPU; `is_there` says whether it can be used."""

    def __init__(self, constrint, gpu, is_there, folder):
        self.constrint, self.compiler, self.folder = constrint, nvcc(), Path(folder)
        self.gpu = gpu or ("detect" if is_there else "H100 SXM5 80GB")
        for kernel in ("rnn_forward", "rnn_backward"):
            attempt([constrint, "kernels", kernel, "--out", self.folder])
        which = ["--detect"] if self.gpu == "detect" else [self.gpu]
        described = json.loads(attempt([constrint, "gpus", *which, "--json"]))
        number = described["compute_capability"].replace(".", "")
        self.device, self.target = described["name"], number + ("a" if int(number) >= 90 else "")

    def prepare(self, layers):
        """For each layer its configurations, and programs that are compiled side by side."""
        with ThreadPoolExecutor(8) as pool:
            return dict(zip(layers, pool.map(self.prepare_one, layers)))

    def prepare_one(self, layer):
        inference = self.solve(layer, "rnn_forward", {"pass": "inference"})
        training = self.solve(layer, "rnn_forward", {"pass": "training"})
        backward = self.solve(layer, "rnn_backward", {})
        return {"layer": layer.shape(), "inference": inference, "training": training, "backward": backward,
                "programs": {"inference": self.compile(layer, [inference]),
                             "training": self.compile(layer, [training, backward])}}

    def solve(self, layer, kernel, words):
        """What `constrint solve` says of a pass, as far as it is told on, and the flags of its configuration."""
        name = f"{layer.word().replace(':', '-')}-{kernel}-{words.get('pass', 'training')}"
        problem = self.folder / f"{name}.json"
        # Each pass is solved alone, and what is saved is one choice of both.
        constraints = [] if words.get("pass") == "inference" else ["recompute == 0"]
        problem.write_text(json.dumps({"version": 1, "name": name, "kernel": kernel, "gpu": self.gpu, "dtype": "bf16",
                                       "shape": {**layer.shape(), **words}, "constraints": constraints}))
        answer = json.loads(attempt([self.constrint, "solve", problem, "--json", "--quiet"]))
        flags = attempt([self.constrint, "solve", problem, "--quiet", "--emit", "flags"])
        return {"variant": VARIANTS[answer["config"]["variant"]], "blocks": answer["resources"]["blocks"],
                "threads": answer["resources"]["threads_per_block"], "values": answer["config"],
                "predicted_ms": answer["predicted"]["time_ps"] / 1e9, "flags": shlex.split(flags)}

    def compile(self, layer, passes):
        program = self.folder / f"{layer.word().replace(':', '-')}-{len(passes)}"
        flags = [flag for one in passes for flag in one["flags"]]
        attempt([self.compiler, "-std=c++17", "-O3", f"-gencode=arch=compute_{self.target},code=sm_{self.target}", *flags,
                 "-I", self.folder, "-o", program, HERE / "layer.cu"])
        return program

    def check(self, layer, prepared):
        """The error of each array in units of what it may be; `Failure` where one is wrong."""
        short = layer.short(CHECKED_STEPS)
        deviations, programs = reference.deviations(short, short.arrays()), prepared["programs"]
        errors = check_program([programs["training"]], short, self.folder, deviations)
        hidden = check_program([programs["inference"]], short, self.folder, {"hidden": deviations["hidden"]})
        return {**errors, "hidden of inference": hidden["hidden"]}

    def sanitize(self, layer, prepared):
        for tool in ("memcheck", "racecheck"):
            command = ["compute-sanitizer", "--tool", tool, "--error-exitcode", "1", prepared["programs"]["training"]]
            run_program(command, layer.short(SANITIZED_STEPS), self.folder)

    def measure(self, layer, prepared):
        """Medians in ms, and the SM clock before and after."""
        before = clock_mhz()
        inference = json.loads(run_program([prepared["programs"]["inference"]], layer, self.folder, REPEATS))
        training = json.loads(run_program([prepared["programs"]["training"]], layer, self.folder, REPEATS))
        # Some 250 MB a layer.
        shutil.rmtree(self.folder / "arrays" / layer.word())
        median = statistics.median
        return {"inference": median(inference["forward_ms"]), "training": median(training["forward_ms"]),
                "backward": median(training["backward_ms"]), "both": median(training["both_ms"]),
                "clock_mhz": {"before": before, "after": clock_mhz()}}

    def emulate(self):
        """The timing program on the CPU emulator, held to the reference: errors of each small layer, and None without a
        compiler."""
        if not cxx():
            return None
        with ThreadPoolExecutor(2) as pool:
            return dict(zip(EMULATED, pool.map(self.emulate_one, EMULATED)))

    def emulate_one(self, layer):
        flags = [flag for kernel, words in (("rnn_forward", {"pass": "training"}), ("rnn_backward", {}))
                 for flag in self.solve(layer, kernel, words)["flags"]]
        program = self.folder / f"{layer.word().replace(':', '-')}-emulated"
        kernels = ROOT / "src/kernel"
        attempt([*cxx(), "-x", "c++", "-std=c++17", "-O1", "-w", "-g1", "-U_FORTIFY_SOURCE", "-DCONSTRINT_EMULATOR", *flags,
                 "-I", ROOT / "tests/emulator/cuda_runtime", "-I", kernels, HERE / "emulated.cpp",
                 kernels / "emulator/emulator.cpp", "-o", program])
        return check_program([program], layer, self.folder, reference.deviations(layer, layer.arrays()))


def run_program(command, layer, folder, repeats=0):
    """Gives a program of layer.cu the layer's arrays, and returns what it says; its outputs lie in the folder of the layer."""
    arrays = folder / "arrays" / layer.word()
    if not (arrays / "bias.in").is_file():
        arrays.mkdir(parents=True, exist_ok=True)
        for name, numbers in layer.arrays().items():
            (numbers if name == "bias" else bits_of_bf16(numbers)).tofile(arrays / f"{name}.in")
    sizes = [layer.batch, layer.sequence, layer.heads, repeats]
    return attempt([*command, arrays, *sizes], timeout=LIMIT_S)


def check_program(command, layer, folder, deviations):
    """Runs a program, and holds those of its outputs to the reference that `deviations` has."""
    run_program(command, layer, folder)
    found = {}
    for name, (exact, _) in deviations.items():
        path = folder / "arrays" / layer.word() / f"{name}.out"
        is_short = name in ("hidden", "of_input")
        numbers = np.fromfile(path, np.uint16 if is_short else np.float32)
        found[name] = (from_bf16(numbers) if is_short else numbers).reshape(exact.shape)
    errors = reference.compare(deviations, found)
    for name, error in errors.items():
        # Written so that NaN is wrong too.
        if not error <= 1:
            raise Failure(f"{layer.name()}: wrong numbers: {name} is off by {error:.3g} times what rounding explains")
    return errors
