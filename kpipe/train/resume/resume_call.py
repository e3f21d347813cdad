"""The call that continues a run."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from kpipe.components.callback_outputs import CallbackOutput
from kpipe.messages.call_argument import is_command_line
from kpipe.run_files import RunFile


def resume_call(folder: Path, elsewhere: Iterable[CallbackOutput] = ()) -> str:
    """Return the call that continues a run, on the command line or in Python, as its caller began it.

    Args:
        folder: the run folder.
        elsewhere: what callbacks write outside of it, which its spec cannot contain.

    Example:
        >>> print(resume_call(Path("runs/iris/1")))
        kpipe.load("runs/iris/1/spec.yaml").run("runs/iris/1", resume=True)
    """
    spec, output = str(folder / RunFile.SPEC), str(folder)
    overrides = [entry.override for entry in elsewhere]
    if is_command_line():
        options = "".join(f" --set {shlex.quote(override)}" for override in overrides)
        return f"kpipe run {shlex.quote(spec)} --output {shlex.quote(output)} --resume{options}"
    arguments = [json.dumps(spec), *([json.dumps(overrides)] if overrides else [])]
    return f"kpipe.load({', '.join(arguments)}).run({json.dumps(output)}, resume=True)"
