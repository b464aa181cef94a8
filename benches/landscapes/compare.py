#!/usr/bin/env python3
"""constrint's tuner beside other tuners, on recordings in which the configurations of a kernel were timed.

    python3 benches/landscapes/compare.py FOLDER                    20 seeds, 100 measurements
    python3 benches/landscapes/compare.py FOLDER --measurements 200 --out DIR
    python3 benches/landscapes/compare.py --check                   holds itself to values known by hand, on tiny recordings

FOLDER has recordings KERNEL-GPU.csv: a column a parameter, `time_ms`, `failure`. The peers, Kernel Tuner's strategies, Optuna's TPE
and random sampling, are installed from PyPI on the first call. DIR gets the table (table.md, printed too), a plot (curves.svg) and
what both are made of (curves.csv). A run that was cut off goes on from DIR. Minutes of CPU time on all processors, at low priority.

Our curves come from `cargo bench --bench landscapes -- --curves FILE FOLDER`, which is run unless --curves names such a file.

| file | holds |
| --- | --- |
| `environment.py` | the peers' virtual environment |
| `recording.py` | a recording from its file, and the curve of a search in it |
| `peers.py` | what each peer measures |
| `curves.py` | curves in files, medians and means |
| `report.py`, `plot.py` | the tables, the plot |
| `comparison.py` | all of it in turn |
| `check.py` | `--check` |
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import environment


def positive(word: str) -> int:
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{word} is not positive")
    return number


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="with recordings KERNEL-GPU.csv")
    parser.add_argument("--seeds", type=positive, default=20, help="of each peer; default %(default)s")
    parser.add_argument("--measurements", type=positive, default=100, help="of each run; default %(default)s")
    parser.add_argument("--out", type=Path, metavar="DIR", default=environment.ROOT / "target/compare", help="default %(default)s")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--curves", type=Path, metavar="FILE", help="our curves, instead of running cargo bench")
    source.add_argument("--peers-only", action="store_true", help="without ours")
    parser.add_argument("--check", action="store_true", help="the check alone; needs no FOLDER")
    options = parser.parse_args()
    if options.check == (options.folder is not None):
        parser.error("give either FOLDER or --check")
    return options


def main() -> int:
    options = parse()
    try:
        python = environment.python()
    except subprocess.CalledProcessError as error:
        sys.exit(f"the peers cannot be installed: {error}")
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        # The processes are as many as the processors: linear algebra takes one each. Sets have the same order in every run.
        settings = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        os.execve(python, [python, *sys.argv], {**os.environ, **settings})
    # What follows needs the packages of that environment.
    if options.check:
        import check

        return check.main()
    import comparison
    from recording import Refused

    try:
        return comparison.compare(
            options.folder, options.seeds, options.measurements, options.out, options.curves, options.peers_only
        )
    except (Refused, subprocess.CalledProcessError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main())
