"""The resolved spec alone, without its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpipe.checks.checked_spec import checked
from kpipe.components.registry.registry import using
from kpipe.data.augment.resolved_lists import resolved_lists


def resolved_spec(spec: str | Path | Mapping[str, Any], overrides: Sequence[str] | Mapping[str, Any] = ()) -> str:
    """Return the text of `kpipe show --spec`: the resolved spec as YAML, which describes the same experiment.

    Neither data nor code that the spec imports is loaded, so values that depend on the data, such as a `scale: auto`,
    are not replaced by numbers.

    Args:
        spec: a source that `kpipe.load` accepts.
        overrides: values that replace those of the spec, as for `kpipe.load`.

    Raises:
        SpecError: the spec is not valid.

    Example:
        >>> resolved_spec("kpipe:iris", {"seed": 3}).splitlines()[1]
        'seed: 3'
    """
    read = checked(spec, overrides, run=False)
    with using(read.code.in_use):
        return read.dump(resolved_lists(read)).rstrip("\n")
