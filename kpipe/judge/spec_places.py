"""The places of a spec that verdicts are about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.verdict_code import VerdictCode
from kpipe.errors import Mark
from kpipe.judge.recipe_place import RecipePlace
from kpipe.judge.short_number import short_number
from kpipe.judge.verdict import Verdict
from kpipe.spec.node import Node, split_component
from kpipe.train.stages.stage import Stage
from kpipe.train.stages.stages_of import stages_of

#: What the number replaces in an override.
_VALUE = "<value>"
#: Learning rates with which most trainings do not explode: that of SGD, and that of optimizers like Adam.
_USUAL_SGD, _USUAL = 0.01, 1e-3
#: Optimizers without a learning rate.
_WITHOUT_RATE = ("LBFGS",)
#: The arguments with which an optimizer clips gradients, and the value below which almost all are clipped.
_CLIPPING, _NARROW = ("clipnorm", "global_clipnorm", "clipvalue"), 0.01
#: By how much the arguments of layers with dropout or noise are multiplied to lower it.
_NOISE = {"rate": 0.25, "stddev": 0.1, "dropout": 0.25, "recurrent_dropout": 0.25}
#: The share of a training before the first drop of a learning rate that decays late.
_LATE = 0.6
#: The arguments of a schedule that another one keeps.
_KEPT = ("learning_rate", "warmup_epochs", "warmup_steps", "warmup_from", "scale_with_batch", "batch_size")


class SpecPlaces:
    """The places of a spec that verdicts are about.

    Args:
        spec: a checked spec.
        rate: the highest learning rate of its training; None if the optimizer does not have a single one.
        stage: the stage of the training that the verdicts are about; None (default) for the whole training.
    """

    def __init__(self, spec: CheckedSpec, rate: float | None, stage: Stage | None = None) -> None:
        self._whole, self._stage = spec, stage
        self._spec = spec if stage is None else stage.spec
        self._rate = rate

    def of_stage(self, index: int, rate: float | None) -> SpecPlaces:
        """Return the places that verdicts about a stage are about.

        Args:
            index: the number of stages before it.
            rate: the highest learning rate of the stage; None if its optimizer does not have a single one.
        """
        return SpecPlaces(self._whole, rate, stages_of(self._whole)[index])

    def verdict(
        self,
        code: VerdictCode,
        path: str,
        message: str,
        remedy: str,
        measured: Mapping[str, Any],
        threshold: Mapping[str, Any],
        mark: Mark | None = None,
    ) -> Verdict:
        """Return a verdict at a path of the spec.

        Args:
            code: its code.
            path: dotted path; `model.last` for the last item of the model.
            message: one sentence with the measured value and the threshold.
            remedy: what to change.
            measured: the measured values by name.
            threshold: the limits by name.
            mark: its place; by default that of the path.
        """
        if mark is None and path == self._stated.path:
            mark = self._stated.mark
        stage, written = self._stage, path
        if stage is not None and path.startswith(f"{stage.path}."):
            # Where a recipe was written out, the stages of the tree are not the entries of the spec.
            written = f"train.stages.{stage.index}{path.removeprefix(stage.path)}"
        place = self._whole.place(written) if mark is None else mark
        return Verdict(
            code=code,
            path="model" if path == "model.last" else path,
            message=message if stage is None else f"{stage.title}: {message}",
            remedy=remedy,
            mark=place,
            measured=measured if stage is None else {"stage": stage.number, **measured},
            threshold=threshold,
        )

    @property
    def has_learning_rate(self) -> bool:
        """Whether the optimizer has a learning rate; `LBFGS` has none."""
        return self._optimizer not in _WITHOUT_RATE

    @property
    def learning_rate(self) -> str:
        """The path of the learning rate: that of the schedule or the optimizer which states it."""
        return self._stated.path

    def set_learning_rate(self, rate: float) -> str:
        """Return the remedy with which the highest learning rate of the training is `rate`."""
        stated = self._stated
        if stated.value and self._rate:
            # A schedule can multiply what is stated, such as with `scale_with_batch`.
            rate *= stated.value / self._rate
        if stated.template is None and self._recipe is not None and stated.value:
            highest = rate * self._rate / stated.value if self._rate else rate
            return self._recipe.set_learning_rate(rate, highest)
        if stated.template is None:
            return f"change {stated.path} so that the highest learning rate is {rate:.2g}"
        return f"--set {stated.template.replace(_VALUE, short_number(rate))}"

    def scale_learning_rate(self, factor: float) -> str:
        """Return the remedy that multiplies the learning rate."""
        if self._rate is None:
            return f"multiply the learning rates by {factor:.2g}"
        return self.set_learning_rate(self._rate * factor)

    def lower_learning_rate(self) -> str:
        """Return the remedy for a learning rate that is too high: a tenth of it, and at most a usual one."""
        rate = self._stated.value if self._rate is None else self._rate
        if not self.has_learning_rate:
            return "check the inputs, the loss and the initial weights"
        if rate is None:
            return "multiply the learning rates by 0.1"
        return self.set_learning_rate(min(rate / 10, self._usual_rate))

    def higher_learning_rate(self, factor: float) -> str:
        """Return the remedy for a learning rate that is too low: a multiple of it, at most ten times a usual one."""
        highest = 10 * self._usual_rate
        if self._rate is None:
            return self.scale_learning_rate(factor)
        if self._rate > highest / 3:
            return "the learning rate is not low; kpipe check tells whether gradients reach the weights"
        return self.set_learning_rate(min(self._rate * factor, highest))

    def wider_clipping(self) -> tuple[str, str] | None:
        """Return the path of gradient clipping that is far below usual gradients, and its remedy; None without it."""
        # A recipe keeps what the optimizer of the training clips.
        optimizer = (self._whole if self._is_of_recipe else self._spec).train.optimizer
        for node in optimizer.walk() if optimizer is not None else ():
            name, arguments = split_component(node) or ("", None)
            for key in _CLIPPING:
                if 0 < (_number(arguments, key) or 0) < _NARROW:
                    path = f"{node.path}.{name}.{key}"
                    return path, f"--set {path}=1"
        return None

    @property
    def epochs(self) -> str:
        """The path of the number of epochs."""
        return self._own("epochs") if self._recipe is None else self._recipe.path_of("epochs")

    def set_epochs(self, epochs: int) -> str:
        """Return the remedy with which the training, or the stage, has another number of epochs."""
        if self._recipe is not None:
            return self._recipe.set_epochs(epochs)
        if self._is_fixed:
            return f"change {self.epochs} to {epochs}"
        return f"--set {self.epochs}={epochs}"

    @property
    def schedule(self) -> str:
        """The path of the callback or of the optimizer that changes the learning rate."""
        callbacks, optimizer = self._spec.train.callbacks, self._spec.train.optimizer
        schedules = [*callbacks.items] if callbacks is not None and callbacks.is_list else []
        for node in [*schedules, *(optimizer.walk() if optimizer is not None else ())]:
            name = (split_component(node) or ("",))[0]
            if "Schedule" in name or "Decay" in name or name == "ReduceLROnPlateau":
                return str(node.path)
        return self._own("optimizer") if optimizer is None else str(optimizer.path)

    def less_regularization(self) -> tuple[str, str]:
        """Return the path of the penalties, and the remedy that divides them by 100."""
        rule = self._spec.train.regularize
        given = {key: value for key, value in (("l1", rule.l1), ("l2", rule.l2)) if value}
        remedies = [f"--set train.regularize.{key}={short_number(value / 100)}" for key, value in given.items()]
        stated = [
            f"{node.path}.{name}.{key}"
            for node, name, arguments in self._layers()
            for key, value in arguments.entries.items()
            if key.endswith("_regularizer") and value.value is not None
        ]
        remedies += [f"--set {path}=null" for path in stated]
        if not remedies:
            return "model", "write smaller factors in the regularizers of the layers"
        return "train.regularize" if given else stated[0], " ".join(remedies)

    def standardized(self) -> str:
        """Return the remedy that adds Standardize to the preparation."""
        given = self._spec.data.prepare
        if given is None or (given.is_list and not given.items):
            return "--set 'data.prepare=[Standardize]'"
        return "--set data.prepare.+=Standardize" if given.is_list else "add Standardize to data.prepare"

    def standardized_targets(self) -> str:
        """Return the remedy that adds Standardize to the preparation of the target."""
        source = self._spec.data.source
        several = [node for node in source.walk() if node.path.endswith(".targets") and len(node.items) > 1]
        given = self._spec.data.prepare_targets
        is_empty = given is None or (given.is_list and not given.items) or given.value is None
        if several or not is_empty:
            return "add Standardize to the target in data.prepare_targets"
        return "--set 'data.prepare_targets=[Standardize]'"

    def less_noise(self) -> tuple[str, str]:
        """Return the path of the first layer with dropout or noise, and the remedy that lowers all of them."""
        found = []
        for node, name, arguments in self._layers():
            for key, factor in _NOISE.items():
                value = _number(arguments, key)
                if value and ("Dropout" in name or "Noise" in name or key.endswith("dropout")):
                    found.append((f"{node.path}.{name}.{key}", value * factor))
        if not found:
            return "model", "write smaller drop rates"
        return found[0][0], " ".join(f"--set {path}={short_number(value)}" for path, value in found)

    def leaky_activation(self, path: str) -> str:
        """Return the remedy that gives the layer at a path an activation with a gradient for negative inputs.

        A bias that the spec initializes becomes zero.
        """
        for node, name, arguments in self._layers():
            if node.path == path and "activation" in arguments.entries:
                zeros = (
                    f" --set {path}.{name}.bias_initializer=zeros" if "bias_initializer" in arguments.entries else ""
                )
                return f"--set {path}.{name}.activation=leaky_relu{zeros}"
        return "an activation such as leaky_relu"

    def later_decay(self, epochs: int) -> tuple[str, str]:
        """Return the path of the schedule of the learning rate, and the remedy with which it decays later.

        Args:
            epochs: the number of epochs of the training.
        """
        callbacks, optimizer = self._spec.train.callbacks, self._spec.train.optimizer
        for node in callbacks.items if callbacks is not None and callbacks.is_list else []:
            name, arguments = split_component(node) or ("", None)
            if (name.endswith("Schedule") or name == "ReduceLROnPlateau") and not _is_computed(node):
                return node.path, _later(node.path, name, arguments, epochs)
        if optimizer is not None and self._rate:
            _, arguments = split_component(optimizer) or ("", None)
            schedule = None if arguments is None else arguments.get("learning_rate")
            if schedule is not None and schedule.is_mapping:
                return schedule.path, f"--set {schedule.path}={short_number(self._rate)}"
        return self.schedule, "decay later, after the validation loss has become flat"

    def _layers(self) -> Iterator[tuple[Node, str, Node]]:
        """Yield the layers of the model that overrides can change, with their names and arguments."""
        for node in self._spec.model.walk():
            name, arguments = split_component(node) or ("", None)
            if name and arguments is not None and arguments.is_mapping and not _is_computed(node):
                yield node, name, arguments

    def more_regularization(self) -> tuple[str, str]:
        """Return the path of the penalties, and the remedy that multiplies them by 10, or adds them."""
        l2 = self._spec.train.regularize.l2
        remedy = f"--set train.regularize.l2={short_number(10 * l2 if l2 else 1e-3)}"
        return "train.regularize", f"{remedy} or more augmentation, dropout or data, or fewer epochs"

    @property
    def _optimizer(self) -> str:
        """The class of the optimizer; empty if the spec has none."""
        optimizer = self._spec.train.optimizer
        return "" if optimizer is None else (split_component(optimizer) or ("",))[0].rpartition(".")[2]

    @property
    def _usual_rate(self) -> float:
        return _USUAL_SGD if self._optimizer == "SGD" else _USUAL

    @cached_property
    def _stated(self) -> _Stated:
        callbacks = self._spec.train.callbacks
        schedules = callbacks.items if callbacks is not None and callbacks.is_list else []
        for node in schedules:
            name, arguments = split_component(node) or ("", None)
            if (number := _number(arguments, "learning_rate")) is not None:
                return _at(node, name, "learning_rate", number)
        optimizer = self._spec.train.optimizer
        if optimizer is None or optimizer.value is None:
            path = self._own("optimizer")
            template = f"'{path}={{Adam: {{learning_rate: {_VALUE}}}}}'"
            return _Stated(path, None if self._is_fixed else template)
        stated = _of_optimizer(optimizer)
        return replace(stated, path=optimizer.path, template=None) if self._is_of_recipe else stated

    def _own(self, key: str) -> str:
        """Return the path of a key of the training, or of the stage."""
        return f"train.{key}" if self._stage is None else f"{self._stage.path}.{key}"

    @property
    def _is_fixed(self) -> bool:
        """Whether no override can add a key to the stage, since an expression or a recipe returns it."""
        return self._stage is not None and not self._stage.is_written

    @cached_property
    def _recipe(self) -> RecipePlace | None:
        """The recipe of the stage, if overrides can change it."""
        return None if self._stage is None else RecipePlace.of(self._whole, self._stage)

    @property
    def _is_of_recipe(self) -> bool:
        """Whether a recipe has computed the optimizer of the stage, whose values have no paths of their own."""
        optimizer = self._spec.train.optimizer
        return self._stage is not None and optimizer is not None and optimizer.path == self._stage.path


@dataclass(frozen=True)
class _Stated:
    """Where a spec states its learning rate.

    Args:
        path: the path of the learning rate, or of the component that has it.
        template: the override that sets it, with `_VALUE` for the number; None if no override can.
        value: the number that is stated; None for none.
        mark: its place; by default that of the path.
    """

    path: str
    template: str | None
    value: float | None = None
    mark: Mark | None = None


def _of_optimizer(node: Node) -> _Stated:
    name, arguments = split_component(node) or ("", None)
    inner = arguments.get("inner_optimizer") if arguments is not None else None
    if inner is not None:
        return _of_optimizer(inner)
    if name.rpartition(".")[2] in _WITHOUT_RATE:
        return _Stated(node.path, None)
    if arguments is None or not arguments.is_mapping:
        template = f"'{node.path}={{{name}: {{learning_rate: {_VALUE}}}}}'"
        return _Stated(node.path, None if _is_computed(node) else template)
    number = _number(arguments, "learning_rate")
    if number is not None or (schedule := arguments.get("learning_rate")) is None:
        return _at(node, name, "learning_rate", number)
    return _of_schedule(schedule) if not _is_computed(node) else _Stated(schedule.path, None)


def _of_schedule(node: Node) -> _Stated:
    """Return where a schedule of Keras has its highest learning rate: after its warm-up, if it has one."""
    name, arguments = split_component(node) or ("", None)
    for key in ("warmup_target", "initial_learning_rate"):
        if number := _number(arguments, key):
            return _at(node, name, key, number)
    return _Stated(node.path, None)


def _at(node: Node, name: str, key: str, number: float | None) -> _Stated:
    """Return an argument of a component; overrides cannot change a part of what an expression returns."""
    path = f"{node.path}.{name}.{key}"
    stated = node.entries[name].get(key)
    mark = node.mark if stated is None else stated.mark
    return _Stated(path, None if _is_computed(node) else f"{path}={_VALUE}", number, mark)


def _later(path: str, name: str, arguments: Node | None, epochs: int) -> str:
    """Return the remedy with which a schedule decays over the whole training, or after most of it."""
    given = {} if arguments is None else arguments.entries
    if name == "ReduceLROnPlateau":
        patience = max(2, epochs // 4)
        return (
            f"--set {path}.{name}.patience={patience}"
            if given
            else f"--set '{path}={{{name}: {{patience: {patience}}}}}'"
        )
    if "milestone_epochs" in given:
        count = len(given["milestone_epochs"].items) or 1
        later = ", ".join(short_number(epochs * (_LATE + (1 - _LATE) * number / count)) for number in range(count))
        return f"--set '{path}.{name}.milestone_epochs=[{later}]'"
    if "total_epochs" in given:
        return f"--set {path}.{name}.total_epochs={epochs}"
    kept = {key: given[key].plain() for key in _KEPT if key in given}
    text = ", ".join(f"{key}: {value}" for key, value in kept.items())
    return f"--set '{path}={{CosineSchedule: {{{text}}}}}'" if text else f"--set {path}=CosineSchedule"


def _number(arguments: Node | None, key: str) -> float | None:
    entry = None if arguments is None or not arguments.is_mapping else arguments.get(key)
    value = None if entry is None else entry.value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is_computed(node: Node) -> bool:
    return bool(node.chain) or node.expression is not None
