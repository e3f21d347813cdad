"""Predictions as text, CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy.typing as npt

from kpipe.messages.escaped import escaped
from kpipe.messages.formula_guard import FormulaGuard
from kpipe.messages.json_safe import json_safe
from kpipe.messages.table import aligned, column_widths
from kpipe.report.prediction_answer import PredictedTarget

Format = Literal["text", "csv", "json"]
Cells = dict[str, Any]

#: Maximum number of labels for which a multilabel prediction shows all probabilities as text.
MOST_LABELS = 8


@dataclass(frozen=True)
class Predictions:
    """The predictions of a model, in the order of the samples.

    Args:
        names: names of the samples.
        answers: for each sample the model outputs keyed by target, or the reason why it could not be predicted; with
            `spread NAME`, the standard deviation over masks, which is part of the JSON only.
        targets: the targets.
    """

    names: Sequence[str]
    answers: Sequence[Mapping[str, npt.NDArray[Any]] | str]
    targets: Sequence[PredictedTarget]

    def lines(self, form: Format, guard: FormulaGuard | None = None) -> Iterator[str]:
        """Yield the lines of the output.

        In text, names are escaped (see `escaped`); in CSV, strings that begin like a formula have an apostrophe in
        front (see `FormulaGuard`); in JSON, values are exact.

        Args:
            form: `text` for aligned columns; `csv` for `sample,prediction,probability,p(<class>),...`, with a last
                column `error` if there are errors; or `json` for a list of objects. With several targets, columns have
                the prefix `<target>.`, and objects are nested by target.
            guard: counts the CSV cells with an apostrophe.

        Example:
            >>> import numpy as np
            >>> target = PredictedTarget("y", "regression", (), False, False)
            >>> list(Predictions(["0", "1"], [{"y": np.array([2.5])}, "damaged"], [target]).lines("csv"))
            ['sample,prediction,error', '0,2.5,', '1,,damaged']
        """
        if form == "csv":
            return self._csv(guard or FormulaGuard())
        return self._text() if form == "text" else self._json()

    @property
    def failed(self) -> list[tuple[str, str]]:
        """The samples that could not be predicted, each with the reason."""
        pairs = zip(self.names, self.answers, strict=True)
        return [(name, answer) for name, answer in pairs if isinstance(answer, str)]

    def _json(self) -> Iterator[str]:
        yield "["
        for number, (name, answer) in enumerate(zip(self.names, self.answers, strict=True), start=1):
            text = json.dumps({"sample": name, **self._fields(answer)}, ensure_ascii=False, allow_nan=False)
            yield f"  {json_safe(text)}{',' if number < len(self.names) else ''}"
        yield "]"

    def _fields(self, answer: Mapping[str, npt.NDArray[Any]] | str) -> dict[str, Any]:
        if isinstance(answer, str):
            return {"error": answer}
        fields = {
            target.name: {**target.answer(answer[target.name]), **_spread(target, answer)} for target in self.targets
        }
        return fields if len(fields) > 1 else next(iter(fields.values()))

    def _csv(self, guard: FormulaGuard) -> Iterator[str]:
        first = next((answer for answer in self.answers if not isinstance(answer, str)), None)
        columns = [] if first is None else list(self._cells(first, _csv_cells))
        error = ["error"] if self.failed else []
        yield guard.line(["sample", *columns, *error])
        for name, answer in zip(self.names, self.answers, strict=True):
            if isinstance(answer, str):
                yield guard.line([name, *[""] * len(columns), answer])
            else:
                cells = [name, *self._cells(answer, _csv_cells).values(), *([""] if error else [])]
                yield guard.line(cells)

    def _text(self) -> Iterator[str]:
        rows = [None if isinstance(entry, str) else self._text_row(entry) for entry in self.answers]
        columns = list(next((row for row in rows if row is not None), ["prediction"]))
        names = [escaped(name) for name in self.names]
        widths = column_widths([columns, *(list(row.values()) for row in rows if row is not None)])
        widths = [max(map(len, ["sample", *names])), *widths]
        yield from aligned([["sample", *columns]], widths=widths)
        for name, answer, row in zip(names, self.answers, rows, strict=True):
            if row is None:
                yield f"{name.ljust(widths[0])}  error: {escaped(str(answer))}"
            else:
                yield from aligned([[name, *row.values()]], widths=widths)

    def _text_row(self, answer: Mapping[str, npt.NDArray[Any]]) -> dict[str, str]:
        return {escaped(key): escaped(cell) for key, cell in self._cells(answer, _text_cells).items()}

    def _cells(self, answer: Mapping[str, npt.NDArray[Any]], cells: Any) -> Cells:
        """The columns of all targets."""
        whole: Cells = {}
        for target in self.targets:
            prefix = f"{target.name}." if len(self.targets) > 1 else ""
            found = cells(target, target.answer(answer[target.name]))
            whole.update({prefix + key: value for key, value in found.items()})
        return whole


def _spread(target: PredictedTarget, answer: Mapping[str, npt.NDArray[Any]]) -> dict[str, Any]:
    numbers = answer.get(f"spread {target.name}")
    return {} if numbers is None else {"spread": target.spread(numbers)}


def _csv_cells(target: PredictedTarget, fields: Mapping[str, Any]) -> Cells:
    prediction = fields["prediction"]
    if target.task == "regression":
        if isinstance(prediction, list) and not any(isinstance(entry, list) for entry in prediction):
            return {f"prediction[{index}]": number for index, number in enumerate(prediction)}
        return {"prediction": _csv_cell(prediction)}
    cells = {"prediction": ";".join(prediction) if target.task == "multilabel" else _csv_cell(prediction)}
    if "probability" in fields:
        cells["probability"] = _csv_cell(fields["probability"])
    return {**cells, **{f"p({name})": _csv_cell(value) for name, value in fields["probabilities"].items()}}


def _csv_cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _text_cells(target: PredictedTarget, fields: Mapping[str, Any]) -> Cells:
    """The cells of a text row, without the probabilities of classes that were not predicted."""
    prediction = fields["prediction"]
    if target.task == "multilabel":
        cells = {"prediction": ", ".join(prediction) or "(none)"}
        if len(target.classes) <= MOST_LABELS:
            cells.update({f"p({name})": _rounded(number) for name, number in fields["probabilities"].items()})
        return cells
    shown = {"prediction": prediction if isinstance(prediction, str) else _rounded(prediction)}
    return {**shown, "probability": _rounded(fields["probability"])} if "probability" in fields else shown


def _rounded(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_rounded(entry) for entry in value)}]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return "nan" if value is None else f"{value:.6g}"
