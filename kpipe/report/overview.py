"""The overview of a training before it starts: spec, model, cost and data."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.static.all_findings import all_findings
from kpipe.components.quiet_import import import_keras
from kpipe.data.augment.resolved_lists import resolved_lists
from kpipe.data.dataset import Input, Target
from kpipe.data.prepared import PreparedData
from kpipe.data.resolved_scales import resolved_scales
from kpipe.errors import SpecError
from kpipe.messages.call_argument import call_argument
from kpipe.messages.counted import counted
from kpipe.messages.escaped import escaped
from kpipe.messages.source_line import with_source_lines
from kpipe.messages.table import GAP, aligned, column_widths
from kpipe.model.calls import Call, Shape, calls
from kpipe.model.flops import Flops, call_flops
from kpipe.model.memory import training_memory
from kpipe.report.new_file import check_new_file
from kpipe.report.sheets.spec_mixing import spec_mixing
from kpipe.report.sheets.training_sheet import training_sheet
from kpipe.report.sheets.write_sheet import write_sheet
from kpipe.train.setup.spec_session import spec_session

if TYPE_CHECKING:
    import keras

    from kpipe.model.build import BuiltModel
else:
    keras = import_keras()

WIDTH = 80
_NARROWEST = 8


def overview(spec: CheckedSpec, say: Callable[[str], None], images: Path | None = None) -> str:
    """Return the text of `kpipe show`: the resolved spec, layers, parameters, FLOPs, memory, data and steps.

    Args:
        spec: a checked spec; its data is opened, and its preparations are fitted.
        say: receives each message about the data and the model.
        images: a new PNG file, which receives a sheet of training samples; None (default) for none.

    Returns:
        Lines of at most 80 characters, except for those of the spec itself.

    Raises:
        SpecError: the model or the optimizer does not match the data.
        DataError: the data cannot be used, `data.checks: strict` refuses it, or there are no pictures for the sheet.
        TrainingError: the sheet cannot be written.
    """
    if images is not None:
        check_new_file("images", images, ".png")
    with spec_session(spec):
        from kpipe.train.compile import build_optimizer
        from kpipe.train.frozen_features.feature_decision import FeatureDecision
        from kpipe.train.is_full_batch import is_full_batch
        from kpipe.train.setup.check_samples import check_samples
        from kpipe.train.setup.prepare_data import prepare_data
        from kpipe.train.setup.setup import build_on_data

        prepared = prepare_data(spec, say)
        for finding in check_samples(spec, prepared.checked_samples(), say):
            say(finding.message)
        built = build_on_data(spec, prepared)
        model = built.model
        for line in _remarks(spec, built, prepared):
            say(line)
        # Each stage has its own frozen layers and features.
        features = None if spec.train.stages else FeatureDecision.of(spec.data, built, prepared).line
        if features is not None:
            say(features)
        optimizer = build_optimizer(spec.train)
        optimizer.build(model.trainable_variables)
        parts = [
            spec.dump({**resolved_scales(spec, prepared), **resolved_lists(spec)}).rstrip("\n").splitlines(),
            model_lines(model, built.frozen),
            memory_lines(model, optimizer, spec.data.batch_size),
            data_lines(prepared, spec.train.epochs, is_full_batch(spec.train)),
        ]
        if images is not None:
            mixing = spec_mixing(spec, prepared, model)
            write_sheet(training_sheet(spec.name, prepared, mixing, call_argument("images", images)), images)
            say(f"wrote {images}")
    return "\n\n".join("\n".join(lines) for lines in parts)


def _remarks(spec: CheckedSpec, built: BuiltModel, prepared: PreparedData) -> list[str]:
    """Return the notices and the findings of the static checks, also those that would stop a run."""
    from kpipe.train.model_checks.static_facts import static_facts
    from kpipe.train.notices.notices import notices
    from kpipe.train.objective.objective import decide

    objective, problems = None, list[str]()
    try:
        objective = decide(spec.train, built.model, prepared.dataset.targets, spec.place, prepared.targets)
    except SpecError as error:
        problems = [with_source_lines(error)]
    facts = static_facts(spec, built, prepared, objective)
    findings = all_findings(facts, () if spec.checks is None else spec.checks.ignore)
    return [*problems, *notices(built.model, spec.train, prepared), *map(str, findings)]


def model_lines(model: keras.Model, frozen: Sequence[str] = ()) -> list[str]:
    """Return the table of layers with its totals.

    Args:
        model: a built functional model.
        frozen: the names of the layers that `train.freeze` has frozen; default none.
    """
    model_calls = calls(model)
    inputs = [[escaped(tensor.name), "Input", _shape(tensor.shape), "0", "0"] for tensor in model.inputs]
    header = ["layer", "class", "output", "parameters", "FLOPs"]
    total = sum((call_flops(call) for call in model_calls), Flops(0))
    trainable, fixed = (_parameters(group) for group in (model.trainable_weights, model.non_trainable_weights))
    lines = [
        *layer_table(header, [*inputs, *_rows(model_calls)]),
        "",
        f"parameters  {trainable + fixed:,}: {trainable:,} trainable, {fixed:,} not trainable",
        f"FLOPs       {total} for the forward pass of one sample",
        "            (2 for each multiply-add of matrix products and convolutions)",
    ]
    if total.unknown:
        lines += _wrapped("not counted", ", ".join(total.unknown))
    if frozen:
        lines += _wrapped("frozen", ", ".join(map(escaped, frozen)))
    return lines


def memory_lines(model: keras.Model, optimizer: keras.optimizers.Optimizer, batch_size: int) -> list[str]:
    """Return the estimated memory of a training step, with its parts.

    Args:
        model: a built functional model.
        optimizer: an optimizer built with the trainable variables of the model.
        batch_size: samples per step.
    """
    memory = training_memory(model, optimizer, batch_size)
    per_sample = binary(memory.activations // batch_size)
    rows = [
        ("parameters", memory.parameters, "all weights"),
        ("gradients", memory.gradients, "one for each trainable parameter"),
        ("optimizer", memory.optimizer, f"the state of {type(optimizer).__name__}"),
        ("activations", memory.activations, f"{batch_size:,} x {per_sample}, the output of each layer"),
    ]
    rows = [*rows, ("total", memory.total, "an estimate: the sum of these")]
    return ["memory of a training step", *(f"  {name:<11}  {binary(size):>10}  {note}" for name, size, note in rows)]


def data_lines(prepared: PreparedData, epochs: int, full_batch: bool = False) -> list[str]:
    """Return lines about inputs, targets, parts, bad samples and steps.

    Args:
        prepared: the prepared data.
        epochs: number of epochs.
        full_batch: whether each step is computed from the whole training part, default False.
    """
    dataset = prepared.dataset
    lines = ["data"]
    for name, entry in dataset.inputs.items():
        shape = _shape((None, *entry.shape))
        lines += _wrapped("input", f"{escaped(name)}: {entry.kind} {shape} {entry.dtype}{_columns(entry)}")
    for name, target in dataset.targets.items():
        lines += _wrapped("target", f"{escaped(name)}: {target.task}{_classes(target)}{_preparation(prepared, name)}")
    parts = ", ".join(f"{name} {len(indices):,}" for name, indices in prepared.parts.items())
    steps = prepared.steps("train")
    if (weights := prepared.sample_weights(0)) is not None:
        train = weights[prepared.parts["train"]]
        lines += _wrapped(
            "weights", f"{train.min():g} to {train.max():g}, mean {train.mean():.4g} in the training part"
        )
    lines += _wrapped("samples", parts)
    lines += _wrapped("bad samples", f"{len(dataset.bad):,}, excluded" if dataset.bad else "none")
    if full_batch:
        text = f"1 per epoch, {epochs:,} in {counted(epochs, 'epoch')}, each on the whole training part"
        return [*lines, *_wrapped("steps", f"{text} in {counted(steps, 'batch', 'batches')}, {_remainder(prepared)}")]
    text = f"{steps:,} per epoch, {steps * epochs:,} in {counted(epochs, 'epoch')}"
    lines += _wrapped("steps", f"{text}, {_remainder(prepared)}")
    return lines


def layer_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table of at most 80 characters, with three columns of strings, shortened if necessary, and then numbers.

    Args:
        header: a title for each column.
        rows: the cells.

    Example:
        >>> layer_table(["layer", "class", "output", "n"], [["out", "Dense", "(3)", "15"]])
        ['layer  class  output   n', '-----  -----  ------  --', 'out    Dense  (3)     15']
    """
    widths = column_widths([header, *rows])
    available = WIDTH - sum(widths[3:]) - len(GAP) * (len(widths) - 1)
    while sum(widths[:3]) > available and max(widths[:3]) > _NARROWEST:
        widest = max(range(3), key=lambda index: (widths[index], -index))
        widths[widest] -= 1
    cells = [header, ["-" * width for width in widths], *rows]
    texts = [[*map(shortened, row[:3], widths), *row[3:]] for row in cells]
    return aligned(texts, range(3, len(header)), widths)


def shortened(text: str, width: int) -> str:
    """Shorten a string to `width` characters by removing its middle, because names differ at their ends.

    Example:
        >>> shortened("stage1_block2_conv2d_3", 12)
        'stage1…v2d_3'
    """
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[len(text) - tail :]}"


def binary(size: int) -> str:
    """Format a number of bytes with a binary unit.

    Example:
        >>> binary(512), binary(1536), binary(3 * 2**30)
        ('512 B', '1.50 KiB', '3.00 GiB')
    """
    power = min(max(size.bit_length() - 1, 0) // 10, 5)
    unit = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")[power]
    return f"{size} B" if power == 0 else f"{size / 1024**power:.2f} {unit}"


def _remainder(prepared: PreparedData) -> str:
    """Describe the sizes of the batches of an epoch, and the samples that do not fill a batch."""
    count, size, steps = len(prepared.parts["train"]), prepared.batch_size, prepared.steps("train")
    if count % size == 0:
        return f"each of {size:,}"
    if prepared.last_batch == "drop":
        return f"each of {size:,}; {count - steps * size:,} samples are dropped in each epoch"
    if prepared.last_batch == "spread":
        least, larger = divmod(count, steps)
        return f"each of {least:,}{f' or {least + 1:,}' if larger else ''}"
    return f"the last of {count % size:,}" if steps > 1 else f"of {count:,}"


def _rows(model_calls: Iterable[Call]) -> list[list[str]]:
    """Return one row per layer, with the number of its uses and their total cost.

    Operations without cost that are not layers, such as the slices and casts of a preparation, have no row.
    """
    groups: dict[int, list[Call]] = {}
    for call in model_calls:
        groups.setdefault(id(call.operation), []).append(call)
    rows = []
    for group in groups.values():
        operation, repeats = group[0].operation, f" x{len(group)}" if len(group) > 1 else ""
        flops = sum((call_flops(call) for call in group), Flops(0))
        if not isinstance(operation, keras.Layer) and flops == Flops(0):
            continue
        known = "" if not flops.unknown else "+"
        rows.append(
            [
                escaped(group[0].name),
                type(operation).__name__ + repeats,
                _shape(group[0].output),
                f"{_parameters(getattr(operation, 'weights', ())):,}",
                f"{flops.count:,}{known}" if flops.count or not known else "?",
            ]
        )
    return rows


def _wrapped(title: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"  {title:<11}  ", subsequent_indent=" " * 15)


def _shape(shape: Shape) -> str:
    """The shape of one sample as a string."""
    return f"({', '.join('any' if size is None else f'{size}' for size in shape[1:])})"


def _parameters(weights: Iterable[Any]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)


def _columns(entry: Input) -> str:
    kinds = [column.kind for column in entry.columns]
    counts = [f"{kinds.count(kind):,} {kind}" for kind in ("numeric", "categorical") if kind in kinds]
    return f", {' and '.join(counts)} columns" if counts else ""


def _preparation(prepared: PreparedData, name: str) -> str:
    """Describe the preparations of a target."""
    if name not in prepared.targets:
        return ""
    return f", prepared by {', '.join(type(stage).__name__ for stage in prepared.targets[name].stages)}"


def _classes(target: Target) -> str:
    if target.classes is None:
        return f" of {_shape((None, *target.shape))}" if target.shape else ""
    shown = ", ".join(map(escaped, target.classes[:20])) + (", …" if len(target.classes) > 20 else "")
    return f", {len(target.classes):,} classes: {shown}"
