#!/usr/bin/env python3
"""The recurrent layer's forward pass beside cuDNN, FlashRNN and a plain PyTorch loop, as one command and one table.

    python3 benches/rnn_forward/run.py [--gpu NAME] [--shapes 64x12,768x1] [--peers cudnn,loop] [--python PYTHON]
                                       [--wheels FOLDER] [--minutes N] [--sanitize] [--dry-run] [--out FILE.md]

lstm, bf16, 16 sequences, 1,024 steps, hidden 768, inference. For each shape it solves, compiles the kernel's example
program with nvcc, holds the kernel to the reference in double precision (`constrint verify --on gpu`), and times it with
CUDA events. Wrong numbers end the run. Then each peer is checked and timed in a process of its own (`peers.py`); one that
fails or is missing leaves a dash and a note.

Without a GPU, or with --dry-run, all is done but what needs one: the table has predictions alone, for --gpu or an H100,
and says so. --out writes the table with device, date and command, anew after each shape and each peer, so that a run that is
cut off leaves what it has found; --minutes begins no peer after that time.

--sanitize also runs the example, on a short sequence, under compute-sanitizer's memcheck and racecheck.
--python names the peers' Python. Else it is the one that runs this, if it has torch, or one below target/, where torch is
installed. FlashRNN also needs einops, triton, ninja, packaging and setuptools, and compiles with the toolkit in CUDA_HOME, or
with that of nvcc. Needs nvcc; takes some minutes, most of them FlashRNN's own tuning. CONSTRINT_BUILD names the folder of the
binary where it is not target/release, which is built.

On a machine without internet, cargo or PyPI: carry the binary, and a folder with the wheels of flashrnn and einops
(pip download --no-deps), and give both.

    CONSTRINT_BUILD=FOLDER python3 benches/rnn_forward/run.py --wheels FOLDER --minutes 8 --sanitize --out FILE.md
"""
import argparse
import datetime
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BATCH, SEQUENCE, HIDDEN = 16, 1024, 768
# Forward targets in ms, for H100 SXM.
TARGETS = {(16, 48): "0.4", (32, 24): "0.4", (64, 12): "0.5", (128, 6): "0.8", (256, 3): "1.1", (768, 1): "1.4"}
PEERS = {"cudnn": "nn.LSTM (cuDNN)", "flashrnn-fused": "FlashRNN fused", "flashrnn-triton": "FlashRNN Triton",
         "flashrnn-alternating": "FlashRNN alternating", "loop": "PyTorch loop"}
# In the order in which they are run: what takes long comes last.
ORDER = ("cudnn", "loop", "flashrnn-triton", "flashrnn-fused", "flashrnn-alternating")
# torch brings triton on Linux; FlashRNN also asks for packaging, and torch for setuptools, where it compiles.
PACKAGES = ("torch==2.15.0", "einops==0.8.2", "ninja==1.13.2", "packaging", "setuptools")
PEER_LIMIT_S = 300
TIMED = re.compile(r": ([0-9.]+) ms,")


class Failure(Exception):
    """A command that failed, with its words."""


def attempt(arguments, **options):
    """Standard output of a command."""
    command = [str(argument) for argument in arguments]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, **options)
    except OSError as error:
        raise Failure(f"{command[0]} does not start: {error}") from error
    except subprocess.TimeoutExpired as error:
        raise Failure(f"nothing within {error.timeout:.0f} s") from error
    if ran.returncode != 0:
        raise Failure(f"{shlex.join(command)} failed:\n{ran.stdout}{ran.stderr}".strip())
    return ran.stdout


def run(arguments, **options):
    """Standard output of a command; its words where it fails."""
    try:
        return attempt(arguments, **options)
    except Failure as failure:
        sys.exit(str(failure))


def say(words):
    print(words, file=sys.stderr, flush=True)


def nvcc():
    """The compiler, which `constrint verify` is told too."""
    usual = [ROOT / "target/cuda/nvidia/cu13/bin/nvcc", Path("/usr/local/cuda/bin/nvcc")]
    found = os.environ.get("CONSTRINT_NVCC") or shutil.which("nvcc") or next(filter(Path.is_file, usual), None)
    if not found:
        sys.exit("no nvcc: put it on the path, set CONSTRINT_NVCC, or run tests/install-nvcc.sh")
    os.environ["CONSTRINT_NVCC"] = str(found)
    return found


def binary():
    if "CONSTRINT_BUILD" in os.environ:
        return (Path(os.environ["CONSTRINT_BUILD"]) / "constrint").resolve()
    if not shutil.which("cargo"):
        sys.exit("no cargo to build constrint: set CONSTRINT_BUILD to the folder of the binary")
    run(["cargo", "build", "--quiet", "--release", "-p", "constrint-cli"], cwd=ROOT)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/constrint"


class Ours:
    """Our kernel on one GPU: solved and compiled for each shape, and run where `is_there`."""

    def __init__(self, constrint, gpu, is_there, folder):
        self.constrint, self.compiler, self.folder, self.is_there = constrint, nvcc(), Path(folder), is_there
        self.gpu = gpu or ("detect" if is_there else "H100 SXM5 80GB")
        run([self.constrint, "kernels", "rnn_forward", "--out", self.folder])

    def device(self):
        """The GPU's name, and the target that nvcc compiles for."""
        which = ["--detect"] if self.gpu == "detect" else [self.gpu]
        described = json.loads(run([self.constrint, "gpus", *which, "--json"]))
        number = described["compute_capability"].replace(".", "")
        return described["name"], number + ("a" if int(number) >= 90 else "")

    def problem(self, head_dim, heads):
        shape = {"cell": "lstm", "head_dim": head_dim, "heads": heads, "batch": BATCH, "sequence": SEQUENCE}
        path = self.folder / f"lstm-{head_dim}x{heads}.json"
        path.write_text(json.dumps({"version": 1, "name": path.stem, "kernel": "rnn_forward", "gpu": self.gpu,
                                    "dtype": "bf16", "shape": shape}))
        return path

    def measure(self, head_dim, heads, sanitize):
        """A row of the table; ends the run where the numbers are wrong."""
        problem, (_, target) = self.problem(head_dim, heads), self.device()
        answer = json.loads(run([self.constrint, "solve", problem, "--json", "--quiet"]))
        header = self.folder / "recurrent/forward/rnn_forward_config.h"
        run([self.constrint, "solve", problem, "--quiet", "--emit", "header", "--out", header])
        program = self.folder / problem.stem
        run([self.compiler, "-std=c++17", "-O3", f"-gencode=arch=compute_{target},code=sm_{target}", "-o", program,
             header.with_name("example.cu")])
        blocks, threads = answer["resources"]["blocks"], answer["resources"]["threads_per_block"]
        row = {"variant": ("block", "flags", "words")[answer["config"]["variant"]], "blocks × threads": f"{blocks} × {threads}",
               "predicted": answer["predicted"]["time_ps"] / 1e9, "measured": None}
        if self.is_there:
            run([self.constrint, "verify", problem, "--on", "gpu", "--quiet"])
            if sanitize:
                self.sanitize(program, heads)
            row["measured"] = self.timed_ms(program)
        return row

    def timed_ms(self, program):
        said = run([program])
        if "PASS" not in said:
            sys.exit(f"wrong numbers: {said}")
        return float(TIMED.search(said).group(1))

    def sanitize(self, program, heads):
        for tool in ("memcheck", "racecheck"):
            run(["compute-sanitizer", "--tool", tool, "--error-exitcode", "1", program, BATCH, 8, heads])


def python_of_peers(named):
    """A Python that has torch: the one named, the present one, or a virtual environment, finished or made anew."""
    if named:
        return named
    python = ROOT / "target/rnn-peers/bin/python"
    for existing in (sys.executable, python):
        try:
            attempt([existing, "-c", "import torch"])
        except Failure:
            continue
        return existing
    say("installing torch below target/rnn-peers")
    attempt([sys.executable, "-m", "venv", "--clear", ROOT / "target/rnn-peers"])
    attempt([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:",
             *PACKAGES])
    return python


def packages_of_flashrnn(python, wheels, folder):
    """A folder with FlashRNN: unpacked from the wheels that were carried, or fetched from PyPI."""
    if not wheels:
        return attempt(["bash", ROOT / "tests/fetch-flashrnn.sh"]).splitlines()[-1]
    target = Path(folder) / "wheels"
    attempt([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index", "--no-deps",
             "--no-compile", "--target", target, *sorted(wheels.glob("*.whl"))])
    return str(target)


def measure_peer(python, peer, shape, compiler, folder, flashrnn):
    """What `peers.py` says of one peer: {"ms": …}, or {"note": …} where the numbers are wrong."""
    # FlashRNN compiles its kernels through torch, with the toolkit in CUDA_HOME; its builds go where ours do.
    environment = {"CUDA_HOME": str(Path(compiler).resolve().parent.parent), **os.environ,
                   "TORCH_EXTENSIONS_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [flashrnn, os.environ.get("PYTHONPATH")]))
    said = attempt([python, HERE / "peers.py", peer, *shape, BATCH, SEQUENCE], timeout=PEER_LIMIT_S, env=environment)
    return json.loads(said.splitlines()[-1])


def number(value):
    return "–" if value is None else f"{value:.2f}"


def table(rows, peers):
    heads = ["head_dim × heads", "variant", "blocks × threads", "predicted", "measured", "µs a step", "target on H100"]
    lines = [[f"{dim} × {count}", row["variant"], row["blocks × threads"], number(row["predicted"]),
              number(row["measured"]), number(row["measured"] and row["measured"] * 1000 / SEQUENCE),
              TARGETS[dim, count]] + [number(row.get(peer)) for peer in peers] for (dim, count), row in rows.items()]
    heads += [PEERS[peer] for peer in peers]
    return "\n".join(f"| {' | '.join(line)} |" for line in [heads, ["---"] * len(heads), *lines])


def report(device, is_there, rows, peers, notes):
    version = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE).group(1)
    state = "Measured with CUDA events" if is_there else "**Predicted, not measured**: no kernel ran on a GPU"
    command = shlex.join(["python3", "benches/rnn_forward/run.py", *sys.argv[1:]])
    about = (f"{device}, lstm, bf16, batch {BATCH}, {SEQUENCE:,} steps, hidden {HIDDEN}, inference, in ms. nn.LSTM: the faster "
             "of bf16 and fp16, input product included.")
    said = "\n".join(f"- {note}" for note in notes)
    return (f"# Forward pass of recurrent layers\n\n{datetime.date.today()}, constrint {version}. {state}.\n\n"
            f"```\n{command}\n```\n\n{about}\n\n{table(rows, peers)}\n" + (f"\n{said}\n" if said else ""))


def write_whole(path, text):
    """All of the file or none of it."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = {f"{dim}x{heads}": (dim, heads) for dim, heads in TARGETS}
    parser.add_argument("--gpu", help="solve for this GPU of the catalog instead of the local one, or of an H100")
    parser.add_argument("--shapes", default=",".join(names), help="some of %(default)s")
    parser.add_argument("--peers", default=",".join(PEERS), help="some of %(default)s; an empty word for none")
    parser.add_argument("--python", help="one that has the packages of the peers")
    parser.add_argument("--wheels", type=Path, help="a folder with wheels of flashrnn and what else the Python lacks")
    parser.add_argument("--minutes", type=float, default=60.0, help="begin no peer after so long; default %(default)s")
    parser.add_argument("--sanitize", action="store_true", help="also under compute-sanitizer")
    parser.add_argument("--dry-run", action="store_true", help="all but what needs a GPU")
    parser.add_argument("--out", type=Path, help="also write the table there")
    options = parser.parse_args()
    for flag, known in (("shapes", names), ("peers", PEERS)):
        listed = [word for word in getattr(options, flag).split(",") if word]
        unknown = [word for word in listed if word not in known]
        if unknown:
            parser.error(f"--{flag}: {unknown[0]} is not among {', '.join(known)}")
        setattr(options, flag, listed)
    options.shapes = [names[name] for name in options.shapes]
    if options.wheels and not any(options.wheels.glob("*.whl")):
        parser.error(f"--wheels: {options.wheels} has no wheels")
    if options.sanitize and not shutil.which("compute-sanitizer"):
        parser.error("--sanitize: compute-sanitizer is not on the path")
    return options


def has_gpu(constrint):
    """Whether the driver knows one; no driver is no GPU."""
    try:
        attempt([constrint, "gpus", "--detect"])
    except Failure as failure:
        say(failure)
        return False
    return True


def measure_peers(options, rows, compiler, folder, notes, save):
    """Adds the peers' times to the rows, and to the notes what there is to say of those without one."""
    try:
        python = python_of_peers(options.python)
    except Failure as failure:
        notes.append(f"No peers: {last_line(failure)}")
        return
    peers, flashrnn = [peer for peer in ORDER if peer in options.peers], ""
    if any("flashrnn" in peer for peer in peers):
        try:
            flashrnn = packages_of_flashrnn(python, options.wheels, folder)
        except Failure as failure:
            notes.append(f"No FlashRNN: {last_line(failure)}")
            peers = [peer for peer in peers if "flashrnn" not in peer]
    # nn.LSTM has no heads.
    for peer, shape in [(peer, shape) for peer in peers for shape in rows if peer != "cudnn" or shape[1] == 1]:
        name = f"{shape[0]} × {shape[1]}, {PEERS[peer]}"
        if time.monotonic() > options.deadline:
            notes.append(f"{name}: not begun within {options.minutes:g} minutes")
            continue
        say(f"{name}: checking, timing")
        try:
            found = measure_peer(python, peer, shape, compiler, folder, flashrnn)
        except Failure as failure:
            found = {"note": last_line(failure)}
        rows[shape][peer] = found.get("ms")
        if "note" in found:
            notes.append(f"{name}: {found['note']}")
        save()


def last_line(failure):
    return str(failure).splitlines()[-1]


def main():
    options, rows, notes, constrint = parse(), {}, [], binary()
    options.deadline = time.monotonic() + 60 * options.minutes
    is_there = not options.dry_run and has_gpu(constrint)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(constrint, options.gpu, is_there, folder)
        device = ours.device()[0]

        def save():
            text = report(device, is_there, rows, options.peers if is_there else [], notes)
            if options.out:
                write_whole(options.out, text)
            return text

        for shape in options.shapes:
            say(f"{shape[0]} × {shape[1]}: solving, compiling{', checking, timing' if is_there else ''}")
            rows[shape] = ours.measure(*shape, options.sanitize)
            save()
        if is_there and options.peers:
            measure_peers(options, rows, ours.compiler, folder, notes, save)
        print(save(), end="")
    if not is_there:
        say("compiled, not run: no GPU" if not options.dry_run else "compiled, not run: --dry-run")


if __name__ == "__main__":
    main()
