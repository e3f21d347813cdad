"""The process while a spec is in use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kpipe.checks.checked_spec import CheckedSpec
from kpipe.components.registry.registry import using
from kpipe.train.devices.process_state import process_state


@contextmanager
def spec_session(spec: CheckedSpec, *, is_run: bool = False) -> Iterator[None]:
    """Give the block the process, seeded by a spec and with its custom code in use, and restore the process afterwards.

    All functions of this package are called inside. Import what imports Keras inside as well: TensorFlow writes to the
    screen and draws random numbers while it is imported.

    Args:
        spec: a checked spec.
        is_run: whether the block trains; others then do not wait for it.

    Raises:
        DataError: a run has the process.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> spec = checked("kpipe:digits")
        >>> with spec_session(spec):
        ...     from kpipe.train.setup.prepare_data import prepare_data
        ...     sorted(prepare_data(spec, lambda line: None).parts)
        ['test', 'train', 'validation']
    """
    with process_state(spec.seed, is_run=is_run):
        spec.code.claim_names()
        with using(spec.code.in_use):
            yield
