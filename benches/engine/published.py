"""ConstrINT as published in the FlashRNN package, a case at a time in a process of its own."""

import importlib.util
import json
import resource
import signal
import subprocess
import sys
import time


class TimeOut(Exception):
    """It took more CPU time than it was given."""


def first(module, text, order, limit_seconds):
    """The first solution in the order or none, and CPU seconds with parsing, without Python's start."""
    case = json.dumps({"text": text, "order": order, "limit_seconds": limit_seconds})
    run = subprocess.run([sys.executable, __file__, module], input=case, capture_output=True, text=True, check=False)
    if run.returncode == -signal.SIGXCPU:
        raise TimeOut
    if run.returncode != 0:
        raise RuntimeError(run.stderr)
    answer = json.loads(run.stdout.splitlines()[-1])
    return answer["values"], answer["seconds"]


def load(path):
    """The solver's module alone: its package imports torch. Without the package it does not cache answers either."""
    spec = importlib.util.spec_from_file_location("published_constrint", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def main():
    case = json.load(sys.stdin)
    module = load(sys.argv[1])
    limit = int(time.process_time()) + case["limit_seconds"]
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    ends = {"max": module.ValueHeuristic.LARGEST_FIRST, "min": module.ValueHeuristic.SMALLEST_FIRST}
    order = [module.ValueRefinement(name, ends[end]) for name, end in case["order"]]
    start = time.process_time()
    constraint, variables = module.parse_expression(case["text"])
    solutions = module.solve_constrint(constraint, variables, order, 1)
    seconds = time.process_time() - start
    print(json.dumps({"values": solutions[0] if solutions else None, "seconds": seconds}))


if __name__ == "__main__":
    main()
