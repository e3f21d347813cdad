"""The check that a resumed run uses the data of the earlier start."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kpipe.data.fingerprint import Fingerprint
from kpipe.errors import DataError
from kpipe.run_files import RunFile
from kpipe.train.resume.earlier_spec import Decider, Earlier, other_spec
from kpipe.train.resume.spec_meaning import description_differences
from kpipe.train.run_folder.run_folder import RunFolder, as_json

#: The largest number of differences that a message lists.
_MAX_LISTED = 10


def refuse_other_source(folder: RunFolder, earlier: Earlier, description: Mapping[str, Any]) -> None:
    """Refuse a source with other arguments, unless all samples are compared.

    Args:
        folder: the run folder of the earlier start.
        earlier: the spec of the earlier start, with the undecided differences.
        description: the description of the data, as in `data.json`.

    Raises:
        DataError: the arguments of the source differ; the message lists them.
    """
    changes = earlier.decided_by(Decider.SOURCE)
    if not changes:
        return
    before = folder.read_json(RunFile.DATA) if (folder / RunFile.DATA).exists() else {}
    known = before.get("fingerprint")
    is_whole = isinstance(known, dict) and known.get("inputs") is not None
    if not is_whole or any(list(before[key]) != list(description[key]) for key in ("inputs", "targets")):
        raise other_spec(folder, changes)


def refuse_changed_data(
    folder: RunFolder, description: Mapping[str, Any], fingerprint: Fingerprint, say: Callable[[str], None]
) -> None:
    """Refuse to resume with other data than those of the earlier start.

    Args:
        folder: the run folder; without a `data.json` in it, there is nothing to compare.
        description: the description of the data, as in `data.json`.
        fingerprint: the fingerprint of the data.
        say: receives a message if only a part of the data was compared.

    Raises:
        DataError: the data differ; the message lists the differences.
    """
    path = folder / RunFile.DATA
    if not path.exists():
        return
    before = folder.read_json(RunFile.DATA)
    known = before.pop("fingerprint", None)
    now = json.loads(as_json(description))
    # `max_pixels` only decides which images are skipped, and a difference in these appears in labels and parts.
    for described in (before, now):
        described.pop("max_pixels", None)
    changes = [str(change) for change in description_differences(before, now, known_only=isinstance(known, str))]
    if isinstance(known, str):
        changes += ["labels, or values of the inputs"] if known != fingerprint.of_format_1() else []
    elif isinstance(known, dict):
        changes += fingerprint.differences(known, say)
    else:
        raise DataError(f"{path} is damaged: the fingerprint is missing; start again in another folder")
    if changes:
        more = [f"and {len(changes) - _MAX_LISTED} more"] if len(changes) > _MAX_LISTED else []
        listed = "\n    ".join([*changes[:_MAX_LISTED], *more])
        raise DataError(
            f"the data differ from those of the earlier start, which {path} describes; the "
            f"differences:\n    {listed}\nrestore the earlier data, or start again in another folder"
        )
