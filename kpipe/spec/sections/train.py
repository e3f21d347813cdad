"""The section `train`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from kpipe.spec.node import Node
from kpipe.spec.sections.changeable import Changeable
from kpipe.spec.sections.checkpoint_rule import CheckpointRule
from kpipe.spec.sections.choose import Choose
from kpipe.spec.sections.or_component import COMPONENT, SECTION, OrComponent, form_of_entry
from kpipe.spec.sections.ranges import AtLeastOne, Fraction, NonNegative
from kpipe.spec.sections.regularize import Regularize
from kpipe.spec.sections.section import Section
from kpipe.spec.sections.slot import Slot
from kpipe.spec.sections.target_options import TargetOptions
from kpipe.spec.sections.train_stage import TrainStage
from kpipe.spec.sections.validate import Validate

#: A stage, or a recipe that stands for some.
_Entry = Annotated[Annotated[TrainStage, Tag(SECTION)] | Annotated[Node, Tag(COMPONENT)], Discriminator(form_of_entry)]


class Train(Section):
    """`train:` the optimizer, the loss, the number of epochs, and which model is kept.

    Args:
        epochs: number of epochs, at least 1, default 10; with `stages`, that of each stage without `epochs`.
        optimizer: an optimizer, default `Adam`. Gradient clipping and accumulation are its arguments, as in Keras:
            `clipnorm`, `global_clipnorm`, `clipvalue`, `gradient_accumulation_steps`.
        loss: a loss, or `auto` (default): chosen by the task and the last activation.
        metrics: metrics, or `auto` (default): accuracy for classes, mean absolute error for numbers.
        targets: a mapping from the name of an output item to its options, for models with several outputs.
        choose: the epoch whose model is kept.
        class_weight: `balanced`, or a mapping from class name to weight; default null: equal weights.
        regularize: the elastic net penalty on kernels.
        label_smoothing: fraction of each label that is distributed over all classes, in [0, 1), default 0.
        precision: `float32` (default), `mixed_float16` or `mixed_bfloat16`.
        steps_per_execution: steps per call of the compiled function, at least 1, default 1.
        jit_compile: whether to compile the model with XLA: `true`, `false`, or `auto` (default: Keras decides).
        strategy: a distribution strategy, or `auto` (default): all GPUs.
        deterministic: whether repeated runs on a GPU have bit-identical results, which is slower; runs on a CPU always
            do; default false.
        validate: how often the validation part is evaluated.
        checkpoint: how often the state for `--resume` is saved within an epoch.
        initialize: a list of initializations, which set weights by the training data before the first step, in their
            order; default none.
        callbacks: a list of callbacks in the order in which they are called.
        start_from: saved weights that are loaded before the first step; default null: the initial weights.
        only: a list of names of items, and of selections of layers, that are trained; all others are frozen. Default
            null: all layers.
        freeze: a list of names of items, and of selections of layers, that are not trained; default none.
        frozen_dropout: whether dropout and other random layers are on in frozen layers, default false.
        learning_rate_multipliers: factors on the learning rate of some layers, default null: none.
        stages: parts of the training with their own epochs, trained layers, optimizers and callbacks, or recipes that
            stand for them; default null: one training as described here.
    """

    epochs: AtLeastOne = 10
    optimizer: Annotated[Node | None, Slot("optimizer", default="Adam")] = None
    loss: Annotated[Node | None, Slot("loss", words=("auto",), default="auto")] = None
    metrics: Annotated[Node | None, Slot("metric", "list", words=("auto", "accuracy"), default="auto")] = None
    targets: dict[str, TargetOptions] = Field(default_factory=dict)
    choose: Choose = Field(default_factory=Choose)
    class_weight: Literal["balanced"] | dict[str, NonNegative] | None = None
    regularize: Regularize = Field(default_factory=Regularize)
    label_smoothing: Fraction = 0.0
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    steps_per_execution: AtLeastOne = 1
    jit_compile: Literal["auto"] | bool = "auto"
    strategy: Annotated[Node | None, Slot("strategy", words=("auto",), default="auto"), Changeable()] = None
    deterministic: bool = False
    validate_: Annotated[Validate, Field(alias="validate")] = Field(default_factory=Validate)
    checkpoint: Annotated[CheckpointRule, Changeable()] = Field(default_factory=CheckpointRule)
    initialize: Annotated[Node | None, Slot("initialization", "list", default=[])] = None
    callbacks: Annotated[Node | None, Slot("callback", "list", default=[])] = None
    start_from: Annotated[Node | None, Slot("start")] = None
    only: Annotated[Node | None, Slot("selection", "list", items=True)] = None
    freeze: Annotated[Node | None, Slot("selection", "list", default=[], items=True)] = None
    frozen_dropout: bool = False
    learning_rate_multipliers: Annotated[Node | None, Slot("multiplier")] = None
    stages: Annotated[list[_Entry] | None, OrComponent("recipe")] = None

    def conflicts(self) -> Iterator[tuple[str, str]]:
        """Yield that the list of stages is empty."""
        if self.stages is not None and not self.stages:
            yield "stages", "expected at least 1 stage, got an empty list; remove it to train without stages"
