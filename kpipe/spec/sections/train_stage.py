"""An entry of the section `train.stages`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kpipe.spec.node import Node
from kpipe.spec.sections.ranges import AtLeastOne
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot
from kpipe.spec.sections.stage_data import StageData


class TrainStage(Section):
    """One entry of `train.stages:` a part of the training, which continues with the weights of the former stage.

    What a stage omits is that of `train` and `data`.

    Args:
        epochs: largest number of epochs of the stage, at least 1; default `train.epochs`.
        only: names of items, and selections of layers, that are trained, as in `train.only`. A stage with `only` or
            `freeze` uses neither `train.only` nor `train.freeze`.
        freeze: names of items, and selections of layers, that are not trained, as in `train.freeze`; an empty list
            trains all layers.
        optimizer: the optimizer of the stage; default `train.optimizer`. It is always a new one.
        learning_rate_multipliers: factors on the learning rate of some layers; default those of `train`.
        callbacks: the callbacks of the stage, an empty list for none; default `train.callbacks`. They are always new
            ones, so that schedules and early stopping see one stage.
        data: the batch size and the augmentation of the stage.
    """

    epochs: AtLeastOne | None = None
    only: Annotated[Node | None, Slot("selection", "list", items=True)] = None
    freeze: Annotated[Node | None, Slot("selection", "list", items=True)] = None
    optimizer: Annotated[Node | None, Slot("optimizer")] = None
    learning_rate_multipliers: Annotated[Node | None, Slot("multiplier")] = None
    callbacks: Annotated[Node | None, Slot("callback", "list")] = None
    data: StageData = Field(default_factory=StageData)
