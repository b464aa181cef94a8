#!/usr/bin/env python3
"""Recurrent layers beside cuDNN, FlashRNN and a plain PyTorch loop, forward and backward, as one command and one table.

    python3 benches/recurrent/run.py [--gpu NAME] [--shapes 64x12,gru:512x2x32x256] [--peers cudnn,loop] [--python PYTHON]
                                     [--flashrnn FOLDER] [--minutes N] [--sanitize] [--dry-run] [--out FILE]

bf16, by default lstm, 16 sequences, 1,024 steps, hidden 768, in six shapes. For each it solves the forward pass for inference and for
training, and the backward pass; compiles layer.cu with nvcc; holds h and all gradients of 24 steps to a reference in double
precision (reference.py, which says how far rounding may carry them); and times the passes with CUDA events. Wrong numbers end the
run. Then each peer is checked and timed in a process of its own (peers.py). A peer that is not installed or fails is named in the
notes; so is one that did not come to its turn within --minutes.

Without a GPU, or with --dry-run, all is done but what needs one: the table has predictions alone, for --gpu or an H100, and says
so; the timing program runs small layers on the CPU emulator instead, where there is a C++ compiler, and torch's peers a small one
on the CPU, where there is torch.

--out writes FILE.md and FILE.json, with device, date and command, anew after each peer, so that a run that is cut off leaves what
it has found. --sanitize also runs a short training step under compute-sanitizer's memcheck and racecheck.

Needs numpy and nvcc. The peers need torch, in --python or the Python that runs this. FlashRNN also needs einops, triton, ninja,
packaging and setuptools, and compiles with the toolkit in CUDA_HOME, or with that of nvcc; --flashrnn names a folder with the
package, or with wheels of it and of what else the Python lacks, else it is what is installed. CONSTRINT_BUILD names the folder of
the binary where it is not target/release, which is built. On a machine without internet, carry the binary and the wheels
(pip download --no-deps flashrnn einops):

    CONSTRINT_BUILD=FOLDER python3 benches/recurrent/run.py --flashrnn FOLDER --out benches/results/rnn-training-measured
"""
import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

try:
    import reference
    from layers import Layer
    from ours import Ours
except ModuleNotFoundError as missing:
    sys.exit(f"{missing}: python3 -m pip install numpy")
import report
from report import PEERS, PUBLISHED
from tools import HERE, Failure, attempt, constrint, last_line, say, write_whole

SHAPES = ",".join(f"{dim}x{heads}" for dim, heads in PUBLISHED)


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gpu", help="solve for this GPU of the catalog instead of the local one, or of an H100")
    parser.add_argument("--shapes", default=SHAPES, help="[lstm|slstm|gru|elman:]HEAD_DIMxHEADS[xBATCHxSTEPS], some of them; default %(default)s")
    parser.add_argument("--peers", default=",".join(PEERS), help="some of %(default)s; an empty word for none")
    parser.add_argument("--python", default=sys.executable, help="one that has torch; default %(default)s")
    parser.add_argument("--flashrnn", type=Path, help="a folder with the package flashrnn, or with wheels")
    parser.add_argument("--minutes", type=float, default=5.0, help="let no peer take longer; default %(default)s")
    parser.add_argument("--sanitize", action="store_true", help="also under compute-sanitizer")
    parser.add_argument("--dry-run", action="store_true", help="all but what needs a GPU")
    parser.add_argument("--out", type=Path, help="also write FILE.md and FILE.json")
    options = parser.parse_args()
    words = [word for word in options.shapes.split(",") if word]
    options.layers = [Layer.read(word) for word in words]
    for word, layer in zip(words, options.layers):
        if layer is None:
            parser.error(f"--shapes: {word} is not [CELL:]HEAD_DIMxHEADS[xBATCHxSTEPS]")
    options.peers = [peer for peer in options.peers.split(",") if peer]
    for peer in options.peers:
        if peer not in PEERS:
            parser.error(f"--peers: {peer} is not among {', '.join(PEERS)}")
    options.peers = [peer for peer in PEERS if peer in options.peers]
    if options.flashrnn and not options.flashrnn.is_dir():
        parser.error(f"--flashrnn: {options.flashrnn} is no folder")
    if options.sanitize and not shutil.which("compute-sanitizer"):
        parser.error("--sanitize: compute-sanitizer is not on the path")
    options.out = options.out and options.out.with_suffix("")
    return options


def has_gpu(binary):
    """Whether the driver knows one; no driver is no GPU."""
    try:
        attempt([binary, "gpus", "--detect"])
    except Failure as failure:
        say(failure)
        return False
    return True


def competes(peer, layer):
    """torch's own layers have no heads and no slstm; FlashRNN is timed with lstm and slstm, which all of its backends have."""
    if peer == "cudnn":
        return layer.heads == 1 and layer.cell != "slstm"
    return layer.cell in ("lstm", "slstm") or "flashrnn" not in peer


class Peers:
    """The peers' Python, its environment, and why one of them cannot be had."""

    def __init__(self, options, compiler, folder):
        self.python, self.deadline, self.folder = options.python, options.deadline, Path(folder)
        path = str(self.unpacked(options.flashrnn)) if options.flashrnn else ""
        # FlashRNN compiles its kernels through torch, with the toolkit in CUDA_HOME; its builds go where ours do.
        self.environment = {"CUDA_HOME": str(Path(compiler).resolve().parent.parent), **os.environ,
                            "TORCH_EXTENSIONS_DIR": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment["PYTHONPATH"] = os.pathsep.join(filter(None, [path, os.environ.get("PYTHONPATH")]))

    def unpacked(self, folder):
        """The folder, or one with what its wheels hold."""
        wheels = sorted(folder.glob("*.whl"))
        for wheel in wheels:
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(self.folder / "wheels")
        return self.folder / "wheels" if wheels else folder.resolve()

    def missing(self, peer):
        """Why a peer cannot run, in a few words; none where it can."""
        for package in ("torch", "flashrnn") if "flashrnn" in peer else ("torch",):
            try:
                attempt([self.python, "-c", f"import {package}"], env=self.environment, timeout=120)
            except Failure as failure:
                return f"{package} is not installed for {self.python} ({last_line(failure)})"
        return None

    def version(self):
        return attempt([self.python, "-c", "import torch; print(torch.__version__)"], env=self.environment).strip()

    def measure(self, peer, layers, where="cuda"):
        """A result for each layer, of which the last may be cut off by the end of the time."""
        command = [self.python, HERE / "peers.py", peer, where, *(layer.word() for layer in layers)]
        said, errors = self.folder / f"{peer}.out", self.folder / f"{peer}.err"
        with said.open("w") as out, errors.open("w") as err:
            process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, env=self.environment)
            try:
                process.wait(timeout=max(1, self.deadline - time.monotonic()))
                why = (errors.read_text().strip() or f"status {process.returncode}").splitlines()[-1]
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                why = "skipped, the time was over"
        results = [json.loads(line) for line in said.read_text().splitlines() if line.endswith("}")]
        return results + [{"note": why}] * (len(layers) - len(results))


def measure_peers(options, rows, compiler, folder, notes, save):
    """Adds the peers' times to the rows, and to the notes what there is to say of those without one."""
    peers = Peers(options, compiler, folder)
    if options.peers and not peers.missing("loop"):
        notes.append(f"torch {peers.version()}")
    for peer in options.peers:
        layers = [layer for layer in rows if competes(peer, layer)]
        if len(layers) < len(rows):
            who = "one head, no slstm" if peer == "cudnn" else "lstm and slstm"
            notes.append(f"{PEERS[peer]}: {who} only")
        why = peers.missing(peer) if layers else None
        if why or (layers and time.monotonic() > options.deadline):
            notes.append(f"{PEERS[peer]}: skipped, {why or f'not begun within {options.minutes:g} minutes'}")
            continue
        say(f"{PEERS[peer]}: checking, timing")
        for layer, result in zip(layers, peers.measure(peer, layers)):
            if "note" in result:
                notes.append(f"{layer.name()}, {PEERS[peer]}: {result['note']}")
            else:
                rows[layer]["peers"][peer] = result
        save()


def emulate(ours, notes):
    """What the emulator says of the timing program and both kernels, where there is a compiler."""
    errors = ours.emulate()
    if errors is None:
        notes.append("The timing program was compiled and not run: no C++ compiler for the emulator.")
        return
    for layer, found in errors.items():
        worst = max(found, key=found.get)
        notes.append(f"On the CPU emulator, {layer.cell} {layer.head_dim} × {layer.heads}, {layer.batch} sequences, "
                     f"{layer.sequence} steps: h and all gradients are right, at worst {worst}, {found[worst]:.2f} of what rounding explains.")


def rehearse(options, compiler, folder, notes):
    """Checks on the CPU those peers that run there, on small layers, and says of all others that they did not run."""
    peers, layers = Peers(options, compiler, folder), [Layer(cell, 16, 1, 4, 16) for cell in ("lstm", "slstm")]
    for peer in options.peers:
        why = peers.missing(peer) if peer in ("loop", "cudnn") else "not run without a GPU"
        layers_of_peer = [layer for layer in layers if competes(peer, layer)]
        results = [{"note": why}] if why else peers.measure(peer, layers_of_peer, "cpu")
        result = next((result for result in results if "note" in result), {})
        notes.append(f"{PEERS[peer]}: {result.get('note', 'agrees with the reference in torch on the CPU, not timed without a GPU')}.")


def main():
    options, notes = parse(), []
    command = shlex.join(["python3", "benches/recurrent/run.py", *sys.argv[1:]])
    binary = constrint()
    options.deadline = time.monotonic() + 60 * options.minutes
    is_there = not options.dry_run and has_gpu(binary)
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(binary, options.gpu, is_there, folder)
        say(f"{len(options.layers)} layers: solving, compiling")
        rows = {layer: {**found, "peers": {}} for layer, found in ours.prepare(options.layers).items()}
        peers = options.peers if is_there else None

        def save():
            if options.out:
                options.out.parent.mkdir(parents=True, exist_ok=True)
                write_whole(options.out.with_name(options.out.name + ".md"), report.markdown(ours.device, command, rows, peers, notes))
                write_whole(options.out.with_name(options.out.name + ".json"), report.as_json(ours.device, command, rows, peers, notes))

        if is_there:
            for layer, found in rows.items():
                say(f"{layer.name()}: checking, timing")
                found["errors"] = ours.check(layer, found)
                if options.sanitize:
                    ours.sanitize(layer, found)
                found["measured_ms"] = ours.measure(layer, found)
            save()
            measure_peers(options, rows, ours.compiler, folder, notes, save)
        else:
            reference.check_by_differences()
            emulate(ours, notes)
            rehearse(options, ours.compiler, folder, notes)
        save()
        print(report.markdown(ours.device, command, rows, peers, notes), end="")
    if not is_there:
        say("compiled, not run on a GPU" + (": --dry-run" if options.dry_run else ""))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(str(failure))
