"""The other tuners, from PyPI, in a virtual environment below target/. Needs no package itself."""

import fcntl
import subprocess
import sys
from pathlib import Path

# What the numbers depend on; the rest may be any version.
PINS = ("kernel-tuner==1.5.0", "optuna==5.0.0", "numpy==2.4.6", "scipy==1.17.1", "scikit-learn==1.9.1")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def python() -> Path:
    """The environment's Python, which is made where it is not there: about 600 MB. An interrupted run leaves no stamp."""
    target = ROOT / "target/tuners"
    found, stamp = target / "bin/python3", target / "pins"
    target.parent.mkdir(exist_ok=True)
    # One installation at a time: a second caller waits here, then finds the stamp.
    with target.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_text().split() == list(PINS)):
            print(f"installing {', '.join(PINS)} into {target}", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, "-m", "venv", "--clear", target], check=True)
            install = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", *PINS]
            subprocess.run(install, check=True, stdout=sys.stderr)
            stamp.write_text("\n".join(PINS))
    return found
