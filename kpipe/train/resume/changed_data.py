"""Whether the data are those of an earlier start."""

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

#: Differences of the data that are listed.
MOST = 10


def refuse_other_source(folder: RunFolder, earlier: Earlier, description: Mapping[str, Any]) -> None:
    """Refuse another way to read the data, unless all that was read is compared.

    Args:
        folder: of the earlier start.
        earlier: its spec, with what is undecided.
        description: of the data, as `data.json` contains it.

    Raises:
        DataError: with the arguments of the source that differ.
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
    """Refuse to resume with data that are not those of the earlier start.

    Args:
        folder: nothing is refused where it does not know its data yet.
        description: of the data, as `data.json` contains it.
        fingerprint: of the data.
        say: receives a line where only a part of the data was compared.

    Raises:
        DataError: with every difference.
    """
    path = folder / RunFile.DATA
    if not path.exists():
        return
    before = folder.read_json(RunFile.DATA)
    known = before.pop("fingerprint", None)
    now = json.loads(as_json(description))
    # It decides which images are skipped, which labels and parts show; the ones that are read do not depend on it.
    for described in (before, now):
        described.pop("max_pixels", None)
    changes = [str(change) for change in description_differences(before, now, known_only=isinstance(known, str))]
    if isinstance(known, str):
        changes += ["labels, or values of the inputs"] if known != fingerprint.of_format_1() else []
    elif isinstance(known, dict):
        changes += fingerprint.differences(known, say)
    else:
        raise DataError(f"{path} is damaged: it has no fingerprint; start again in another folder")
    if changes:
        more = [f"and {len(changes) - MOST} more"] if len(changes) > MOST else []
        listed = "\n    ".join([*changes[:MOST], *more])
        raise DataError(
            f"the data differ from those that {path} describes, so the run cannot continue as it would have; the "
            f"differences:\n    {listed}\nrestore the earlier data, or start again in another folder"
        )
