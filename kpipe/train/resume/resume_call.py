"""The call that continues a run or a sweep."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from kpipe.components.callback_outputs import CallbackOutput
from kpipe.messages.call_argument import is_command_line
from kpipe.run_files import RunFile


def resume_call(
    folder: Path,
    elsewhere: Iterable[CallbackOutput] = (),
    *,
    action: Literal["run", "tune"] = "run",
    workers: int = 1,
) -> str:
    """Return the call that continues a run or a sweep, on the command line or in Python, as its caller began it.

    Args:
        folder: the folder of the run or of the sweep.
        elsewhere: what callbacks write outside of it, which its spec cannot contain.
        action: the command, and the method of the pipeline.
        workers: how many folds or trials were trained at the same time.

    Example:
        >>> print(resume_call(Path("runs/iris/1")))
        kpipe.load("runs/iris/1/spec.yaml").run("runs/iris/1", resume=True)
    """
    spec, output = str(folder / RunFile.SPEC), str(folder)
    overrides = [entry.override for entry in elsewhere]
    if is_command_line():
        options = "".join(f" --set {shlex.quote(override)}" for override in overrides)
        options += f" --workers {workers}" if workers > 1 else ""
        return f"kpipe {action} {shlex.quote(spec)} --output {shlex.quote(output)} --resume{options}"
    arguments = [json.dumps(spec), *([json.dumps(overrides)] if overrides else [])]
    options = f", workers={workers}" if workers > 1 else ""
    return f"kpipe.load({', '.join(arguments)}).{action}({json.dumps(output)}, resume=True{options})"
