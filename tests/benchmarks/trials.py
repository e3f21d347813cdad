"""CPU time of a trial beyond its training, forked against a new process, and trials of two workers against one.

The two-layer net of 50 units on the bundled digits. What a trial takes beyond its training is extrapolated to no
epochs from two numbers of epochs. The first trial of an executor imports some libraries and is not counted. Run it by
hand: CPU seconds also rise while other programs use the cores; the ratios of wall times require a quiet machine.
`python tests/benchmarks/trials.py 20` runs 20 trials for each of the latter, by default 8.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from kpipe.trials.event import Ended
from kpipe.trials.executor import Executor
from kpipe.trials.local_executor import LocalExecutor
from kpipe.trials.outcome import Outcome
from kpipe.trials.trial import Trial

SPEC = """\
name: two-layer-net
data: {source: Digits, validation: 0.2, batch_size: 64, prepare: [Rescale: {scale: 0.0625}]}
model: [Flatten, Dense: {units: 50, activation: relu}, Dense: {units: =classes}]
train: {epochs: 1, optimizer: {SGD: {learning_rate: 0.05, momentum: 0.9}}}
"""
SHORT, LONG = 1, 21
ROUNDS = 5


def run(executor: Executor, base: Path, count: int, epochs: int) -> list[Outcome]:
    """Run equal trials, and return their outcomes in the order in which they end."""
    folder = Path(tempfile.mkdtemp(dir=base))
    for number in range(count):
        values = {"train.epochs": epochs}
        executor.submit(Trial(id=str(number), spec=base / "spec.yaml", folder=folder / str(number), overrides=values))
    found: list[Outcome] = []
    while len(found) < count:
        found += [event.outcome for event in executor.wait() if isinstance(event, Ended)]
    assert {outcome.status for outcome in found} == {"completed"}
    return found


def new_process(base: Path, epochs: int) -> float:
    """The CPU seconds of `kpipe run` in a new process on one core."""
    folder = Path(tempfile.mkdtemp(dir=base))
    command = [
        "-m",
        "kpipe",
        "run",
        str(base / "spec.yaml"),
        "--set",
        f"train.epochs={epochs}",
        "--output",
        str(folder),
    ]
    core = min(os.sched_getaffinity(0))
    code = (
        f"import os, sys; os.sched_setaffinity(0, [{core}]); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    process = subprocess.Popen([sys.executable, "-c", code, *command, "--quiet"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


def beyond_training(short: list[float], long: list[float]) -> tuple[float, float]:
    """The CPU seconds of a run without epochs, and of an epoch."""
    epoch = (median(long) - median(short)) / (LONG - SHORT)
    return median(short) - SHORT * epoch, epoch


def overhead(base: Path) -> None:
    """Print what a trial takes beyond its training, forked and in a new process, in alternating pairs."""
    times: dict[tuple[str, int], list[float]] = {}
    with LocalExecutor(1, cpus=1) as executor:
        run(executor, base, 1, SHORT)
        for _ in range(ROUNDS):
            for epochs in (SHORT, LONG):
                times.setdefault(("forked", epochs), []).append(run(executor, base, 1, epochs)[0].cpu_seconds)
                times.setdefault(("new process", epochs), []).append(new_process(base, epochs))
    found = {name: beyond_training(times[name, SHORT], times[name, LONG]) for name in ("forked", "new process")}
    for name, (seconds, epoch) in found.items():
        print(f"{name:12} {seconds:.2f} CPU s beyond the training, {1000 * epoch:.0f} ms for an epoch")
    print(f"forked / new process: {found['forked'][0] / found['new process'][0]:.2f}")


def throughput(base: Path, count: int) -> None:
    """Print how many trials run in the same time."""
    kinds = {"two workers": (2, None), "one worker with one thread": (1, 1), "one worker": (1, None)}
    seconds = {}
    for name, (workers, cpus) in kinds.items():
        with LocalExecutor(workers, cpus=cpus) as executor:
            run(executor, base, workers, SHORT)
            began = time.perf_counter()
            run(executor, base, count, LONG)
            seconds[name] = time.perf_counter() - began
    for name in list(kinds)[1:]:
        print(f"trials of two workers / of {name} in the same time: {seconds[name] / seconds['two workers']:.2f}")


def main() -> None:
    """Measure both."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "spec.yaml").write_text(SPEC)
        overhead(Path(name))
        throughput(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 8)


if __name__ == "__main__":
    main()
