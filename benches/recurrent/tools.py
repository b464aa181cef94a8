"""Commands and their words, compilers, clocks."""
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


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


def last_line(failure):
    return str(failure).splitlines()[-1]


def say(words):
    print(words, file=sys.stderr, flush=True)


def nvcc():
    usual = [ROOT / "target/cuda/nvidia/cu13/bin/nvcc", Path("/usr/local/cuda/bin/nvcc")]
    found = os.environ.get("CONSTRINT_NVCC") or shutil.which("nvcc") or next(filter(Path.is_file, usual), None)
    if not found:
        raise Failure("no nvcc: put it on the path, set CONSTRINT_NVCC, or run tests/install-nvcc.sh")
    return str(found)


def cxx():
    """The compiler of the emulator, as words; None where there is none."""
    words = shlex.split(os.environ.get("CXX", "g++"))
    return words if shutil.which(words[0]) else None


def constrint():
    """The binary, which is built unless CONSTRINT_BUILD names its folder."""
    if "CONSTRINT_BUILD" in os.environ:
        return (Path(os.environ["CONSTRINT_BUILD"]) / "constrint").resolve()
    if not shutil.which("cargo"):
        raise Failure("no cargo to build constrint: set CONSTRINT_BUILD to the folder of the binary")
    attempt(["cargo", "build", "--quiet", "--release", "-p", "constrint-cli"], cwd=ROOT)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release/constrint"


def clock_mhz():
    """What the first GPU's SMs run at now, and the most they may; None where nvidia-smi does not tell."""
    try:
        said = attempt(["nvidia-smi", "--id=0", "--query-gpu=clocks.sm,clocks.max.sm", "--format=csv,noheader,nounits"])
        now, most = (int(word) for word in said.split(","))
    except (Failure, ValueError):
        return None
    return {"now": now, "most": most}


def write_whole(path, text):
    """All of the file or none of it."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_text(text)
    unfinished.replace(path)
