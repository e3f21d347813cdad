"""Kpipe from Python: `kpipe.load` returns a `Pipeline`, which builds and trains the model of a spec."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kpipe.distribution import other_distribution

if TYPE_CHECKING:
    import keras

    from kpipe.checks.checked_spec import CheckedSpec
    from kpipe.messages.reporter import Reporter
    from kpipe.train.run import Run


def load(
    path: str | Path,
    overrides: Sequence[str] | Mapping[str, Any] | None = None,
    *,
    say: Callable[[str], None] | None = None,
) -> Pipeline:
    """Read a spec and check everything that does not need its data.

    Args:
        path: a YAML file, or `kpipe:NAME` for a shipped one.
        overrides: values that replace the file's: a mapping from path to value, such as `{"train.epochs": 3}`, or
            texts as on the command line, such as `["train.epochs=3"]`.
        say: receives a line about which code of the spec's `imports` is run; by default nothing is reported.

    Returns:
        The pipeline; nothing has been read but the spec.

    Raises:
        SpecError: the spec is wrong; all its problems at once.

    Example:
        >>> load("kpipe:digits", {"train.epochs": 2}).spec.train.epochs
        2
    """
    from kpipe.checks.checked_spec import checked
    from kpipe.train.devices.process_state import preserve_caller_state

    if warning := other_distribution():
        warnings.warn(warning, stacklevel=2)
    with preserve_caller_state():
        return Pipeline(checked(path, () if overrides is None else overrides, say=say))


class Pipeline:
    """A spec that was read and checked.

    Args:
        spec: the resolved spec; its components and its model were checked.
    """

    def __init__(self, spec: CheckedSpec) -> None:
        self.spec = spec

    def build(self) -> keras.Model:
        """Return the model of the spec, compiled, of Keras' own classes; it accepts raw inputs.

        Reads the data: shapes and classes come from them, and the preparation inside the model is fitted on the
        training part. The model goes into `fit` with raw inputs and integer class labels (or one-hot labels where the
        loss or a metric wants them).

        Raises:
            SpecError: the model or the training section does not fit the data.
            DataError: the data cannot be used.

        Example:
            >>> load("kpipe:digits").build().output_shape
            (None, 10)
        """
        from kpipe.train.setup.spec_session import spec_session

        with spec_session(self.spec):
            from kpipe.train.compile import compile_model
            from kpipe.train.setup.prepare_data import prepare_data
            from kpipe.train.setup.setup import build_on_data

            prepared = prepare_data(self.spec, _silent)
            built = build_on_data(self.spec, prepared)
            compile_model(self.spec, built, prepared)
            return built.raw_model

    def check(self, *, say: Callable[[str], None] | None = None) -> None:
        """Find everything that `run` refuses before its first step; reads the data and builds the model for it.

        Args:
            say: receives each line that `run` would report; by default nothing is reported.

        Raises:
            SpecError: the model or the training section does not fit the data.
            DataError: the data cannot be used.

        Example:
            >>> load("kpipe:digits").check()
        """
        from kpipe.train.check import check_training

        check_training(self.spec, say or _silent)

    def run(self, output: str | Path | None = None, resume: bool = False, *, reporter: Reporter | None = None) -> Run:
        """Train the model of the spec and fill a run folder.

        Args:
            output: the run folder, new or empty; by default the next free `runs/NAME/N`.
            resume: whether to continue the run in `output`; where it has not begun yet, it begins, and where it is
                finished, it is returned as it is.
            reporter: where messages go; by default nothing is printed.

        Returns:
            The run: `.model`, `.history`, `.result`, `.folder`.

        Raises:
            SpecError: the spec does not fit the data.
            DataError: the data cannot be used, or the output is not empty; with `resume`, it has no run of this spec
                and these data.
            TrainingError: the training exploded or its results could not be written.
        """
        from kpipe.messages.reporter import Reporter
        from kpipe.train.setup.spec_session import spec_session

        with spec_session(self.spec, is_run=True):
            from kpipe.train.start import resume_run, start_run

            begin = resume_run if resume else start_run
            return begin(self.spec, Path(output) if output is not None else None, reporter or Reporter.silent())


def _silent(_: str) -> None:
    return None
