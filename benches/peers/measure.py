"""What commands take: CPU time and peak memory of a process from its start to its end."""

import os
import subprocess
import sys


def cpu_seconds(command, output):
    """User and system time of a command whose standard output goes to a file."""
    with open(output, "wb") as sink:
        process = subprocess.Popen(command, stdout=sink, stderr=subprocess.PIPE)
        complaint = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {process.returncode}\n{complaint.decode()}")
    return usage.ru_utime + usage.ru_stime


# A small shell starts the command, and becomes the Python that asks what its children have held.
SHELL = 'output=$1; shift; "$@" >"$output" && exec "$PYTHON" -c "$ASK"'
ASK = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def peak_bytes(command, output):
    """The most memory that a command holds.

    The kernel counts with a process what the one that started it held then. That is this Python's, more than ours needs:
    hence the shell.
    """
    environment = {**os.environ, "PYTHON": sys.executable, "ASK": ASK}
    shell = ["sh", "-c", SHELL, "sh", output, *command]
    return int(subprocess.run(shell, env=environment, stdout=subprocess.PIPE, check=True).stdout) * 1024


def lines(path):
    """How many lines a file has."""
    with open(path, "rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))
