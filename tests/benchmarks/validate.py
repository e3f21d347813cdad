"""How long `kpipe validate` of a shipped spec takes from the second time on, against starting Python, as whole
processes in turn: `python tests/benchmarks/validate.py [ROUNDS]`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time


def seconds(*arguments: str) -> float:
    """Wall seconds of Python with these arguments."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
    return time.perf_counter() - began


def main(rounds: int) -> None:
    """Runs both in turn and prints the medians and their ratio."""
    command = ("-m", "kpipe", "validate", "kpipe:digits")
    seconds(*command)
    pairs = [(seconds(*command), seconds("-c", "pass")) for _ in range(rounds)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"kpipe validate {ours:.3f} s, python {bare:.3f} s, ratio {ours / bare:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
