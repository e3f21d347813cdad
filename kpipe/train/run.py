"""A finished run, for use from Python."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from kpipe.components.custom_code.imports import make_loadable
from kpipe.messages.escaped import escaped
from kpipe.messages.html_table import html_table
from kpipe.messages.metrics_table import metrics_table
from kpipe.messages.metrics_text import metrics_text
from kpipe.run_files import RunFile
from kpipe.train.devices.process_state import in_process_state
from kpipe.train.run_folder.run_folder import RunFolder

#: The parts of the dataset in the order of their metrics.
_PARTS = ("validation", "test")


@dataclass
class Run:
    """A finished run.

    Args:
        model: the model that was kept, not compiled; it contains its preparation and accepts raw inputs.
        history: the values of each epoch by metric name.
        result: the contents of `result.json`.
        folder: the run folder.
    """

    model: keras.Model
    history: dict[str, list[Any]]
    result: dict[str, Any]
    folder: RunFolder

    def __repr__(self) -> str:
        parts = (f", {part} {metrics_text(self.result[part])}" for part in _PARTS if self.result[part])
        return f"<Run {self._outcome()}{''.join(parts)}; folder {escaped(str(self.folder.path))}>"

    def _repr_html_(self) -> str:
        """Return a table of the metrics, for notebooks."""
        caption = f"{self._outcome()}; folder {escaped(str(self.folder.path))}"
        return html_table(caption, *metrics_table({part: self.result[part] for part in _PARTS}))

    def _outcome(self) -> str:
        status, best = str(self.result["status"]).replace("_", " "), self.result["best_epoch"]
        kept = "no model kept" if best is None else f"epoch {best} of {self.result['epochs']} kept"
        return f"{escaped(self.result['name'])}: {status}, {kept}"

    @classmethod
    @in_process_state
    def load(cls, folder: str | Path) -> Run:
        """Load a run from its folder.

        Raises:
            DataError: the folder does not contain a finished run, or the run kept no model.
        """
        found = RunFolder(Path(folder))
        result = found.read_json(RunFile.RESULT)
        path = found.model_file()
        importlib.import_module("kpipe.layers")
        make_loadable(found / RunFile.SPEC)
        model = keras.saving.load_model(path, compile=False)
        rows = found.read_csv(RunFile.HISTORY)
        history = {name: [_number(row[name]) for row in rows] for name in (rows[0] if rows else {})}
        return cls(model, history, result, found)


def _number(text: str) -> float | None:
    return None if text == "" else float(text)
