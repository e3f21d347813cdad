"""How a value of a spec is set to that of an environment variable, on the command line or in Python."""

from __future__ import annotations

from kpipe.messages.call_argument import is_command_line


def environment_call(path: str, name: str) -> str:
    """Return how the caller of this process sets a value to that of an environment variable.

    Args:
        path: dotted path of the value.
        name: the environment variable.

    Example:
        >>> print(environment_call("vars.root", "DATA"))
        overrides={"vars.root": os.environ["DATA"]}
    """
    return f"--set-env {path}={name}" if is_command_line() else f'overrides={{"{path}": os.environ["{name}"]}}'
