#!/usr/bin/env python3
"""What the first build costs: CPU seconds of cargo and all that it starts, from an empty target folder.

    python3 benches/build/run.py                  both builds, once each; minutes
    python3 benches/build/run.py --rounds 3       in turn, three times: least and median
    python3 benches/build/run.py --crates         also the ten crates of each that take most
    python3 benches/build/run.py --source FOLDER  another checkout beside this one, in the same turns, for a ratio

The first build is that of the README's first command. The second is of a crate that has constrint as a build dependency,
as `tests/build_time` has it, with the run of its build script. Nothing is downloaded: `cargo fetch` comes first.
CPU seconds grow by a third where other work shares the caches: compare what one call has measured.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Called in rustc's place: notes what it took, by the name of the crate.
WRAPPER = """#!/usr/bin/env bash
"$@"
code=$?
name=other
while (($#)); do [[ $1 == --crate-name ]] && name=$2; shift; done
# Not in a pipe, whose own times these would be.
times >"$CONSTRINT_BENCH_CRATES.$$"
echo "$name $(tail -n 1 "$CONSTRINT_BENCH_CRATES.$$")" >>"$CONSTRINT_BENCH_CRATES"
rm -f "$CONSTRINT_BENCH_CRATES.$$"
exit $code
"""


def first_answer(source: Path) -> list[str]:
    return ["--release", "--package", "constrint-cli", "--manifest-path", str(source / "Cargo.toml")]


def build_dependency(source: Path) -> list[str]:
    return ["--manifest-path", str(source / "tests/build_time/Cargo.toml")]


BUILDS = {"the README's first command": first_answer, "constrint as a build dependency": build_dependency}


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(arguments: list[str], temporary: Path, crates: Path | None) -> float:
    """CPU seconds of one build from an empty target folder."""
    target = temporary / "target"
    shutil.rmtree(target, ignore_errors=True)
    # The profiles as they are in the manifests, whatever this shell overrides.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO_PROFILE_", "RUSTFLAGS"))}
    environment = kept | {"CARGO_TARGET_DIR": str(target), "CARGO_INCREMENTAL": "0", "CONSTRINT_CACHE": "off"}
    if crates:
        wrapper = temporary / "rustc.sh"
        wrapper.write_text(WRAPPER)
        wrapper.chmod(0o755)
        environment |= {"RUSTC_WRAPPER": str(wrapper), "CONSTRINT_BENCH_CRATES": str(crates)}
    before = children_cpu_s()
    subprocess.run(["cargo", "build", "--quiet", "--offline", "--locked", *arguments], env=environment, check=True)
    return children_cpu_s() - before


def seconds(minutes: str) -> float:
    """`1m2.5s` in seconds."""
    whole, rest = minutes.rstrip("s").split("m")
    return 60 * int(whole) + float(rest)


def slowest(crates: Path) -> list[tuple[str, float]]:
    """The ten crates that take most. Versions of one name, and its build script, count together."""
    sums: dict[str, float] = {}
    for line in crates.read_text().splitlines():
        name, user, system = line.split()
        sums[name] = sums.get(name, 0.0) + seconds(user) + seconds(system)
    return sorted(sums.items(), key=lambda entry: -entry[1])[:10]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--crates", action="store_true")
    parser.add_argument("--source", type=Path, action="append", default=[])
    options = parser.parse_args()
    sources = [ROOT, *(source.resolve() for source in options.source)]
    runs = [(name, source, arguments(source)) for name, arguments in BUILDS.items() for source in sources]
    for _, _, arguments in runs:
        subprocess.run(["cargo", "fetch", "--quiet", "--locked", *arguments[-2:]], check=True)

    version = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{version}, {os.cpu_count()} cores\n")
    measured: list[list[float]] = [[] for _ in runs]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for (_, _, arguments), into in zip(runs, measured):
                into.append(measure(arguments, Path(folder), None))
        print("| build | source | least CPU s | median CPU s |\n| --- | --- | --- | --- |")
        for (name, source, _), times in zip(runs, measured):
            print(f"| {name} | {source.name} | {min(times):.0f} | {statistics.median(times):.0f} |")
        if not options.crates:
            return
        for name, source, arguments in runs:
            crates = Path(folder) / "crates.txt"
            crates.unlink(missing_ok=True)
            measure(arguments, Path(folder), crates)
            print(f"\n{name}, {source.name}:\n\n| crate | CPU s |\n| --- | --- |")
            for crate, taken in slowest(crates):
                print(f"| {crate} | {taken:.1f} |")


if __name__ == "__main__":
    sys.exit(main())
