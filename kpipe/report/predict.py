"""Predictions for raw files with the model of a finished run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.atomic import save
from kpipe.data.csv_format import CsvFormat
from kpipe.data.dataset import Column, Input
from kpipe.data.encoding.cell_value import cell_value
from kpipe.data.encoding.unseen import unseen_categories
from kpipe.data.encoding.value_index import ValueIndex
from kpipe.errors import DataError, TrainingError
from kpipe.messages.call_argument import call_argument
from kpipe.messages.escaped import escaped
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.reporter import Reporter
from kpipe.report.averaging_request import AveragingRequest
from kpipe.report.checked_without_callbacks import checked_without_callbacks
from kpipe.report.far_samples import FarSamples
from kpipe.report.new_file import check_new_file
from kpipe.report.prediction_answer import PredictedTarget
from kpipe.report.prediction_input import Sample, read_samples
from kpipe.report.prediction_output import Format, Predictions
from kpipe.report.runs.newest_run import newest_run
from kpipe.report.saved_model import saved_model
from kpipe.report.sheets.prediction_sheet import PredictionSheet
from kpipe.report.sheets.sheet import Sheet
from kpipe.report.sheets.write_sheet import write_sheet
from kpipe.run_files import RunFile
from kpipe.train.devices.process_state import in_process_state
from kpipe.train.devices.tensorflow_start import start_tensorflow
from kpipe.train.run_folder.run_folder import RunFolder

#: Maximum number of samples in memory, and of values in them (64 MiB as float32).
MOST_SAMPLES = 256
MOST_NUMBERS = 1 << 24

Answer = Mapping[str, npt.NDArray[Any]] | str
Watch = Callable[[Sample, Answer], None]


@in_process_state
def predict_files(
    folder: Path,
    paths: Sequence[Path],
    form: Format,
    output: Path | None,
    reporter: Reporter,
    sheet: Path | None = None,
    averages: AveragingRequest | None = None,
) -> None:
    """Predict raw files with the model of a run; requires only `model.keras` and `data.json`, for averages `spec.yaml`.

    A sample that cannot be read is reported, appears in the output with the reason, and does not stop the others.

    Args:
        folder: the folder of the run, or one with numbered runs, of which the newest finished one is used.
        paths: see `read_samples`.
        form: `text`, `csv` or `json`; see `Predictions.lines`.
        output: a new file, written atomically; None prints the predictions.
        reporter: receives messages and predictions.
        sheet: a new PNG file, which receives pictures of the least certain samples; None (default) for none.
        averages: what answers are averaged over; by default nothing.

    Raises:
        SpecError: `averages` do not fit the model or its inputs.
        DataError: the folder contains no finished run, a path does not match the model, or, after all predictions are
            written, some samples could not be predicted.
        TrainingError: the output or the sheet cannot be written.
    """
    start_tensorflow()
    _check_new_files(output, sheet)
    run = RunFolder(newest_run(folder, reporter.say))
    model = saved_model(run, reporter.say)
    described = run.read_json(RunFile.DATA)
    inputs, targets = _inputs(described, model), _targets(described)
    samples = _read(paths, inputs, described, reporter)
    far = FarSamples(described)
    pictures = None if sheet is None else PredictionSheet(inputs, targets, call_argument("sheet", sheet))
    watch = None if pictures is None else pictures.add
    samples = _coded(_watched(samples, far), described, reporter)
    if not averages:
        predictions = predict(model, samples, targets, watch)
    else:
        predictions = _averaged(run, model, described, samples, targets, watch, averages)
    for line in far.messages():
        reporter.say(line)
    guard = FormulaGuard()
    _write(predictions.lines(form, guard), form, output, reporter)
    if notice := guard.notice("predictions" if output is None else str(output)):
        reporter.say(notice)
    if pictures is not None and sheet is not None:
        _write_sheet(pictures.sheet(str(run.path)), sheet, reporter)
    _report(predictions, reporter)


def _check_new_files(output: Path | None, sheet: Path | None) -> None:
    if output is not None:
        check_new_file("output", output)
    if sheet is not None:
        check_new_file("sheet", sheet, ".png")
    if output is not None and sheet is not None and output.resolve() == sheet.resolve():
        raise DataError(f"{call_argument('sheet', sheet)}: the predictions are written to this file; choose another")


def _read(
    paths: Sequence[Path], inputs: dict[str, Input], described: Mapping[str, Any], reporter: Reporter
) -> Iterator[Sample]:
    """Read the raw samples as the run has described its data."""
    entries = described["inputs"].items()
    images = {name: entry["file_column"] for name, entry in entries if entry.get("file_column")}
    csv_format = CsvFormat(**described.get("csv", {}))
    filled = [name for name, entry in described.get("preparation", {}).items() if entry.get("fills_missing")]
    return read_samples(paths, inputs, reporter.say, images, described.get("max_pixels"), csv_format, filled)


def predict(
    model: Any,
    samples: Iterator[Sample],
    targets: Sequence[PredictedTarget],
    watch: Watch | None = None,
) -> Predictions:
    """Predict samples in their order, in batches of samples of the same shape.

    Args:
        model: a model that accepts the values of the samples.
        samples: iterator over the samples, of which at most 256 are in memory.
        targets: the targets in the order of `data.json`.
        watch: receives each sample with its answer; None (default) for nothing.
    """
    import tensorflow as tf

    # TensorFlow adds up the traces of functions with the same code, and warns of the fifth; a `partial` has no code.
    compute = tf.function(partial(model, training=False), reduce_retracing=True)
    names: list[str] = []
    answers: list[Answer] = []
    for window in _windows(samples):
        found: list[Answer] = [sample.error or "" for sample in window]
        for places in _alike(window):
            raw = _stacked([window[place] for place in places])
            outputs = compute(_fed(model, raw))
            by_name = outputs if isinstance(outputs, Mapping) else {targets[0].name: outputs}
            arrays = {name: np.asarray(value) for name, value in by_name.items()}
            for row, place in enumerate(places):
                found[place] = _finite({name: array[row] for name, array in arrays.items()})
        if watch is not None:
            for sample, answer in zip(window, found, strict=True):
                watch(sample.raw or sample, answer)
        names += [sample.name for sample in window]
        answers += found
    return Predictions(names, answers, targets)


def _averaged(
    run: RunFolder,
    model: Any,
    described: Mapping[str, Any],
    samples: Iterator[Sample],
    targets: Sequence[PredictedTarget],
    watch: Watch | None,
    averages: AveragingRequest,
) -> Predictions:
    """The predictions from averages of several answers to each sample."""
    from kpipe.train.setup.spec_session import spec_session

    spec = checked_without_callbacks(run.existing(RunFile.SPEC), data=False)
    with spec_session(spec):
        from kpipe.report.averaged_prediction import AveragedPrediction

        averaged = AveragedPrediction(model, spec, described, targets, averages)
        with averaged.model() as averaging:
            return predict(averaging, averaged.samples(samples), targets, watch)


def _inputs(described: Mapping[str, Any], model: Any) -> dict[str, Input]:
    """The raw inputs, with the image sizes and integer data types that the model requires."""
    found = {}
    for name, entry in described["inputs"].items():
        columns = tuple(Column(column["name"], column["kind"]) for column in entry["columns"])
        found[name] = Input(name, entry["kind"], tuple(entry["shape"]), entry["dtype"], columns)
        tensor = model.input if len(described["inputs"]) == 1 else model.input[name]
        if entry["kind"] == "image":
            found[name] = replace(found[name], shape=tuple(tensor.shape[1:]))
        elif entry["kind"] == "array" and tensor.dtype == "int32":
            found[name] = replace(found[name], dtype="int32")
    return found


def _targets(described: Mapping[str, Any]) -> list[PredictedTarget]:
    return [
        PredictedTarget(
            name, entry["task"], tuple(entry["classes"] or ()), bool(entry["logits"]), entry["form"] == "binary"
        )
        for name, entry in described["targets"].items()
    ]


def _windows(samples: Iterator[Sample]) -> Iterator[list[Sample]]:
    """Group samples that can be in memory at the same time; images may differ in size."""
    window: list[Sample] = []
    numbers = 0
    for sample in samples:
        window.append(sample)
        numbers += sum(np.size(value) for value in sample.values.values())
        if len(window) == MOST_SAMPLES or numbers >= MOST_NUMBERS:
            yield window
            window, numbers = [], 0
    if window:
        yield window


def _alike(window: Sequence[Sample]) -> list[list[int]]:
    """Group the indices of valid samples by the shapes of their values."""
    groups: dict[Any, list[int]] = {}
    for place, sample in enumerate(window):
        if sample.error is None:
            shapes = tuple(np.shape(value) for value in sample.values.values())
            groups.setdefault(shapes, []).append(place)
    return list(groups.values())


def _stacked(samples: Sequence[Sample]) -> dict[str, Any]:
    first = samples[0].values
    return {
        name: {column: [sample.values[name][column] for sample in samples] for column in value}
        if isinstance(value, Mapping)
        else np.stack([sample.values[name] for sample in samples])
        for name, value in first.items()
    }


def _watched(samples: Iterator[Sample], far: FarSamples) -> Iterator[Sample]:
    for sample in samples:
        if sample.error is None:
            far.add(sample)
        yield sample


def _coded(samples: Iterator[Sample], described: Mapping[str, Any], reporter: Reporter) -> Iterator[Sample]:
    """Convert categories to their spelling in the model, and report unknown categories at the end."""
    known = {
        (name, column["name"]): column["categories"]
        for name, entry in described.get("preparation", {}).items()
        for column in entry["columns"]
        if column["kind"] == "categorical"
    }
    finders = {place: ValueIndex(categories).find for place, categories in known.items()}
    new = {place: Counter[str]() for place in known}
    count = 0
    for sample in samples:
        count += sample.error is None
        for place, find in finders.items() if sample.error is None else ():
            name, column = place
            cells = sample.values[name]
            if cells[column] == "":
                continue  # missing, which the model fills
            if (found := find(cells[column])) is None:
                new[place][cell_value(cells[column])] += 1
            else:
                cells[column] = known[place][found]
        yield sample
    for (_, column), values in new.items():
        if values:
            reporter.say(unseen_categories(column, list(values), {"": (values.total(), count)}))


def _fed(model: Any, raw: Mapping[str, Any]) -> Any:
    """A raw batch in the structure of the model inputs: a tensor, or a mapping keyed by name for several inputs."""
    if len(raw) == 1:
        return _entry(model.input, next(iter(raw.values())))
    return {name: _entry(model.input[name], value) for name, value in raw.items()}


def _entry(tensor: Any, value: Any) -> Any:
    """One input; a table is a matrix if all columns are numeric, else a mapping with a tensor for each column."""
    import tensorflow as tf

    if isinstance(tensor, Mapping):
        return {column: _converted(part, [value[column]]) for column, part in tensor.items()}
    return _converted(tensor, list(value.values())) if isinstance(value, Mapping) else tf.cast(value, tensor.dtype)


def _converted(tensor: Any, columns: Sequence[Sequence[Any]]) -> Any:
    """The matrix of some columns, with the data type of a tensor."""
    import tensorflow as tf

    return tf.constant([list(row) for row in zip(*columns, strict=True)], tensor.dtype)


def _finite(numbers: Mapping[str, npt.NDArray[Any]]) -> Answer:
    finite = all(np.isfinite(values).all() for values in numbers.values())
    return numbers if finite else "the model's output is not finite"


def _write(lines: Iterator[str], form: Format, output: Path | None, reporter: Reporter) -> None:
    if output is None:
        # Line breaks within cells must be escaped before the lines are joined.
        on_terminal = form == "csv" and reporter.shows_on_terminal
        reporter.show("\n".join(map(escaped, lines) if on_terminal else lines), form)
        return

    def write(path: Path) -> None:
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.writelines(f"{line}\n" for line in lines)

    try:
        save(output, write)
    except OSError as error:
        raise TrainingError(f"{output} cannot be written: {error.strerror or error}") from error


def _write_sheet(sheet: Sheet | None, path: Path, reporter: Reporter) -> None:
    if sheet is None:
        reporter.say(f"{path} is not written, since no sample was predicted")
        return
    write_sheet(sheet, path)
    reporter.say(f"wrote {path}")


def _report(predictions: Predictions, reporter: Reporter) -> None:
    """Report the samples that could not be predicted."""
    failed = predictions.failed
    for name, reason in failed:
        reporter.say(f"{escaped(name)}: {escaped(reason)}")
    if failed:
        raise DataError(f"{len(failed):,} of {len(predictions.names):,} samples could not be predicted")
