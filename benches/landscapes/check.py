"""Holds the comparison to values known by hand, on tiny recordings: `compare.py --check`."""

import contextlib
import io
import itertools
import tempfile
from collections.abc import Callable
from math import comb, inf, isclose, log2
from pathlib import Path

import numpy as np

import comparison
import curves
import plot
import recording
import report
from peers import IGNORES, PEERS, kernel_tuner_cache
from recording import Recording, Refused

# Parameters of a toy: 53 of their 90 combinations are recorded.
A, B, MEASUREMENTS = (1, 2, 4, 8, 16, 32), (1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 17, 18, 20), 20
TOYS: dict[str, Callable[[int, int], float | str]] = {
    # The best, 1 ms, is at (4, 6).
    "toy-VALLEY": lambda a, b: "CompilationFailedConfig" if a * b == 64 else 1 + abs(log2(a) - 2) + abs(b - 6),
    "toy-FLAT": lambda a, b: 2.0,
    "toy-LONE": lambda a, b: 3.0 if (a, b) == (2, 2) else "out of memory",
}


def write_toys(folder: Path) -> None:
    for name, time in TOYS.items():
        lines = ["a,b,c,time_ms,failure"]
        for a, b in itertools.product(A, B):
            if a * b <= 64:
                found = time(a, b)
                lines.append(f"{a},{b},7,,{found}" if isinstance(found, str) else f"{a},{b},7,{found},")
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")


def refused(words: str, call: Callable[[], object]) -> None:
    try:
        call()
    except Refused as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"not refused: {words}")


def check_recordings(folder: Path) -> None:
    valley = recording.read(folder / "toy-VALLEY.csv")
    assert len(valley.configurations) == 53 and valley.values() == {"a": list(A), "b": list(B), "c": [7]}
    failed = [valley.configurations[row] for row in np.flatnonzero(np.isinf(valley.times_ms))]
    assert failed == [(4, 16, 7), (8, 8, 7), (16, 4, 7), (32, 2, 7)]
    assert valley.configurations[valley.times_ms.argmin()] == (4, 6, 7)
    path = folder / "wrong.csv"
    for content, words in [
        ("a,time_ms\n1,2\n", "needs one column `failure`"),
        ("a,time_ms,failure\n1,2\n", ":2: 2 fields where the first line has 3"),
        ("a,time_ms,failure\n1,2,\n2,1,slow\n", ":3: give either time_ms or failure"),
        ("a,time_ms,failure\n1,-2,\n", ":2: time_ms is -2"),
        ("a,time_ms,failure\n1,,slow\n2,nan,\n", ":3: time_ms is `nan`, which is no number"),
        ("a,time_ms,failure\nx,2,\n", ":2: a is `x`, which is no number"),
        ('a,time_ms,failure\n1,,"two\nlines"\n1,3,\n', ":4: the configuration of line 3 again"),
        ("a,time_ms,failure\n1,,slow\n", "no configuration has a time"),
    ]:
        path.write_text(content)
        refused(words, lambda: recording.read(path))
    path.write_bytes(b"\xff")
    refused("is no text in UTF-8", lambda: recording.read(path))
    path.unlink()


def check_curves() -> None:
    times = np.array([4.0, inf, 2.0, 1.0])
    four = Recording("four", ("a",), ((1,), (2,), (3,), (4,)), times, ("", "slow", "", ""), "")
    assert four.curve([1, 0, 2], 5).tolist() == [inf, 4, 2, 2, 2] and four.curve([1, 0, 3], 2).tolist() == [inf, 4]
    seeds = np.array([[inf, 4, 4], [inf, 2, 1], [3, 3, 3], [2, 2, 2]])
    assert curves.median(seeds).tolist() == [inf, 2.5, 2.5] and curves.median(seeds[1:]).tolist() == [3, 2, 2]
    same = np.array([[2.0, 1.0]] * 3)
    assert curves.seedless({("one", "a"): same, ("two", "a"): same, ("two", "b"): seeds, ("three", "a"): same[:1]}) == ["one"]
    mean = curves.geometric_mean([np.array([inf, 8.0, 2.0]), np.array([1.0, 2.0, 2.0])])
    assert mean[0] == inf and np.allclose(mean[1:], [4, 2])


def check_random() -> None:
    """What is best of m random rows on average: the k-th of n is it where the others are among the n - k above."""
    times = np.array([5.0, 1.0, 9.0, 2.0, 7.0, 3.0])
    six = Recording("six", ("a",), tuple((a,) for a in range(6)), times, ("",) * 6, "")
    found = np.mean([six.curve(rows, 6) for rows in PEERS["random"](six, range(4000), 6)], axis=0)
    for m, mean in enumerate(found, 1):
        expected = sum(time * comb(6 - k, m - 1) / comb(6, m) for k, time in enumerate(sorted(times), 1))
        assert isclose(mean, expected, rel_tol=0.05), (m, mean, expected)


def check_peers(folder: Path) -> None:
    valley, flat, lone = (recording.read(folder / f"{name}.csv") for name in TOYS)
    cached, failed = (kernel_tuner_cache(toy)["cache"] for toy in (valley, lone))
    assert cached["2,4,7"] == {"a": 2, "b": 4, "c": 7, "time": 4.0} and cached["4,16,7"]["time"] == "CompilationFailedConfig"
    assert failed["1,1,7"]["time"] == "RuntimeFailedConfig" and len(failed) == 53
    success = int(lone.times_ms.argmin())
    for name, peer in PEERS.items():
        runs = list(peer(valley, range(2), MEASUREMENTS))
        assert runs == list(peer(valley, range(2), MEASUREMENTS)), f"{name}: not the same under the same seeds"
        assert runs[0] != runs[1], f"{name}: the same under all seeds"
        assert all(0 < len(rows) == len(set(rows)) <= MEASUREMENTS for rows in runs), name
        assert all((flat.curve(rows, MEASUREMENTS) == 1).all() for rows in peer(flat, range(2), MEASUREMENTS)), name
        # Failed trials count: what is found after so many measurements is found at its place among them.
        for rows in peer(lone, range(2), MEASUREMENTS):
            assert len(rows) <= MEASUREMENTS
            place = rows.index(success) if success in rows else MEASUREMENTS
            assert lone.curve(rows, MEASUREMENTS).tolist() == [inf] * place + [1] * (MEASUREMENTS - place), name
    for name in ("Kernel Tuner random_sample", "Kernel Tuner genetic_algorithm", "Optuna TPE", IGNORES, "random"):
        assert all(len(rows) == MEASUREMENTS for rows in PEERS[name](lone, range(2), MEASUREMENTS)), name


def check_report() -> None:
    held = lambda ratio: np.array([[ratio] * 9 + [1.0, 1.0]])
    found = {
        ("constrint", "one"): held(1.5),
        ("Tuner a", "one"): np.array([[inf] * 11, [inf] * 9 + [2.0] * 2, [9.0] * 9 + [8.0] * 2]),
        ("Tuner a", "two"): held(3.0),
        ("Tuner b", "one"): held(3.0),
        ("Tuner b", "two"): np.full((1, 11), 2.0),
        ("Tuner c", "one"): held(3.0),
    }
    table = report.markdown(found, 11, "Tuner", "about").splitlines()
    # Of `a` the median of three seeds after ten is 8, over both recordings √8. The best is of those that have both.
    for line in [
        "| constrint (1 of 2 recordings) | 1.000 |",
        "| Tuner, the best strategy at each | 1.414 |",
        "| Tuner a | 2.828 |",
        "| Tuner a | 8.000 |",
        "| Tuner a | > 11 | > 11 | > 11 | > 11 | > 11 |",
        "| constrint (1 of 2 recordings) | 10 | 10 | 10 | 10 | 10 |",
    ]:
        assert line in table, table
    assert report.figure(inf) == "–"
    drawn = plot.svg(found, 11, "constrint")
    assert "constrint (1 of 2 recordings)" in drawn and ">Tuner b<" in drawn
    assert drawn.count("<polyline") == 4 + len(found) and drawn.count('stroke-width="3"') == 3


def check_given(folder: Path) -> None:
    """Our curves, as a file."""
    path, head = folder / "given.txt", ",".join(curves.COLUMNS)
    path.write_text(f"{head}\nconstrint,toy-FLAT,7,1,\nconstrint,toy-FLAT,7,2,1.5\nconstrint,toy-FLAT,8,1,inf\n")
    assert curves.read(path, ["toy-FLAT"], 3)["constrint", "toy-FLAT"].tolist() == [[inf, 1.5, 1.5], [inf, inf, inf]]
    assert comparison.ours(folder, folder, path, ["toy-FLAT"], 2)[1] == [] and curves.longest(path) == 2
    assert "longer than 2 measurements" in comparison.ours(folder, folder, path, ["toy-FLAT"], 3)[1][0]
    for line, words in [
        ("constrint,other,7,1,2", ":2: other is not among the recordings toy-FLAT"),
        ("constrint,toy-FLAT,7,2,2", ":2: measurement 2 where 1 is next"),
        ("constrint,toy-FLAT,7,1,0.9", ":2: best_over_best is 0.9"),
        ("constrint,toy-FLAT,7,1,good", ":2: best_over_best is `good`"),
        ("constrint,toy-FLAT,7,1,2\nconstrint,toy-FLAT,7,2,3", ":3: best_over_best is 3.0"),
        ("constrint,toy-FLAT,7,1", ":2: 4 fields, not 5"),
        ("", "has no curves"),
    ]:
        path.write_text(f"{head}\n{line}\n" if line else f"{head}\n")
        refused(words, lambda: curves.read(path, ["toy-FLAT"], 3))
    path.write_text(f"{head}\nrandom,toy-FLAT,7,1,2\n")
    refused("random is the name of a peer", lambda: comparison.ours(folder, folder, path, ["toy-FLAT"], 3))
    path.write_text("a,b\n")
    refused("its first line is not `strategy,", lambda: curves.read(path, ["toy-FLAT"], 3))


def check_whole(folder: Path) -> None:
    """Runs into one folder: all, nothing, one part that is missing, and a recording that is another."""
    out, given = folder / "out", folder / "given.txt"
    given.write_text(f"{','.join(curves.COLUMNS)}\n" + "".join(f"constrint,{name},0,1,1\n" for name in TOYS))

    def run() -> dict[Path, int]:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert comparison.compare(folder, 2, MEASUREMENTS, out, given, False) == 0
        return {path: path.stat().st_mtime_ns for path in (out / "parts").iterdir()}

    first = run()
    table, lines = (out / "table.md").read_text(), (out / "curves.csv").read_text().count("\n")
    assert len(first) == len(PEERS) * len(TOYS) and lines == 1 + len(TOYS) * MEASUREMENTS * (1 + 2 * len(PEERS))
    assert "| constrint | 1.000 | 1.000 |" not in table and "| constrint | 1.000 |" in table
    assert run() == first, "a part was measured again"
    lost = next(iter(first))
    lost.unlink()
    assert {path for path, time in run().items() if first[path] != time} == {lost}
    assert (out / "table.md").read_text() == table, "not the same when measured again"
    flat = folder / "toy-FLAT.csv"
    flat.write_text(flat.read_text().replace(",2.0,", ",4.0,"))
    assert len(run()) == len(first) + len(PEERS), "what was measured on another recording was taken"


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_toys(folder)
        check_recordings(folder)
        check_curves()
        check_random()
        check_report()
        check_given(folder)
        check_peers(folder)
        check_whole(folder)
    print("the comparison agrees with what is known by hand")
    return 0
