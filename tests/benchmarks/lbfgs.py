"""The loss that LBFGS, Adam and SGD reach on the network of `kpipe:digits-lbfgs` in the same CPU time.

`python tests/benchmarks/lbfgs.py [SEEDS]` trains with LBFGS, and with Adam and SGD with momentum at four learning rates each, for about
as long. The loss is the objective on the whole training part, with its penalty, at the last weights; the time is that of the steps, in
CPU seconds, without their traces.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

from kpipe.checks.checked_spec import checked
from kpipe.train.full_batch.full_batch_loss import FullBatchLoss
from kpipe.train.full_batch.full_batch_step import FullBatchStep
from kpipe.train.plan import check_plan
from kpipe.train.setup.setup import set_up
from kpipe.train.setup.spec_session import spec_session

RATES = (3e-4, 1e-3, 3e-3, 1e-2)
MOMENTUM_RATES = (0.01, 0.03, 0.1, 0.3)
#: The epochs of Adam and SGD at batch size 32; the time of each is printed.
EPOCHS = 60


def trained(overrides: dict[str, object], full_batch: bool) -> tuple[float, float, float, int]:
    """The loss on the training part, the accuracy on the test part, the CPU seconds of the steps, and their number."""
    spec = checked("kpipe:digits-lbfgs", overrides)
    with spec_session(spec):
        setup = set_up(spec, lambda line: None)
        plan = check_plan(setup)
        model, prepared, labels = setup.built.model, setup.prepared, plan.objective.labels
        whole = prepared.batches("train", epoch=0, labels=labels)
        steps, seconds = 0, 0.0
        if full_batch:
            step = FullBatchStep(model)
            step._loss(whole)
        else:
            model.make_train_function()
            before = [*map(np.array, (*model.variables, *model.optimizer.variables))]
            model.train_function(iter(prepared.batches("train", epoch=0, labels=labels)))
            for variable, value in zip((*model.variables, *model.optimizer.variables), before, strict=True):
                variable.assign(value)
        for epoch in range(spec.train.epochs):
            began = time.process_time()
            if full_batch:
                step(iter([whole]))
                steps += 1
            else:
                batches = iter(prepared.batches("train", epoch=epoch, labels=labels))
                for _ in range(prepared.steps("train")):
                    model.train_function(batches)
                    steps += 1
            seconds += time.process_time() - began
            if full_batch and model.optimizer.stop_reason:
                break
        loss, _ = FullBatchLoss(model)(whole)
        right = total = 0
        for x, y in prepared.batches("test", labels=labels):
            right += int(np.sum(np.argmax(model(x, training=False), axis=-1) == np.reshape(y, -1)))
            total += len(y)
    return loss, right / total, seconds, steps


def main() -> None:
    """Print one row for each training, the mean over the seeds."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rows: list[tuple[str, dict[str, object], bool]] = [
        (f"LBFGS, {epochs} iterations", {"vars.epochs": epochs}, True) for epochs in (100, 300)
    ]
    for rate in RATES:
        rows.append((f"Adam {rate:g}", {"train.optimizer": {"Adam": {"learning_rate": rate}}}, False))
    for rate in MOMENTUM_RATES:
        rows.append((f"SGD {rate:g}", {"train.optimizer": {"SGD": {"learning_rate": rate, "momentum": 0.9}}}, False))
    print(f"{'':24}{'loss':>9}{'test':>8}{'CPU s':>8}{'steps':>8}", flush=True)
    for title, overrides, full_batch in rows:
        batches = {} if full_batch else {"data.batch_size": 32, "vars.epochs": EPOCHS}
        found = [trained({**overrides, **batches, "seed": seed}, full_batch) for seed in range(seeds)]
        loss, accuracy, seconds, steps = np.mean(found, axis=0)
        print(f"{title:24}{loss:9.4f}{accuracy:8.4f}{seconds:8.2f}{steps:8.0f}", flush=True)


if __name__ == "__main__":
    main()
