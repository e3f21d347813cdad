"""The session in which a spec is used."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.components.registry.registry import using
from kpipe.train.devices.process_state import process_state


@contextmanager
def spec_session(spec: CheckedSpec, *, is_run: bool = False) -> Iterator[None]:
    """Use a spec within the block, with its seed and its custom code, and restore the state of the process afterwards.

    Call all functions of this package inside, and import modules that import Keras inside: TensorFlow writes to the
    standard error stream and draws random numbers while it is imported.

    Args:
        spec: a checked spec.
        is_run: whether the block trains; other sessions then fail instead of waiting for it.

    Raises:
        DataError: a run uses the process.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> spec = checked("kpipe:digits")
        >>> with spec_session(spec):
        ...     from kpipe.train.setup.prepare_data import prepare_data
        ...     sorted(prepare_data(spec, lambda message: None).parts)
        ['test', 'train', 'validation']
    """
    with process_state(spec.seed, is_run=is_run):
        spec.code.claim_names()
        with using(spec.code.in_use):
            yield
