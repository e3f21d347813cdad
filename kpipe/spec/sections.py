"""The typed sections of a spec. A field that holds components names their kind; pydantic checks the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kpipe.spec.node import Node


@dataclass(frozen=True)
class Slot:
    """Marks a field that holds components rather than plain values.

    Args:
        kind: the kind of component that belongs there, such as `optimizer`.
        many: `list` for a list of components, `mapping` for a list or a mapping of lists by input's name.
        words: plain texts that are allowed instead, such as `auto`.
        default: what stands there if the spec leaves it out; `...` where it must be given.
    """

    kind: str
    many: Literal["one", "list", "mapping"] = "one"
    words: tuple[str, ...] = ()
    default: Any = None


class Section(BaseModel):
    """Base of all sections: unknown keys are refused, nothing is converted from one type to another."""

    model_config = ConfigDict(extra="forbid", strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)


Share = Annotated[float, Field(ge=0, lt=1)]
Weight = Annotated[float, Field(ge=0)]


class Data(Section):
    """`data:` where samples come from, how they are split, and what is done to them before the first layer.

    Args:
        source: one source component.
        validation: share of the training part, in [0, 1), default 0.1; not used where the source has such a part.
        test: share of all samples, in [0, 1), default 0; not used where the source has such a part.
        batch_size: samples a step, at least 1, default 32.
        last_batch: what an epoch of the training does where `batch_size` does not divide its samples. `keep` (default):
            the last batch is smaller; `spread`: all batches are nearly as large, their sizes differ by at most one and
            never exceed `batch_size`; `drop`: the samples that remain are not in this epoch, others in the next.
        prepare: preparations in their order, or a mapping of such lists by the input's name.
        max_bad: share of unreadable samples above which nothing is trained, in [0, 1], default 0.01.
        memory: GiB of decoded samples that may be held in memory rather than read again each epoch, default 1.
        max_pixels: height times width above which an image is not decoded, at least 1, default 100000000; such an
            image is unreadable: `max_bad` counts it, and `bad_samples.csv` lists it.
    """

    source: Annotated[Node, Slot("source", default=...)]
    validation: Share = 0.1
    test: Share = 0.0
    batch_size: Annotated[int, Field(ge=1)] = 32
    last_batch: Literal["keep", "spread", "drop"] = "keep"
    prepare: Annotated[Node | None, Slot("preparation", "mapping", default=[])] = None
    max_bad: Annotated[float, Field(ge=0, le=1)] = 0.01
    memory: Weight = 1.0
    max_pixels: Annotated[int, Field(ge=1)] = 100_000_000


class Choose(Section):
    """`train.choose:` which epoch's model is kept.

    Args:
        monitor: a name of `history.csv`, or `last`; default `auto`: `val_loss`, or `last` without validation.
        mode: `min`, `max`, or `auto` (default): `max` for names that contain accuracy, precision, recall,
            sensitivity, specificity, true_positives, true_negatives, auc, f1, fbeta, iou, r2 or cosine_similarity;
            `min` for names that contain loss, error, false_positives or false_negatives; else refused.
    """

    monitor: str = "auto"
    mode: Literal["auto", "min", "max"] = "auto"


class Regularize(Section):
    """`train.regularize:` the elastic net on kernels alone, never on biases or normalisation.

    Args:
        l1: factor of the sum of absolute values, at least 0, default 0.
        l2: factor of the sum of squares, at least 0, default 0.
    """

    l1: Weight = 0.0
    l2: Weight = 0.0


class TargetOptions(Section):
    """One entry of `train.targets:`, by the name of the model's item that predicts it.

    Args:
        loss: a loss, or `auto` (default).
        weight: factor of this loss in the sum, at least 0, default 1.
        metrics: metrics, or `auto` (default).
    """

    loss: Annotated[Node | None, Slot("loss", words=("auto",), default="auto")] = None
    weight: Weight = 1.0
    metrics: Annotated[Node | None, Slot("metric", "list", words=("auto", "accuracy"), default="auto")] = None


class Validate(Section):
    """`train.validate:` how often the validation part is looked at: every so many epochs, or steps as well.

    Args:
        every_epochs: at least 1, default 1.
        every_steps: besides the ends of epochs, every so many steps of the whole training; default null, never.
    """

    every_epochs: Annotated[int, Field(ge=1)] = 1
    every_steps: Annotated[int, Field(ge=1)] | None = None


class CheckpointRule(Section):
    """`train.checkpoint:` how often the state is written from which `--resume` goes on, besides each epoch's end.

    Args:
        every_steps: every so many steps of the whole training, at least 1; default null, never.
        every_minutes: when so many minutes have passed since the last one, above 0; default null, never.
    """

    every_steps: Annotated[int, Field(ge=1)] | None = None
    every_minutes: Annotated[float, Field(gt=0)] | None = None


class Train(Section):
    """`train:` the optimizer, the loss, how long, and which model is kept.

    Args:
        epochs: passes over the training part, at least 1, default 10.
        optimizer: an optimizer, default `Adam`. Clipping and accumulation are its own arguments, as in Keras:
            `clipnorm`, `global_clipnorm`, `clipvalue`, `gradient_accumulation_steps`.
        loss: a loss, or `auto` (default): from the task and the last activation.
        metrics: metrics, or `auto` (default): accuracy for classes, mean absolute error for numbers.
        targets: by the name of the item that predicts it, where the model has several outputs.
        choose: which epoch's model is kept.
        class_weight: `balanced`, or a mapping from class name to weight; default null, all alike.
        regularize: the elastic net on kernels.
        label_smoothing: share of each label that is spread over all classes, in [0, 1), default 0.
        precision: `float32` (default), `mixed_float16` or `mixed_bfloat16`.
        steps_per_execution: steps in one call of the compiled function, at least 1, default 1.
        jit_compile: XLA: `auto` (default, as Keras decides), `true`, or `false`.
        strategy: `auto` (default: all GPUs where there are several), or a strategy.
        deterministic: whether a GPU computes the same bits each time, which is slower; a CPU does so anyway; default
            false.
        validate: how often the validation part is looked at.
        checkpoint: how often the state for `--resume` is written within an epoch.
        callbacks: Keras callbacks, in their order.
    """

    epochs: Annotated[int, Field(ge=1)] = 10
    optimizer: Annotated[Node | None, Slot("optimizer", default="Adam")] = None
    loss: Annotated[Node | None, Slot("loss", words=("auto",), default="auto")] = None
    metrics: Annotated[Node | None, Slot("metric", "list", words=("auto", "accuracy"), default="auto")] = None
    targets: dict[str, TargetOptions] = Field(default_factory=dict)
    choose: Choose = Field(default_factory=Choose)
    class_weight: Literal["balanced"] | dict[str, Weight] | None = None
    regularize: Regularize = Field(default_factory=Regularize)
    label_smoothing: Share = 0.0
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    steps_per_execution: Annotated[int, Field(ge=1)] = 1
    jit_compile: Literal["auto"] | bool = "auto"
    strategy: Annotated[Node | None, Slot("strategy", words=("auto",), default="auto")] = None
    deterministic: bool = False
    validate_: Annotated[Validate, Field(alias="validate")] = Field(default_factory=Validate)
    checkpoint: CheckpointRule = Field(default_factory=CheckpointRule)
    callbacks: Annotated[Node | None, Slot("callback", "list", default=[])] = None


#: Keys that the language has and this version does not run: refused by name, never ignored.
LATER: dict[str, str] = {
    "tune": "sweeps",
    "data.augment": "augmentation",
    "data.mix": "mixing of samples",
    "data.evaluate": "transforms at evaluation",
}


def slots(section: type[Section]) -> dict[str, Slot]:
    """The component fields of a section, by name."""
    found: dict[str, Slot] = {}
    for name, information in section.model_fields.items():
        slot: Any = next((entry for entry in information.metadata if isinstance(entry, Slot)), None)
        if slot is not None:
            found[information.alias or name] = slot
    return found
