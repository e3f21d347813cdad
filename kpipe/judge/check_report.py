"""The results of the protocol before a long run."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kpipe_callbacks.learning_rate_curve import LearningRateCurve

from kpipe.checks.static.level import Level
from kpipe.judge.check_result import CheckResult
from kpipe.judge.protocol.outcome import Status
from kpipe.judge.protocol.run_probes import ProbeResult
from kpipe.judge.verdict import Verdict
from kpipe.messages.escaped import escaped
from kpipe.messages.html_table import html_table
from kpipe.messages.table import table
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder, as_json

#: The longest summary in the table.
_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """The results of the protocol before a long run.

    Args:
        name: the name of the spec.
        results: the results of the probes, in their order.
        budget: the seconds that were allowed.
        seconds: the seconds that were used, with the traces.
        traced: the seconds of the traces.
        run_seconds: the expected time of all steps of the run.
        curve: the curve of the range test; None if it was skipped.
        notices: what was found without a step, such as the warnings of static checks.
        versions: the versions of the packages.
    """

    name: str
    results: Sequence[ProbeResult]
    budget: float
    seconds: float
    traced: float
    run_seconds: float
    curve: LearningRateCurve | None
    versions: Mapping[str, str]
    notices: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether no probe failed at error level."""
        return all(result.status is not Status.FAILED for result in self.results)

    @property
    def verdicts(self) -> list[Verdict]:
        """All verdicts, in the order of the probes."""
        return [verdict for result in self.results if result.outcome is not None for verdict in result.outcome.verdicts]

    def __repr__(self) -> str:
        return f"<CheckReport {escaped(self.name)}: {self._counts()}>"

    def _repr_html_(self) -> str:
        """Return a table of the results, for notebooks."""
        return html_table(f"{escaped(self.name)}: {self._counts()}", ["probe", "result", "measured"], self._rows())

    def text(self) -> str:
        """Return a table of the results, the verdicts, and a line with the counts."""
        rows = table(["probe", "result", "measured"], self._rows(), longest=_LONGEST)
        found = [*self.notices, *(str(verdict) for verdict in self.verdicts)]
        return "\n".join([*rows, "", *found, *([""] if found else []), f"{escaped(self.name)}: {self._counts()}"])

    def to_dict(self) -> dict[str, Any]:
        """Return the results as plain data, as in `check.json`; numbers that are not finite are strings."""
        found: dict[str, Any] = _plain(
            {
                "name": self.name,
                "passed": self.passed,
                "budget": round(self.budget, 3),
                "seconds": round(self.seconds, 3),
                "seconds_of_traces": round(self.traced, 3),
                "expected_seconds_of_run": round(self.run_seconds, 3),
                "probes": {result.probe.name: _described(result) for result in self.results},
                "notices": [*self.notices],
                "versions": dict(self.versions),
            }
        )
        return found

    def json(self) -> str:
        """Return the results as JSON, as in `check.json`."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    def result(self) -> CheckResult:
        """Return the results as plain data: the table, the errors, and the files with the picture of the range test."""
        files: dict[str, bytes] = {RunFile.CHECK: as_json(self.to_dict()).encode()}
        if self.curve is not None:
            files[RunFile.LEARNING_RATE] = _drawn(self.curve, self.name)
        errors = [verdict for verdict in self.verdicts if verdict.level is Level.ERROR]
        failures = [(str(verdict.code), str(verdict)) for verdict in errors]
        return CheckResult(text=self.text(), failures=failures, files=files)

    def write(self, folder: RunFolder) -> None:
        """Write `check.json`, and the picture `learning_rate.png` of the range test; earlier ones are replaced.

        Raises:
            TrainingError: a file cannot be written.
        """
        self.result().write(folder)

    def _rows(self) -> list[list[str]]:
        return [[result.probe.title, str(result.status), result.summary] for result in self.results]

    def _counts(self) -> str:
        counts = {status: sum(result.status is status for result in self.results) for status in Status}
        parts = [f"{count} {status}" for status, count in counts.items() if count]
        return f"{', '.join(parts)}; {self.seconds:.1f} s, of which traces {self.traced:.1f} s"


def _described(result: ProbeResult) -> dict[str, Any]:
    found: dict[str, Any] = {"status": str(result.status), "summary": result.summary}
    if result.outcome is None:
        return {**found, "price": {"steps": round(result.price.steps, 3), "traces": round(result.price.traces, 3)}}
    outcome = result.outcome
    return {
        **found,
        "measured": dict(outcome.measured),
        "threshold": dict(outcome.threshold),
        "verdicts": [verdict.to_dict() for verdict in outcome.verdicts],
        "seconds": round(result.seconds, 3),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _drawn(curve: LearningRateCurve, name: str) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = curve.plot(figure.subplots())
    axes.set_title(escaped(name), parse_math=False)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=120, format="png")
    return picture.getvalue()
