"""Entry point of the command `kpipe`, which handles interrupts even during imports."""

import atexit
import contextlib
import os
import signal
import sys

#: The exit code of an interrupted command.
_CODE = 130
_arrived: list[int] = []


def main() -> None:
    """Run the command `kpipe`; an interrupt at any moment ends it with exit code 130 and no traceback.

    The handler is installed before any slow import. A training replaces it by its own handler.

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
        # Another interrupt would leave this block with a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _leave_if_interrupted(error)
        raise
    finally:
        # An interrupt while Python shuts down would only print a traceback.
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _interrupted(number: int, frame: object) -> None:
    """Raise an exception at the first interrupt, so that files are closed; end the process at the second one."""
    del frame
    if _arrived:
        os._exit(_CODE)
    # C extensions may replace the exception while they are imported, so it is recorded as well.
    _arrived.append(number)
    raise KeyboardInterrupt


def _leave_if_interrupted(error: BaseException | None) -> None:
    is_interrupt = bool(_arrived) or isinstance(error, KeyboardInterrupt)
    is_interrupt = is_interrupt or (isinstance(error, SystemExit) and error.code == _CODE)
    if not is_interrupt or ("--debug" in sys.argv and not isinstance(error, SystemExit)):
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not isinstance(error, SystemExit):
        # Standard error may be closed; the exit code reports the interrupt as well.
        with contextlib.suppress(OSError):
            os.write(2, b"interrupted\n")
    # The end of Python takes two seconds of CPU time if TensorFlow is imported. Only what matters is done: handlers,
    # which end child processes, and writing the text in the streams.
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(_CODE)
