#!/usr/bin/env python3
"""python-constraint2 lists a space in memory. CPU time without Python's start, imports and the reading of the file.

usage: listed.py SPACE.json
"""

import sys
import time

from constraint import Problem

import space


def main():
    asked = space.read(sys.argv[1])
    start = time.process_time()
    problem = Problem()
    for name, values in asked.values.items():
        problem.addVariable(name, values)
    # As texts, which it compiles: the fastest of the forms that it takes.
    problem.addConstraint(asked.constraints)
    solutions = problem.getSolutionsOrderedList(list(asked.values))
    space.tell(len(solutions), time.process_time() - start)


if __name__ == "__main__":
    main()
