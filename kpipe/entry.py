"""Where the command `kpipe` begins: an interrupt ends it with exit code 130, also while everything else is imported."""

import contextlib
import os
import signal
import sys

_arrived: list[int] = []


def main() -> None:
    """Run the command `kpipe`; an interrupt at any moment ends it with exit code 130 and no traceback.

    The handler is there before anything that takes time is imported. While a model trains, the training's own handler
    takes its place.

    Example:
        >>> import subprocess, sys
        >>> command = [sys.executable, "-m", "kpipe", "--version"]
        >>> subprocess.run(command, capture_output=True, text=True).stdout.split()[0]
        'kpipe'
    """
    signal.signal(signal.SIGINT, _interrupted)
    try:
        from kpipe.cli import main as command

        command()
        _leave_if_interrupted(None)
    except BaseException as error:
        # An interrupt from here on would come out of this block, with a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _leave_if_interrupted(error)
        raise
    finally:
        # What is done is done: an interrupt while Python takes itself down would only print a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupted(number: int, frame: object) -> None:
    """The first interrupt is an exception, so that files are closed; the second one ends the process at once."""
    del frame
    if _arrived:
        os._exit(130)
    # Modules of C code turn the exception into others while they are imported, so that it is written down as well.
    _arrived.append(number)
    raise KeyboardInterrupt


def _leave_if_interrupted(error: BaseException | None) -> None:
    is_interrupt = bool(_arrived) or isinstance(error, KeyboardInterrupt)
    if not is_interrupt or ("--debug" in sys.argv and not isinstance(error, SystemExit)):
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not isinstance(error, SystemExit):
        # Nobody may be left to read it; the exit code says the same.
        with contextlib.suppress(OSError):
            os.write(2, b"interrupted\n")
    # Python ends itself by the signal, not by the exit code, once an interrupt came out of code that was given as text,
    # such as that of a dataclass; other such code makes it forget that.
    exec("")
    raise SystemExit(130) from None
