"""The checks before a long run on the corpus of `tests/judge/corpus.py`, and the range test against sweeps.

- `python tests/benchmarks/check_corpus.py healthy [SEEDS]` prints the codes that are found in healthy trainings.
- `python tests/benchmarks/check_corpus.py sick [SEEDS]` prints those of sick ones. With each of the first three seeds, it
  also trains them and their remedies: a training is sick if its remedy lowers the validation loss by 10 % of the trivial
  one with each seed.
- `python tests/benchmarks/check_corpus.py sweep [TASK]...` trains with 13 learning rates, and with the one that the range
  test suggests. The losses are relative to the trivial one.

Each line is printed as soon as it is known; the whole takes an hour on two cores.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[1] / "judge"))

import corpus
import measured_case
import numpy as np

#: The seeds with which sick trainings are compared with their remedies, and the least difference.
COMPARED, GAIN = 3, 0.1
#: The tasks of the sweeps, with their epochs.
SWEPT = {
    "mlp": 12,
    "mlp, adam": 12,
    "tanh": 12,
    "deep relu": 12,
    "cnn": 12,
    "gru": 12,
    "wine": 20,
    "breast cancer": 12,
    "circles": 20,
    "diabetes": 20,
}
RATES = [10 ** (power / 2) for power in range(-10, 3)]


def healthy(seeds: int) -> None:
    runs = false = 0
    for seed in range(seeds):
        for case in corpus.HEALTHY:
            found = measured_case.examined(case.base, case.overrides, seed, trains=seed == 0)
            runs, false = runs + 1, false + bool(found.errors)
            loss = "" if found.loss is None else f"{found.loss:.3f}"
            print(f"seed {seed} {loss:5} {case}: {' '.join(found.codes) or 'nothing'}", flush=True)
        print(f"{false} false alarms in {runs} runs", flush=True)


def sick(seeds: int) -> None:
    found_of, first_of, gains = defaultdict(list), defaultdict(list), defaultdict(list)
    remedies: dict[tuple[str, str, int], float] = {}
    for seed in range(seeds):
        for case in corpus.SICK:
            found = measured_case.examined(case.base, case.overrides, seed, case.codes, trains=seed < COMPARED)
            found_of[case].append(bool(case.codes.intersection(found.codes)))
            first_of[case].append(bool(found.codes) and found.codes[0] in case.codes)
            losses = ""
            if seed < COMPARED and found.loss is not None:
                key = case.base, repr(case.remedy), seed
                if key not in remedies:
                    remedies[key] = measured_case.trained_loss(case.base, case.remedy, seed)
                gains[case].append(found.loss - remedies[key])
                losses = f"{found.loss:6.3f} against {remedies[key]:.3f}"
            print(f"seed {seed} {losses:20} {case}: {' '.join(found.codes) or 'nothing'}", flush=True)
        _print_causes(found_of, first_of, gains)


def _print_causes(found_of, first_of, gains) -> None:
    causes = defaultdict(list)
    for case in found_of:
        causes[case.cause].append(case)
    print("| cause | cases | found | first | not sick |")
    for cause, cases in causes.items():
        found = [entry for case in cases for entry in found_of[case]]
        first = [entry for case in cases for entry in first_of[case]]
        weak = [str(case) for case in cases if gains[case] and min(gains[case]) < GAIN]
        print(
            f"| {cause} | {len(cases)} | {sum(found)} of {len(found)} | {sum(first)} | {'; '.join(weak)} |", flush=True
        )


def sweep(tasks: list[str]) -> None:
    near = 0
    for task in tasks:
        overrides = corpus.custom({"train.epochs": SWEPT[task]}, task)
        losses, suggestion, own = measured_case.sweep(task, overrides, 0, RATES)
        best = int(np.argmin(losses))
        near += bool(own) and own[0] - losses[best] <= 0.03
        print(f"{task}: best {RATES[best]:.1e} {losses[best]:.3f}, suggested {suggestion or 0:.1e} {own}", flush=True)
        print("   ", " ".join(f"{rate:.0e}:{loss:.3f}" for rate, loss in zip(RATES, losses, strict=True)), flush=True)
    print(f"within 3 %: {near} of {len(tasks)}")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    if command == "sweep":
        sweep(arguments or [*SWEPT])
    else:
        {"healthy": healthy, "sick": sick}[command](int(arguments[0]) if arguments else 5)
