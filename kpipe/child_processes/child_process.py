"""A child process that ends with its parent."""

from __future__ import annotations

import math
import os
import pickle
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing import Pipe, spawn
from typing import Any

from kpipe.child_processes.anonymous_file import above_standard_streams, anonymous_file
from kpipe.child_processes.carried_exception import CarriedException
from kpipe.child_processes.child_died import ChildDiedError
from kpipe.child_processes.child_main import SIGNALS_OF_THE_PARENT, Start
from kpipe.child_processes.descriptor import Descriptor
from kpipe.child_processes.exit_reason import exit_reason
from kpipe.child_processes.module_sources import kept_sources
from kpipe.child_processes.packed import pack

#: How often a process that waits for a message checks that the child is there, in seconds.
_INTERVAL = 0.5
#: Seconds after which the end of a killed child is no longer waited for.
_PATIENCE = 10.0
#: The first lines of a child: the modules of the parent can be imported, and its main module is never run.
_BOOTSTRAP = """\
import pickle, sys
file = open(int(sys.argv.pop()), "rb")
sys.path[:] = pickle.load(file)
from kpipe.child_processes.child_main import main
main(file)
"""


class ChildProcess:
    """A new Python interpreter that runs one function, and that ends when this process ends in any way.

    It has the `sys.path`, the folder, the variables and the options of this process, but nothing of its main module
    and nothing that was imported here: TensorFlow is loaded only where the function loads it. Signals to the whole
    group, such as Ctrl-C, do not reach it; `end` ends it, and so does the end of this process by `kill -9`. Its
    standard input is empty, its output that of this process.

    Args:
        function: `module:name`, called as `name(connection, *arguments)`. The connection is that of
            `multiprocessing`: `recv()` returns what this process sends, `send()` arrives in `receive`.
        arguments: picklable; a `Descriptor` in them is handed over.
        environment: variables that the child has besides those of this process.

    Attributes:
        pid: its process id.

    Raises:
        UnsendableError: an argument contains a class or a function of the main module.
        OSError: the process cannot be started.

    Example:
        >>> with ChildProcess("multiprocessing.connection:Connection.send", "text") as child:
        ...     child.receive()
        'text'
    """

    def __init__(self, function: str, *arguments: Any, environment: Mapping[str, str] | None = None) -> None:
        packed = pack(arguments)
        own, other = Pipe()
        read, write = (Descriptor(above_standard_streams(end)) for end in os.pipe())
        self._crash = Descriptor(anonymous_file("kpipe-crash"))
        with other:
            connection = Descriptor(above_standard_streams(os.dup(other.fileno())))
        start = Start(
            os.getpid(),
            read.number,
            connection.number,
            self._crash.number,
            function,
            packed.content,
            tuple(each.number for each in packed.descriptors),
            kept_sources(),
        )
        handed = [read, connection, self._crash, *packed.descriptors]
        process = _started(start, [each.number for each in handed], {**os.environ, **(environment or {})})
        for end in (read, connection):
            end.close()
        self.pid = process.pid
        self._process = process
        # Closed when nothing uses it any more: another thread may wait in `receive`.
        self._connection = own
        self.end = weakref.finalize(self, _end, os.getpid(), process, write)
        """End it at once, if it is still there, and wait until it has; as does the end of this process."""

    def __enter__(self) -> ChildProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def send(self, message: Any) -> None:
        """Send a picklable object, which the child receives by `connection.recv()`.

        Raises:
            ChildDiedError: the child has ended.
        """
        try:
            self._connection.send(message)
        except OSError as error:
            raise self._died() from error

    def poll(self, timeout: float | None = 0.0) -> bool:
        """Return whether `receive` would return, or raise, at once.

        Args:
            timeout: the largest number of seconds to wait until it does; None to wait without a limit.
        """
        end = math.inf if timeout is None else time.monotonic() + timeout
        while True:
            left = end - time.monotonic()
            try:
                # A process that the child has started may still have its end of the connection.
                if self._connection.poll(max(min(left, _INTERVAL), 0)) or self._process.poll() is not None:
                    return True
            except OSError:  # such as ECONNRESET
                return True
            if left <= _INTERVAL:
                return False

    def receive(self) -> Any:
        """Wait for the next object that the child sends.

        Raises:
            ChildDiedError: the child has ended, or `end` was called.
            Exception: what the function raised, with the traceback of the child as a note.
        """
        try:
            self.poll(None)
            if not self._connection.poll():
                raise self._died()
            message = self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error
        if isinstance(message, CarriedException):
            raise message.restored(f"process {self.pid}")
        return message

    def _died(self) -> ChildDiedError:
        if not self.end.alive:
            return ChildDiedError("was ended by this process")
        try:
            code = self._process.wait(_INTERVAL)
        except subprocess.TimeoutExpired:
            code = None
        content = os.pread(self._crash.number, os.fstat(self._crash.number).st_size, 0)
        return ChildDiedError(exit_reason(code), content.decode(errors="backslashreplace").strip())


def _started(start: Start, descriptors: list[int], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # In memory rather than through the connection, on which a large argument would wait for the child to read.
    with os.fdopen(anonymous_file("kpipe-start"), "w+b") as file:
        pickle.dump(sys.path, file)
        pickle.dump(start, file)
        file.flush()
        file.seek(0)
        options = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        with _blocked_signals():
            return subprocess.Popen(
                [_interpreter(), *options, "-c", _BOOTSTRAP, str(file.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[file.fileno(), *descriptors],
                env=environment,
            )


@contextmanager
def _blocked_signals() -> Iterator[None]:
    """Keep Ctrl-C from a child that does not ignore it yet, since its interpreter is only starting."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS_OF_THE_PARENT)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _interpreter() -> str:
    found = os.fsdecode(spawn.get_executable() or "")
    if not found or (found == sys.executable and getattr(sys, "frozen", False)):
        raise RuntimeError(
            f"this program contains Python but is not its interpreter, so it cannot start child processes; expected "
            f"the path of a Python interpreter, got {found!r}; call multiprocessing.set_executable(path) first"
        )
    return found


def _end(owner: int, process: subprocess.Popen[bytes], lifeline: Descriptor) -> None:
    if os.getpid() != owner:
        return  # a copy of the parent made by fork, whose children these are not
    lifeline.close()
    process.kill()
    # One that hangs in the kernel ends as soon as it returns from there.
    with suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
