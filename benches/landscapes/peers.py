"""Which rows of a recording other tuners measure, in their order.

A measurement is the first time that a tuner asks for a recorded row, whether that ran or failed. To ask again costs nothing, and
neither does a configuration that is not recorded: it is invalid, which a tuner that knows the restrictions would know.

* Kernel Tuner's strategies run through its own `tune_kernel` in its own simulation mode, with their default options. Its
  `max_fevals` counts in the same way, so that it is the number of measurements. Its space is made from the recorded rows,
  with which it knows what is valid and not what fails. Some strategies plan by `max_fevals`, and some end before.
* Optuna's TPE has a categorical distribution for each parameter with more than one value, and gets what failed as pruned.
  Once it is told of what is invalid as pruned too, and once as failed, which it does not learn from: it then proposes
  more that is invalid, and finds more in the end.
* Random takes rows without repetition.
"""

import json
import random
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from math import isfinite
from pathlib import Path
from unittest import mock

import kernel_tuner
import numpy as np
import optuna
from kernel_tuner import util
from kernel_tuner.searchspace import Searchspace
from optuna.trial import TrialState

from recording import Configuration, Recording

# For each seed in turn, which rows are measured, each once, and no more of them than `measurements`.
Peer = Callable[[Recording, range, int], Iterator[list[int]]]

KERNEL_TUNER = "Kernel Tuner"
STRATEGIES = (
    "genetic_algorithm", "diff_evo", "dual_annealing", "pso", "simulated_annealing", "greedy_ils", "mls", "firefly_algorithm",
    "basinhopping", "bayes_opt", "hybrid_vndx", "adaptive_tabu_greywolf", "random_sample",
)  # fmt: skip
IGNORES = "Optuna TPE that ignores what is invalid"
# The others take all. This one takes up to half a minute a seed.
MOST_SEEDS = {IGNORES: 10}
# Where nearly all that is proposed is invalid or known, TPE slows down without end. So many for each measurement are enough:
# the others stay unused.
PROPOSALS = 20


def sample(recording: Recording, seeds: range, measurements: int) -> Iterator[list[int]]:
    """Rows without repetition, each equally likely."""
    for seed in seeds:
        yield np.random.default_rng(seed).permutation(len(recording.configurations))[:measurements].tolist()


def kernel_tuner_strategy(strategy: str, recording: Recording, seeds: range, measurements: int) -> Iterator[list[int]]:
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache.json"
        cache.write_text(json.dumps(kernel_tuner_cache(recording)))
        # The first run of a process imports what it needs on the way, which takes from the same chance.
        simulate(str(cache), strategy, 0, measurements)
        for seed in seeds:
            results = simulate(str(cache), strategy, seed, measurements)
            asked = (tuple(result[name] for name in recording.parameters) for result in results)
            # Repetitions are among the results.
            yield list(dict.fromkeys(recording.row_of[configuration] for configuration in asked))


def kernel_tuner_cache(recording: Recording) -> dict:
    """A recording in the form of Kernel Tuner's cache file."""

    def result(configuration: Configuration, time_ms: float, failure: str) -> dict:
        word = failure if failure == "CompilationFailedConfig" else "RuntimeFailedConfig"
        return dict(zip(recording.parameters, configuration)) | {"time": word if failure else float(time_ms)}

    rows = zip(recording.configurations, recording.times_ms, recording.failures)
    return {
        "device_name": recording.name,
        "kernel_name": recording.name,
        "problem_size": [1],
        "tune_params_keys": list(recording.parameters),
        "tune_params": recording.values(),
        "objective": "time",
        "cache": {",".join(map(str, row[0])): result(*row) for row in rows},
    }


def simulate(cache: str, strategy: str, seed: int, measurements: int) -> list[dict]:
    """All that a strategy asked for, in its order."""
    content = util.read_cache(cache, open_cache=False)
    # A space of the recorded rows, failed ones included. From restrictions it could not have the rows of a sample.
    space = Searchspace(None, None, None, from_cache=content)
    with seeded(seed), mock.patch("kernel_tuner.interface.Searchspace", lambda *_, **__: space), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results, _ = kernel_tuner.tune_kernel(
            **util.infer_args_from_cache(content),
            cache=cache,
            simulation_mode=True,
            quiet=True,
            strategy=strategy,
            strategy_options={"max_fevals": measurements},
        )
    return results


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Kernel Tuner has no seed of its own: it takes chance from the process, and SciPy for it from new generators."""
    random.seed(seed)
    np.random.seed(seed)
    sequence, fresh = np.random.SeedSequence(seed), np.random.default_rng
    repeatable = lambda given=None: fresh(sequence.spawn(1)[0] if given is None else given)
    with mock.patch.object(np.random, "default_rng", repeatable):
        yield


def tpe(invalid: TrialState, recording: Recording, seeds: range, measurements: int) -> Iterator[list[int]]:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    values = recording.values()
    for seed in seeds:
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        # In the order of asking.
        asked: dict[int, None] = {}
        for _ in range(PROPOSALS * measurements):
            if len(asked) == min(measurements, len(recording.configurations)):
                break
            trial = study.ask()
            chosen = (of[0] if len(of) == 1 else trial.suggest_categorical(name, of) for name, of in values.items())
            row = recording.row_of.get(tuple(chosen))
            if row is None:
                study.tell(trial, state=invalid)
                continue
            asked[row] = None
            time_ms = recording.times_ms[row]
            study.tell(trial, **({"values": time_ms} if isfinite(time_ms) else {"state": TrialState.PRUNED}))
        yield list(asked)


PEERS: dict[str, Peer] = {
    **{f"{KERNEL_TUNER} {strategy}": partial(kernel_tuner_strategy, strategy) for strategy in STRATEGIES},
    "Optuna TPE": partial(tpe, TrialState.PRUNED),
    IGNORES: partial(tpe, TrialState.FAIL),
    "random": sample,
}
