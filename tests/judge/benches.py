"""Trainings that are set up for measurements."""

from contextlib import contextmanager

import numpy as np

from kpipe.checks.checked_spec import checked
from kpipe.train.setup.spec_session import spec_session

DIGITS = """
name: digits
data: {source: Digits, prepare: [Standardize], batch_size: 32}
model:
  - Flatten
  - Dense: {units: 16, activation: relu}
  - Dense: {units: =classes}
train: {epochs: 2, optimizer: {SGD: {learning_rate: 0.1}}}
"""


@contextmanager
def bench_of(spec=DIGITS, overrides=(), budget=None):
    """A bench for a spec, with a seed and a session of its own."""
    spec = checked(spec, overrides)
    with spec_session(spec, is_run=True):
        from kpipe.judge.protocol.bench import Bench
        from kpipe.judge.protocol.budget import Budget
        from kpipe.judge.protocol.stopwatch import Stopwatch
        from kpipe.train.plan import check_plan
        from kpipe.train.setup.setup import set_up

        setup = set_up(spec, lambda line: None, one_device=True)
        try:
            watch = Stopwatch()
            with setup.prepared.worker_errors():
                yield Bench(setup, check_plan(setup), watch, Budget(watch, budget))
        finally:
            setup.prepared.close()


def arrays_spec(folder, arrays, model, train="{epochs: 2, optimizer: {SGD: {learning_rate: 0.1}}}", data=""):
    """A spec whose data are these arrays, of which all are trained on by default."""
    data = data if "validation" in data else f"{data}, validation: 0"
    np.savez(folder / "data.npz", **arrays)
    source = f"data: {{source: {{Arrays: {{path: {folder / 'data.npz'}}}}}{data}}}"
    return f"name: arrays\n{source}\nmodel: {model}\ntrain: {train}\n"


def state_of(bench):
    """All variables of a training as arrays."""
    model = bench.model
    return [np.array(entry) for entry in (*model.variables, *model.optimizer.variables, *model.metrics_variables)]
