"""Construction of the Keras models of a spec: one to train, and one that accepts raw inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kpipe.components.quiet_import import import_keras
from kpipe.data.dataset import Target
from kpipe.data.prepared import PreparedData
from kpipe.errors import Problem, SpecError
from kpipe.model.builder import Builder
from kpipe.model.code_range import code_range_problems
from kpipe.model.item_rules import reserved_input_problem
from kpipe.model.names import LayerLabel
from kpipe.model.use_check import use_problems
from kpipe.spec.expressions.scope import Name
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec

#: Why a column has no number of codes.
_NO_CODES = "the numbers of codes are those of categorical columns of a table with Encode in data.prepare"


@dataclass(frozen=True)
class BuiltModel:
    """Two models that share all layers.

    Args:
        model: the model to train, which accepts the batches of the dataset.
        raw_model: the model to save, which accepts raw samples.
        layers: the layers of the spec, each with its item.
        labels: the label of each layer in the spec, keyed by layer name.
        frozen: the names of the layers that `train.freeze` has frozen.
        multipliers: the factors on the learning rate of layers by their names; that of the others is 1.
    """

    model: Any
    raw_model: Any
    layers: list[tuple[Any, Node]] = field(default_factory=list)
    labels: Mapping[str, LayerLabel] = field(default_factory=dict)
    frozen: Sequence[str] = ()
    multipliers: Mapping[str, float] = field(default_factory=dict)


def build_model(spec: Spec, prepared: PreparedData) -> BuiltModel:
    """Build the model of a spec without compiling it; the same seed results in the same weights.

    Args:
        spec: a spec with checked components.
        prepared: its data, with fitted preparations.

    Raises:
        SpecError: the model cannot be built.
    """
    keras = import_keras()
    keras.utils.set_random_seed(spec.seed)
    inputs = {name: keras.Input(entry.shape, dtype=entry.dtype, name=name) for name, entry in prepared.inputs.items()}
    if "previous" in inputs:
        raise SpecError([reserved_input_problem(spec.data.source.mark)])
    tensors = prepared.prepare(inputs)
    targets = prepared.dataset.targets
    names = _data_names(tensors, targets, prepared.codes)
    problems = use_problems(spec, names)
    if problems:
        raise SpecError(problems)
    builder = Builder(spec, tensors, names)
    output = builder.build(_named_outputs(spec, targets))
    if isinstance(output, dict):
        outputs = {name: _float32(tensor, f"{name}_float32") for name, tensor in output.items()}
    else:
        outputs = _float32(output, "float32")
    model = keras.Model(_one_or_all(inputs), outputs, name=_keras_name(spec.name))
    too_small = list(code_range_problems(model, builder.made, prepared.codes_by_input))
    if too_small:
        raise SpecError(too_small)
    return BuiltModel(model, _raw_model(model, prepared), builder.made, builder.labels)


def _data_names(tensors: Mapping[str, Any], targets: Mapping[str, Target], codes: Mapping[str, int]) -> dict[str, Name]:
    shapes = {name: list(tensor.shape[1:]) for name, tensor in tensors.items()}
    names = {"input_shape": Name(next(iter(shapes.values())) if len(shapes) == 1 else shapes)}
    counts = {name: len(target.classes) for name, target in targets.items() if target.classes is not None}
    missing = "; ".join(_why_numbers(target) for target in targets.values() if target.classes is None)
    several = counts if counts else None
    names["classes"] = Name(next(iter(counts.values()), None) if len(targets) == 1 else several, missing=missing)
    names["codes"] = Name(dict(codes) or None, missing=_NO_CODES)
    return names


def _why_numbers(target: Target) -> str:
    reason = f", {target.reason}" if target.reason else ""
    return f"the target {target.name!r} is a number to predict (regression){reason}"


def _named_outputs(spec: Spec, targets: Mapping[str, Target]) -> dict[str, Node]:
    """The names under `train.targets`, each with its place; all must be targets of the dataset."""
    node = spec.tree.entries["train"].entries["targets"]
    names = {name: Node(name, node.key_mark(name), path=f"train.targets.{name}") for name in spec.train.targets}
    listed = ", ".join(targets)
    for name, entry in names.items():
        if name not in targets:
            message = f"the dataset has no target {name!r}; available: {listed}"
            raise SpecError([Problem(entry.mark, entry.path, message)])
    if not names and len(targets) > 1:
        message = f"the dataset has several targets ({listed}); assign an item to each of them under train.targets"
        raise SpecError([Problem(spec.model.mark, "train.targets", message)])
    return names


def _float32(tensor: Any, name: str) -> Any:
    """Cast half-precision outputs to float32, as losses require (Micikevicius et al. 2018, section 3.3)."""
    keras = import_keras()
    if tensor.dtype in ("float16", "bfloat16"):
        return keras.layers.Activation("linear", dtype="float32", name=name)(tensor)
    return tensor


def _raw_model(model: Any, prepared: PreparedData) -> Any:
    keras = import_keras()
    raw = prepared.raw_inputs()
    tensors = prepared.from_raw(raw)
    if not prepared.targets and all(tensors[name] is raw.get(name) for name in tensors):
        # A separate model over the same layers, because the model to save must not be compiled.
        return keras.Model(model.input, model.output, name=model.name)
    outputs = model(_one_or_all(tensors))
    return keras.Model(_one_or_all(raw), _in_own_units(outputs, prepared), name=f"{model.name}_raw")


def _in_own_units(outputs: Any, prepared: PreparedData) -> Any:
    """Return the outputs of the training model in the units of their targets."""
    named = outputs if isinstance(outputs, dict) else dict.fromkeys(prepared.dataset.targets, outputs)
    units = {
        name: prepared.targets[name].build_inverse(tensor) if name in prepared.targets else tensor
        for name, tensor in named.items()
    }
    return units if isinstance(outputs, dict) else next(iter(units.values()))


def _one_or_all(tensors: Mapping[str, Any]) -> Any:
    return next(iter(tensors.values())) if len(tensors) == 1 else dict(tensors)


def _keras_name(name: str) -> str:
    return "".join(c if c.isalnum() or c == "_" else "_" for c in name)
