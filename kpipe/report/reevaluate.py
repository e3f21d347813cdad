"""Evaluation of the model of a finished run on a part of its data."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.errors import DataError
from kpipe.messages.escaped import escaped
from kpipe.report.averaging_request import AveragingRequest
from kpipe.report.checked_without_callbacks import checked_without_callbacks
from kpipe.report.runs.newest_run import newest_run
from kpipe.report.saved_model import saved_model, training_model
from kpipe.run_files import RunFile
from kpipe.train.devices.process_state import in_process_state
from kpipe.train.devices.tensorflow_start import start_tensorflow
from kpipe.train.run_folder.run_folder import RunFolder

if TYPE_CHECKING:
    import keras

    from kpipe.data.prepared import PreparedData
    from kpipe.train.averaging.averaging import Averaging
    from kpipe.train.objective.evaluation import Evaluation

Say = Callable[[str], None]


@in_process_state
def reevaluate(
    folder: Path, part: str | None, form: Literal["text", "json"], say: Say, averages: AveragingRequest | None = None
) -> str:
    """Evaluate the model of a run on a part of the data of its spec, with the same loss and metrics.

    The current data is opened, and no preparation is fitted: the trained layers of the saved model, including the
    preparation, receive the same batches as in training. (Rebuilding the model from the spec would require fitting the
    preparation again, which reads the training part and has other values if the data changed.)

    Args:
        folder: the folder of the run, or one with numbered runs, of which the newest finished one is used.
        part: `train`, `validation` or `test`; None for `test`, or `validation` for a fold or if there is no test part.
        form: `text` or `json`.
        say: receives each message.
        averages: what the answers are also averaged over, whose result is reported beside the plain one; by default
            nothing.

    Returns:
        The metrics, the metrics of each class, and the confusion matrix; with `json`, in the format of `result.json`,
        with those of averages under `averaged`.

    Raises:
        SpecError: the data of the spec is missing, or `averages` do not fit the model or its data.
        DataError: the folder contains no finished run, the dataset does not have this part, or the data has changed.
    """
    start_tensorflow()
    from kpipe.train.setup.spec_session import spec_session

    run = RunFolder(newest_run(folder, say))
    raw_model = saved_model(run, say)
    described, result = run.read_json(RunFile.DATA), run.read_json(RunFile.RESULT)
    spec = checked_without_callbacks(run.existing(RunFile.SPEC))
    with spec_session(spec):
        found = _evaluated(spec, raw_model, described, part, say, averages or AveragingRequest())
    return _json(found) if form == "json" else _text(found, str(result["name"]))


@dataclass(frozen=True)
class _Evaluated:
    """The evaluation of a part with a number of samples, and that of averaged answers."""

    plain: Evaluation
    samples: int
    averaged: Evaluation | None = None
    averaging: Averaging | None = None

    @property
    def title(self) -> str:
        """The title of the averaged results."""
        from kpipe.train.averaging.averaged_title import averaged_title

        return "" if self.averaging is None else averaged_title(self.plain.part, self.averaging.describe())


def _evaluated(
    spec: CheckedSpec,
    raw_model: keras.Model,
    described: Mapping[str, Any],
    part: str | None,
    say: Say,
    averages: AveragingRequest,
) -> _Evaluated:
    """The evaluation of a saved model."""
    from kpipe.train.averaging.evaluate_averaged import check_averaging, evaluate_averaged
    from kpipe.train.evaluate import evaluate
    from kpipe.train.objective.objective import decide
    from kpipe.train.objective.positive_class import positive_class
    from kpipe.train.run_folder.data_description import stored_categories, stored_classes, stored_targets
    from kpipe.train.setup.prepare_data import prepare_data

    averaging = averages.averaging(spec.seed)
    coding = stored_categories(described), stored_classes(described), stored_targets(described)
    prepared = prepare_data(spec, say, *coding, fit=False)
    check_unchanged(described, prepared, say)
    if part is None and spec.data.fold is not None:
        part = "validation"
    chosen = chosen_part(part, {name: len(indices) for name, indices in prepared.parts.items()})
    prepared.report_unseen([chosen], say)
    model = training_model(raw_model)
    objective = decide(spec.train, model, prepared.dataset.targets, spec.place, prepared.targets)
    for line in positive_class(objective):
        say(line)
    try:
        averaged = None
        if averaging is not None:
            with averages.located():
                check_averaging(averaging, model, prepared)
            averaged = evaluate_averaged(model, prepared, chosen, objective, averaging)
        plain = evaluate(model, prepared, chosen, objective)
        return _Evaluated(plain, len(prepared.parts[chosen]), averaged, averaging)
    finally:
        prepared.close()


def chosen_part(part: str | None, sizes: Mapping[str, int]) -> str:
    """Return the part to evaluate.

    Args:
        part: the requested part, or None for the default.
        sizes: number of samples of each part.

    Raises:
        DataError: there is no such part.

    Example:
        >>> chosen_part(None, {"train": 90, "validation": 10})
        'validation'
    """
    available = [name for name, size in sizes.items() if size]
    if part is None:
        part = next((name for name in ("test", "validation") if name in available), None)
        if part is None:
            raise DataError(f"the dataset has neither a test nor a validation part; available: {', '.join(available)}")
    if part not in available:
        raise DataError(f"the dataset has no {part} part; available: {', '.join(available)}")
    return part


def check_unchanged(described: Mapping[str, Any], prepared: PreparedData, say: Say) -> None:
    """Check that the model can be evaluated on the current data, and report changes in the number of samples.

    Args:
        described: the contents of `data.json`.
        prepared: the current data.
        say: receives each message.

    Raises:
        DataError: an input, a target or the classes have changed since the run.
    """
    _check_inputs(described, prepared)
    _check_targets(described, prepared)
    counts = {name: len(indices) for name, indices in prepared.parts.items()}
    if counts != described["parts"]:
        say(
            f"the data has changed since the run: samples now: {_counts(counts)}; then: {_counts(described['parts'])}; "
            "a part that is a share of the data may contain samples that the model was trained on"
        )


def _check_inputs(described: Mapping[str, Any], prepared: PreparedData) -> None:
    dataset = prepared.dataset
    _check_names("inputs", described["inputs"], dataset.inputs)
    _check_names("targets", described["targets"], dataset.targets)
    for name, before in described["preparation"].items():
        entry = prepared.inputs[name]
        now = (list(entry.shape), entry.dtype, [(column.name, column.kind) for column in entry.columns])
        received, columns = before["received"], [(column["name"], column["kind"]) for column in before["columns"]]
        if now != (received["shape"], received["dtype"], columns):
            raise DataError(
                f"the data has changed since the run: input {name!r}; expected "
                f"{_input(received['shape'], received['dtype'], columns)} as in the training, got {_input(*now)}"
            )
    for name, before in described["inputs"].items():
        types = before["dtype"], dataset.inputs[name].dtype
        if types[0] != types[1] and set(types) == {"uint8", "uint16"}:
            raise DataError(
                f"the data has changed since the run: input {name!r}; expected {types[0]} as in the training, got "
                f"{types[1]}; restore the earlier data, or train again"
            )


def _check_targets(described: Mapping[str, Any], prepared: PreparedData) -> None:
    for name, before in described["targets"].items():
        target = prepared.dataset.targets[name]
        classes = None if target.classes is None else list(target.classes)
        if classes != before["classes"] or target.task != before["task"]:
            raise DataError(f"the data has changed since the run: target {name!r}: {_difference(before, target)}")


def _check_names(what: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    if set(before) != set(now):
        new, old = (", ".join(map(escaped, sorted(names))) for names in (now, before))
        raise DataError(
            f"the data has changed since the run: other {what}; expected {old} as in the training, got {new}"
        )


def _input(shape: Sequence[int | None], dtype: str, columns: Sequence[tuple[str, str]]) -> str:
    listed = f" with the columns {', '.join(f'{escaped(name)} ({kind})' for name, kind in columns)}" if columns else ""
    return f"{dtype} of shape {tuple(shape)}{listed}"


def _difference(before: Mapping[str, Any], target: Any) -> str:
    if target.task != before["task"]:
        return f"expected {before['task']} as in the training, got {target.task}"
    old, new = before["classes"] or [], list(target.classes or ())
    added, removed = ([name for name in one if name not in other] for one, other in ((new, old), (old, new)))
    changes = [
        f"{text} {', '.join(map(escaped, names[:5]))}"
        for text, names in (("added:", added), ("removed:", removed))
        if names
    ]
    return (
        f"expected {len(old)} classes as in the training, got {len(new)} ({'; '.join(changes) or 'in another order'})"
    )


def _counts(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in parts.items())


def _text(found: _Evaluated, name: str) -> str:
    from kpipe.messages.metrics_table import metrics_table
    from kpipe.messages.table import table

    part = found.plain.part
    columns = {part: found.plain.metrics}
    if found.averaged is not None:
        columns[found.title] = found.averaged.metrics
    lines = [f"{escaped(name)}: {part}, {found.samples:,} sample{'' if found.samples == 1 else 's'}", ""]
    lines += table(*metrics_table(columns))
    if found.averaged is not None:
        lines += [_spread_line(found.averaged)] if found.averaged.spread else []
    lines += _class_lines(found.plain, part)
    if found.averaged is not None:
        lines += _class_lines(found.averaged, found.title)
    return "\n".join(lines)


def _spread_line(averaged: Evaluation) -> str:
    from kpipe.messages.metrics_text import number

    spreads = {escaped(name): number(value) for name, value in averaged.spread.items()}
    listed = [f"{name} {value}" for name, value in spreads.items()] if len(spreads) > 1 else [*spreads.values()]
    return f"mean standard deviation over the masks: {', '.join(listed)}"


def _class_lines(evaluation: Evaluation, title: str) -> Iterator[str]:
    from kpipe.train.summary import class_lines, confusion_lines

    for target, results in evaluation.classes.items():
        subject = f" of {escaped(target)}" if len(evaluation.classes) > 1 else ""
        yield from ["", f"{title}: each class{subject}", *class_lines(results), *confusion_lines(results)]


def _json(found: _Evaluated) -> str:
    content = {"part": found.plain.part, "samples": found.samples, **_results(found.plain)}
    if found.averaged is not None and found.averaging is not None:
        spread = {"spread": found.averaged.spread} if found.averaged.spread else {}
        content["averaged"] = {**found.averaging.describe(), **_results(found.averaged), **spread}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)


def _results(evaluation: Evaluation) -> dict[str, Any]:
    from kpipe.train.run_folder.confusion_result import ConfusionResult

    return {
        "metrics": {name: value if math.isfinite(value) else None for name, value in evaluation.metrics.items()},
        "classes": {name: entry.to_dict() for name, entry in evaluation.classes.items()},
        **ConfusionResult(evaluation.classes).to_dict(),
    }
