"""The overview of a training before it starts: spec, model, cost and data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.checks.stage_epochs import total_epochs
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
from kpipe.report.new_file import check_new_file
from kpipe.report.overview_lines import WIDTH, memory_lines, parameter_count, steps_text, wrapped
from kpipe.report.sheets.spec_mixing import spec_mixing
from kpipe.report.sheets.training_sheet import training_sheet
from kpipe.report.sheets.write_sheet import write_sheet
from kpipe.train.setup.spec_session import spec_session

if TYPE_CHECKING:
    import keras

    from kpipe.model.build import BuiltModel
else:
    keras = import_keras()

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
        from kpipe.train.setup.check_samples import check_samples
        from kpipe.train.setup.prepare_data import prepare_data, with_stage
        from kpipe.train.setup.setup import build_stages
        from kpipe.train.stages.stages_of import stages_of

        prepared = prepare_data(spec, say)
        for finding in check_samples(spec, prepared.checked_samples(), say):
            say(finding.message)
        built, stages = build_stages(spec, prepared)
        for recipe in stages.recipes:
            say(recipe.line)
        parts = [
            stages.spec.dump({**resolved_scales(spec, prepared), **resolved_lists(spec)}).rstrip("\n").splitlines(),
            *(_training_lines if spec.train.stages is None else _stage_lines)(stages.spec, built, prepared, say),
        ]
        if images is not None:
            mixing = spec_mixing(spec, prepared, built.model)
            # The first epoch is that of the first stage.
            first = with_stage(prepared, spec, stages_of(stages.spec)[0].spec)
            write_sheet(training_sheet(spec.name, first, mixing, call_argument("images", images)), images)
            say(f"wrote {images}")
    return "\n\n".join("\n".join(lines) for lines in parts)


def _training_lines(
    spec: CheckedSpec, built: BuiltModel, prepared: PreparedData, say: Callable[[str], None]
) -> list[list[str]]:
    """Return the layers, the memory and the data of a training without stages."""
    from kpipe.train.compile import build_optimizer
    from kpipe.train.is_full_batch import is_full_batch

    problems, remarks = _remarks(spec, built, prepared)
    for line in [*problems, *remarks]:
        say(line)
    optimizer = build_optimizer(spec.train)
    optimizer.build(built.model.trainable_variables)
    return [
        model_lines(built.model, built.frozen),
        memory_lines(built.model, optimizer, spec.data.batch_size),
        data_lines(prepared, steps_text(prepared, spec.train.epochs, is_full_batch(spec.train))),
    ]


def _stage_lines(
    spec: CheckedSpec, built: BuiltModel, prepared: PreparedData, say: Callable[[str], None]
) -> list[list[str]]:
    """Return the layers, the stages, the memory of the stage that needs most, and the data."""
    from kpipe.model.freeze import thaw
    from kpipe.report.stage_overview import StageOverview
    from kpipe.train.setup.setup import Setup, enter_stage
    from kpipe.train.stages.stages_of import stages_of

    setup, found = Setup(spec=spec, prepared=prepared, built=built, written=spec), []
    said, remarks = set[str](), dict[str, list[int]]()
    for stage in stages_of(spec):
        entered = enter_stage(setup, stage)
        problems, lines = _remarks(stage.spec, entered.built, entered.prepared)
        for problem in problems:
            if problem not in said:
                say(problem)
            said.add(problem)
        for line in dict.fromkeys(lines):
            remarks.setdefault(line, []).append(stage.number)
        found.append(StageOverview.of(stage, entered.built, entered.prepared))
        if entered.prepared is not prepared:
            entered.prepared.close()
    for line, numbers in remarks.items():
        say(_of_stages(line, numbers, len(found)))
    thaw(built)
    largest = max(found, key=lambda stage: stage.memory.total)
    steps, epochs = sum(stage.steps for stage in found), total_epochs(spec.train)
    return [
        model_lines(built.model),
        ["stages", *(line for stage in found for line in stage.lines)],
        [*largest.memory_lines],
        data_lines(prepared, f"{steps:,} in {counted(epochs, 'epoch')} of {counted(len(found), 'stage')}"),
    ]


def _of_stages(line: str, numbers: Sequence[int], count: int) -> str:
    """Return a message with the stages that it is about, unless it is about all of them."""
    if len(numbers) == count:
        return line
    *others, last = map(str, numbers)
    before = f"stages {', '.join(others)} and" if others else "stage"
    return f"{before} {last} of {count}: {line}"


def _remarks(spec: CheckedSpec, built: BuiltModel, prepared: PreparedData) -> tuple[list[str], list[str]]:
    """Return the problems and the findings of the static checks, which have places, and the notices.

    Findings are also those that would stop a run.
    """
    from kpipe.train.frozen_features.feature_decision import FeatureDecision
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
    features = FeatureDecision.of(spec.data, built, prepared).line
    lines = notices(built.model, spec.train, prepared)
    return [*problems, *map(str, findings)], [*lines, *([] if features is None else [features])]


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
    trainable, fixed = (parameter_count(group) for group in (model.trainable_weights, model.non_trainable_weights))
    lines = [
        *layer_table(header, [*inputs, *_rows(model_calls)]),
        "",
        f"parameters  {trainable + fixed:,}: {trainable:,} trainable, {fixed:,} not trainable",
        f"FLOPs       {total} for the forward pass of one sample",
        "            (2 for each multiply-add of matrix products and convolutions)",
    ]
    if total.unknown:
        lines += wrapped("not counted", ", ".join(total.unknown))
    if frozen:
        lines += wrapped("frozen", ", ".join(map(escaped, frozen)))
    return lines


def data_lines(prepared: PreparedData, steps: str) -> list[str]:
    """Return lines about inputs, targets, parts, bad samples and steps.

    Args:
        prepared: the prepared data.
        steps: the description of the steps, such as that of `steps_text`.
    """
    dataset = prepared.dataset
    lines = ["data"]
    for name, entry in dataset.inputs.items():
        shape = _shape((None, *entry.shape))
        lines += wrapped("input", f"{escaped(name)}: {entry.kind} {shape} {entry.dtype}{_columns(entry)}")
    for name, target in dataset.targets.items():
        lines += wrapped("target", f"{escaped(name)}: {target.task}{_classes(target)}{_preparation(prepared, name)}")
    parts = ", ".join(f"{name} {len(indices):,}" for name, indices in prepared.parts.items())
    if (weights := prepared.sample_weights(0)) is not None:
        train = weights[prepared.parts["train"]]
        lines += wrapped("weights", f"{train.min():g} to {train.max():g}, mean {train.mean():.4g} in the training part")
    lines += wrapped("samples", parts)
    lines += wrapped("bad samples", f"{len(dataset.bad):,}, excluded" if dataset.bad else "none")
    return [*lines, *wrapped("steps", steps)]


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
                f"{parameter_count(getattr(operation, 'weights', ())):,}",
                f"{flops.count:,}{known}" if flops.count or not known else "?",
            ]
        )
    return rows


def _shape(shape: Shape) -> str:
    """The shape of one sample as a string."""
    return f"({', '.join('any' if size is None else f'{size}' for size in shape[1:])})"


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
