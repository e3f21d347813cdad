"""How a process ended, in words."""

from __future__ import annotations

import signal


def exit_reason(code: int | None) -> str:
    """Describe the return code of a process.

    Args:
        code: as `subprocess` returns it, negative for a signal; None for a process that has not ended.

    Example:
        >>> exit_reason(3), exit_reason(-9)
        ('ended with exit code 3', 'was killed by signal 9 (SIGKILL)')
    """
    if code is None:
        return "does not answer"
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = f" ({signal.Signals(-code).name})"
    except ValueError:
        name = ""
    return f"was killed by signal {-code}{name}"
