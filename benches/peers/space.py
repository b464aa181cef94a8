"""Spaces in this project's JSON, as far as those that the peers are asked have it, and what the peers' programs print."""

import json
from dataclasses import dataclass


@dataclass
class Space:
    """Variables with the values that each can take, and constraints in Python's syntax."""

    name: str
    values: dict
    constraints: list


def read(path):
    with open(path, encoding="utf-8") as file:
        problem = json.load(file)
    unknown = problem.keys() - {"version", "name", "variables", "constraints"}
    if unknown:
        raise ValueError(f"{path}: the peers cannot be asked about {', '.join(sorted(unknown))}")
    variables = {name: values_of(path, name, entry) for name, entry in problem["variables"].items()}
    constraints = [entry if isinstance(entry, str) else entry["expr"] for entry in problem["constraints"]]
    return Space(problem["name"], variables, constraints)


def values_of(path, name, entry):
    match entry:
        case {"values": [*values]}:
            return values
        case {"min": int(least), "max": int(greatest), **rest} if rest.keys() <= {"step"}:
            return list(range(least, greatest + 1, rest.get("step", 1)))
        case _:
            raise ValueError(f"{path}: {name}: give the peers `values` or `min` and `max`, not {entry}")


def tell(solutions, seconds, complete=True):
    """One line for `peers.py`."""
    print(json.dumps({"solutions": solutions, "seconds": seconds, "complete": complete}))
