"""The diagnosis of the runs of `tests/judge/diagnosis_corpus.py`, and the effect of its remedies.

`python tests/benchmarks/diagnose_corpus.py FOLDER [--seeds 5] [--only TEXT] [--offline]` trains each case with each seed,
and each error again with the remedy of its verdict. Runs that are in the folder are not trained again, so that a change
of a rule is measured in seconds by a second call, with `--offline` without any training. The whole takes two hours of CPU
time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).parents[1] / "judge"))

import corpus
import numpy as np
import yaml
from diagnosis_corpus import HEALTHY, SICK

import kpipe
from kpipe.judge.diagnose_folder import diagnose_folder
from kpipe.judge.diagnosis.evidence import best
from kpipe.judge.diagnosis.read_evidence import read_evidence
from kpipe.train.run_folder.run_folder import RunFolder

#: The gain of the validation loss by a remedy, as a share of the trivial loss; a loss that is so near that of the healthy
#: run has reached its level.
GAIN, LEVEL = 0.1, 0.05
#: The largest loss, relative to the trivial one; it stands for one that is not finite.
WORST = 10.0


class Runs:
    """The runs in a folder.

    Args:
        folder: the folder.
        offline: whether missing runs remain missing.
    """

    def __init__(self, folder: Path, offline: bool) -> None:
        self._folder, self._offline = folder, offline

    def path(self, case, seed, more=""):
        return self._folder / f"{re.sub('[^a-z0-9]+', '-', str(case).lower())}{more}" / str(seed)

    def trained(self, path, base, overrides, seed):
        """Return the folder of a run, which is trained unless it is there; None if it is missing or was refused."""
        if (path / "result.json").is_file():
            return path
        if self._offline or (path / "refused.txt").is_file():
            return None
        shutil.rmtree(path, ignore_errors=True)
        try:
            with warnings.catch_warnings(), contextlib.suppress(kpipe.TrainingError):
                warnings.simplefilter("ignore")
                kpipe.load(corpus.BASES.get(base, base), {"seed": seed, **overrides}).run(path)
        except (kpipe.KpipeError, ValueError) as error:
            path.mkdir(parents=True, exist_ok=True)
            (path / "refused.txt").write_text(str(error))
            print(f"refused: {path}: {error}", flush=True)
            return None
        return path


def loss_of(path):
    """Return the lowest validation loss of a run, relative to the trivial one."""
    evidence = read_evidence(RunFolder(path))
    loss = best(evidence.validation) / evidence.trivial if evidence.trivial else np.nan
    return WORST if np.isnan(loss) else float(min(loss, WORST))


def overrides_of(remedy):
    """Return the overrides at the head of a remedy."""
    words = shlex.split(remedy.split("--set", 1)[1]) if remedy.startswith("--set") else []
    found = words[:1] + [words[place + 1] for place, word in enumerate(words[:-1]) if word == "--set"]
    return {path: yaml.safe_load(value) for path, value in (each.split("=", 1) for each in found)}


def remedied(runs, case, seed, folder, verdict):
    """Return how a remedy has changed a run: the losses before, after it and of the healthy run; None without one."""
    given = overrides_of(verdict.remedy)
    if not given:
        return None
    digest = re.sub("[^A-Za-z0-9.]+", "-", " ".join(f"{key}={value}" for key, value in given.items()))
    path = runs.path(case, seed, f"+{digest[:120]}")
    after = runs.trained(path, case.base, {**case.overrides, **given}, seed)
    if after is None:
        return None
    before, later = loss_of(folder), loss_of(after)
    healthy = np.nan
    if before - later < GAIN and case.remedy:
        name = f"healthy {case.base} {json.dumps(case.remedy)}"
        base = runs.trained(runs.path(name, seed), case.base, corpus.custom(case.remedy, case.base), seed)
        healthy = np.nan if base is None else loss_of(base)
    return before, later, healthy


def is_improved(effect):
    before, later, healthy = effect
    return before - later >= GAIN or later <= healthy + LEVEL


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--offline", action="store_true")
    parser.add_argument("--verdicts", action="store_true", help="train no remedies")
    arguments = parser.parse_args()
    runs = Runs(arguments.folder, arguments.offline)
    right, effects, false, healthy = defaultdict(list), defaultdict(list), 0, 0
    for seed in range(arguments.first, arguments.seeds):
        for case in [*HEALTHY, *SICK]:
            if arguments.only not in str(case):
                continue
            start = time.time()
            folder = runs.trained(runs.path(case, seed), case.base, case.overrides, seed)
            if folder is None:
                continue
            verdicts = diagnose_folder(folder)
            codes = [str(verdict.code) for verdict in verdicts]
            line = f"seed {seed} {loss_of(folder):5.2f} {case}: {' '.join(codes) or 'nothing'}"
            if case.codes:
                right[case].append(bool(codes) and codes[0] in case.codes)
                line = f"{'     ' if right[case][-1] else 'WRONG'} {line}"
            else:
                healthy, false = healthy + 1, false + any(code[0] == "E" for code in codes)
                line = f"{'FALSE' if any(code[0] == 'E' for code in codes) else '     '} {line}"
            if case.codes and codes and codes[0] in case.codes and codes[0][0] == "E" and not arguments.verdicts:
                effect = remedied(runs, case, seed, folder, verdicts[0])
                if effect is not None:
                    effects[case].append(effect)
                    line += " remedy {:.2f} -> {:.2f} ({:.2f})".format(*effect)
                    line += f" {'improved' if is_improved(effect) else 'NOT IMPROVED'}: {verdicts[0].remedy}"
            print(f"{line} [{time.time() - start:.0f} s]", flush=True)
    _print_causes(right, effects)
    print(f"{false} false alarms in {healthy} healthy runs")


def _print_causes(right, effects) -> None:
    causes = defaultdict(list)
    for case in right:
        causes[case.cause].append(case)
    print("| cause | cases | right first verdict | remedies that improve it |")
    for cause, cases in causes.items():
        found = [entry for case in cases for entry in right[case]]
        better = [is_improved(effect) for case in cases for effect in effects[case]]
        print(f"| {cause} | {len(cases)} | {sum(found)} of {len(found)} | {sum(better)} of {len(better)} |")
    found = [entry for entries in right.values() for entry in entries]
    better = [is_improved(effect) for entries in effects.values() for effect in entries]
    print(f"| all | {len(right)} | {sum(found)} of {len(found)} | {sum(better)} of {len(better)} |")


if __name__ == "__main__":
    main()
