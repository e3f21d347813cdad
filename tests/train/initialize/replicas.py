"""Initializes a spec on one device and on two replicas, and prints both as JSON; run it in a process of its own."""

from __future__ import annotations

import json
import sys

import numpy as np

from kpipe.checks.checked_spec import checked
from kpipe.train.setup.spec_session import spec_session

DEEP = """
name: deep
seed: 3
data: {source: Digits, prepare: [Standardize], batch_size: 64}
model:
  - Conv2D: {filters: 4, kernel_size: 3, activation: tanh}
  - BatchNormalization: {synchronized: true}
  - Flatten
  - Repeat: {times: 4, of: [Dense: {units: 24, activation: tanh}]}
  - Dense: {units: =classes}
train:
  epochs: 1
  optimizer: {SGD: {learning_rate: 0.05}}
  initialize: [LSUV, BiasFromLabels]
"""


def initialized(strategy: object) -> dict[str, object]:
    spec = checked(DEEP, {"train.strategy": strategy, "train.precision": sys.argv[1]})
    with spec_session(spec, is_run=True):
        from kpipe.train.devices.training_variables import copies
        from kpipe.train.plan import check_plan
        from kpipe.train.setup.setup import set_up

        setup = set_up(spec, lambda line: None)
        entries = check_plan(setup).initializations.apply(lambda line: None)
        variables = [[np.array(copy).tolist() for copy in copies(entry)] for entry in setup.built.model.variables]
        setup.prepared.close()
    return {"entries": entries, "variables": variables}


if __name__ == "__main__":
    # The strategy has to split the CPU before TensorFlow computes anything.
    second = initialized({"Mirrored": {"devices": 2}})
    print(json.dumps({"one": initialized("auto"), "two": second}))
