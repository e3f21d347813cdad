"""Child processes that need not import TensorFlow: `run` and `Popen` are those of `subprocess`, for commands of Python.

The import takes most of the time of a short command. One process has done it, has run nothing with TensorFlow, and forks
a process for each command, which then is as one that was started: its parent, its standard streams, its descriptors, its
signals, its environment and its main module are those that `subprocess` would give it. It differs in two ways: modules
have been imported, and at its end Python does not destroy them. What is about imports needs a process of its own.

The process that forks is kept until the end of the tests; another interpreter, and other variables that libraries read
when they are imported, have one of their own.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import gc
import io
import os
import pickle
import re
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock

from kpipe.child_processes import child_process
from kpipe.child_processes.child_main import Start

HERE = Path(__file__).parent
#: What is read before the first line of a program, or when a library is imported.
_READ_AT_START = re.compile("(?!PYTHONPATH$)(PYTHON|TF_|XLA_|KERAS_|JAX_|OMP_|LD_|LC_|LANG).*|.*_THREADS")
_PR_SET_CHILD_SUBREAPER = 36
#: Those of the server are below.
_LAST_DESCRIPTOR = 511
_SERVE = "import sys; sys.path.insert(0, sys.argv.pop()); import warm_process; warm_process.serve(*sys.argv[1:])"


#: What `subprocess` starts, also while `Popen` takes its place.
_StartedProcess = subprocess.Popen


class ColdCommandError(ValueError):
    """A command needs an interpreter of its own."""


@dataclass(frozen=True)
class Command:
    """What a process runs, and with what it begins.

    Args:
        arguments: those of Python, without its options.
        environment: its variables.
        folder: its working folder.
        descriptors: its numbers of the descriptors that are handed over.
        ignored: the signals that it ignores.
        blocked: the signals that it blocks.
        umask: -1 for that of the server.
        session: whether it begins a session.
        group: the process group that it joins, 0 for a new one, -1 for that of the server.
        finds_gpus: whether TensorFlow has searched for GPUs, as `import_keras` has it do.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    folder: str
    descriptors: tuple[int, ...]
    ignored: frozenset[int]
    blocked: frozenset[int]
    umask: int
    session: bool
    group: int
    finds_gpus: bool


class Server:
    """The process that forks the others, as the tests see it.

    Args:
        python: path of the interpreter.
        variables: those that are read at start.
        imports: the name of the function of this module that imports what its processes need.
    """

    def __init__(self, python: str, variables: Mapping[str, str], imports: str) -> None:
        self._socket, other = socket.socketpair()
        self._lock = threading.Lock()
        rest = {name: value for name, value in os.environ.items() if not _READ_AT_START.fullmatch(name)}
        with other:
            command = [python, *_options(), "-c", _SERVE, imports, str(other.fileno()), str(HERE)]
            self._process = _StartedProcess(command, pass_fds=[other.fileno()], env={**rest, **variables})
        self._receive()

    def start(self, command: Command, descriptors: Sequence[int]) -> int:
        """Return the id of a new child of this process."""
        with self._lock, tempfile.TemporaryFile() as file, _adopting():
            pickle.dump(command, file)
            file.flush()
            socket.send_fds(self._socket, [b"x"], [file.fileno(), *descriptors])
            return int(self._receive())

    def _receive(self) -> str:
        if not (answer := self._socket.recv(32)):
            raise RuntimeError(f"the server of warm processes has ended with code {self._process.wait()}")
        return answer.decode()

    def close(self) -> None:
        """End it; its processes remain."""
        self._socket.close()
        self._process.wait()


_servers: dict[tuple[str, tuple[tuple[str, str], ...], str], Server] = {}


def server(python: str, environment: Mapping[str, str], imports: str = "import_everything") -> Server:
    """Return the one of an interpreter, an environment and imports; the first command of all three starts it."""
    read = tuple((name, value) for name, value in sorted(environment.items()) if _READ_AT_START.fullmatch(name))
    if (python, read, imports) not in _servers:
        _servers[python, read, imports] = found = Server(python, dict(read), imports)
        atexit.register(found.close)
    return _servers[python, read, imports]


class Popen(_StartedProcess):
    """`subprocess.Popen`, which also starts the commands that are not Python's.

    Raises:
        ColdCommandError: Python has other options than in the tests.
    """

    finds_gpus = True
    """Whether the process searches for GPUs at its start, as `import_keras` does; one that forks others must not."""
    imports = "import_everything"
    """What the process has imported, as the name of a function of this module."""

    def _execute_child(self, args: Any, executable: Any, preexec_fn: Any, *more: Any) -> None:
        command = [os.fsdecode(args)] if isinstance(args, (str, bytes, os.PathLike)) else [*map(os.fsdecode, args)]
        if not Path(command[0]).name.startswith("python") or sys.platform != "linux":
            super()._execute_child(args, executable, preexec_fn, *more)
            return
        close_fds, pass_fds, cwd, env, _, _, shell, *ends, _, gid, gids, uid, umask, session, group = more
        if any(each is not None for each in (executable, preexec_fn, gid, gids, uid)) or shell or not close_fds:
            raise ColdCommandError(f"a warm process has no such option: {command}")
        sys.audit("subprocess.Popen", command[0], command, cwd, env)
        environment = {
            os.fsdecode(name): os.fsdecode(value) for name, value in (os.environ if env is None else env).items()
        }
        standard = [end if end != -1 else number for number, end in enumerate((ends[0], ends[3], ends[5]))]
        ignored = {number for number in signal.valid_signals() if signal.getsignal(number) is signal.SIG_IGN}
        self.pid = server(command[0], environment, self.imports).start(
            Command(
                arguments=_arguments(command),
                environment=environment,
                folder=str(Path.cwd() / os.fsdecode(cwd or "")),
                descriptors=(0, 1, 2, *pass_fds),
                ignored=frozenset(ignored - {signal.SIGPIPE, signal.SIGXFSZ}),
                blocked=frozenset(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
                umask=umask,
                session=session,
                group=group,
                finds_gpus=self.finds_gpus,
            ),
            [*standard, *pass_fds],
        )
        self._child_created = True
        self._close_pipe_fds(*ends)


def run(command: Sequence[object], **options: Any) -> subprocess.CompletedProcess:
    """`subprocess.run`."""
    with mock.patch.object(subprocess, "Popen", Popen):
        return subprocess.run([*map(str, command)], **options)


class _TrialServer(Popen):
    finds_gpus = False


class _DataWorker(Popen):
    finds_gpus = False
    imports = "import_augmentation"


def warm_trials() -> contextlib.AbstractContextManager[None]:
    """Let the servers of trials be forked as well, each of which would import TensorFlow."""
    return _forked_children("kpipe.trials.fork_server:serve", _TrialServer)


def warm_checks() -> contextlib.AbstractContextManager[None]:
    """Let the processes be forked that check a run before it begins, each of which would import TensorFlow."""
    return _forked_children("kpipe.judge.check_process:run_check", Popen)


def warm_data_workers() -> contextlib.AbstractContextManager[None]:
    """Let data workers be forked as well, each of which would import Albumentations, for most of a second."""
    return _forked_children("kpipe.data.workers.worker:serve", _DataWorker)


@contextlib.contextmanager
def _forked_children(function: str, kind: type[Popen]) -> Iterator[None]:
    """Let the child processes be forked that run a function."""
    started, one_by_one = child_process._started, threading.Lock()

    def start(start: Start, *arguments: Any) -> Any:
        if start.function != function:
            return started(start, *arguments)
        with one_by_one, mock.patch.object(subprocess, "Popen", kind):
            return started(start, *arguments)

    with mock.patch.object(child_process, "_started", start):
        yield


def _options() -> list[str]:
    options: list[str] = subprocess._args_from_interpreter_flags()
    return options


def _arguments(command: Sequence[str]) -> tuple[str, ...]:
    options = _options()
    found = tuple(command[1 + len(options) :])
    is_known = found and (not found[0].startswith("-") or found[0] in ("-c", "-m"))
    if command[1 : 1 + len(options)] != options or not is_known:
        raise ColdCommandError(
            f"expected the options of the tests and a command, {options} and -c or -m, got {command}"
        )
    return found


@contextlib.contextmanager
def _adopting() -> Iterator[None]:
    """Make this process the parent of what loses its own one."""
    library = ctypes.CDLL(None, use_errno=True)

    def adopt(does: bool) -> None:
        if library.prctl(_PR_SET_CHILD_SUBREAPER, int(does), 0, 0, 0):
            raise OSError(ctypes.get_errno(), "this system has no such processes")

    adopt(True)
    try:
        yield
    finally:
        adopt(False)


def serve(imports: str, connection: str) -> None:
    """Fork a process for each command, which runs in the end of this function.

    Args:
        imports: the name of the function of this module that imports what the commands need.
        connection: the descriptor of a socket.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    path = [entry for entry in sys.path[2:] if entry not in _python_path(os.environ)]
    globals()[imports]()
    if (threads := threading.enumerate()) != [threading.main_thread()]:
        raise RuntimeError(f"a process with threads cannot be forked: {threads}")
    # The garbage collector of a child must not copy the memory of these objects by writing to them.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(connection)) as commands:
        commands.sendall(b"ready")
        while received := socket.recv_fds(commands, 1, 250)[1]:
            with os.fdopen(received[0], "rb") as file:
                file.seek(0)
                command: Command = pickle.load(file)
            pid = _forked(command)
            if pid == 0:
                _become(command, received[1:], path)
                _end(command.arguments)
            for descriptor in received[1:]:
                os.close(descriptor)
            commands.sendall(str(pid).encode())
    # The end of Python takes a second if TensorFlow is imported.
    os._exit(0)


def import_everything() -> None:
    """Import what commands need."""
    from kpipe.components.import_albumentations import import_albumentations
    from kpipe.components.quiet_import import import_keras

    import_keras(finds_gpus=False)
    import_albumentations()
    import h5py  # noqa: F401
    import sklearn.datasets  # noqa: F401

    import kpipe.cli.command_line
    import kpipe.train.start
    import kpipe.trials.run_trial  # noqa: F401


def import_augmentation() -> None:
    """Import what data workers need, which know nothing of TensorFlow."""
    from kpipe.components.import_albumentations import import_albumentations

    import_albumentations()
    import kpipe.data.feeds.sample_maker
    import kpipe.data.workers.worker  # noqa: F401


def _forked(command: Command) -> int:
    """Fork a process whose parent ends; return its id, which is 0 in itself, where signals are blocked.

    It is in its session and its group as soon as its id is known: before, signals to its group would reach the tests.
    """
    read, write = os.pipe()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    between = os.fork()
    if between == 0:
        between = os.getpid()
        joined, join = os.pipe()
        if (pid := os.fork()) == 0:
            if command.session:
                os.setsid()
            if command.group >= 0:
                os.setpgid(0, command.group)
            os.write(join, b"x")
            while os.getppid() == between:
                time.sleep(0.0005)
            return 0
        os.close(join)
        os.read(joined, 1)
        os.write(write, str(pid).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        # Until the process between them has ended: the other end is open in the new process as well.
        os.waitpid(between, 0)
        pid = int(os.read(file.fileno(), 32))
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _become(command: Command, received: Sequence[int], path: Sequence[str]) -> None:
    """Make this process what a new interpreter is before it runs a command; signals are blocked until the end."""
    _keep(dict(zip(command.descriptors, received, strict=True)))
    if command.umask >= 0:
        os.umask(command.umask)
    os.chdir(command.folder)
    os.environ.clear()
    os.environ.update(command.environment)
    tempfile.tempdir = None
    sys.path[:] = [*_python_path(command.environment), *path]
    sys.orig_argv[:] = [sys.executable, *command.arguments]
    # Python draws other numbers after a fork by itself.
    sys.modules["numpy"].random.seed()
    if command.finds_gpus:
        from kpipe.components.quiet_import import find_gpus

        find_gpus()
    for number in command.ignored:
        signal.signal(number, signal.SIG_IGN)
    if signal.SIGINT not in command.ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, command.blocked)


def _keep(descriptors: Mapping[int, int]) -> None:
    """Close all descriptors but these, which get the numbers that are their keys, and begin new streams."""
    free = max(_LAST_DESCRIPTOR, *descriptors) + 1
    moved = {number: fcntl.fcntl(descriptor, fcntl.F_DUPFD, free) for number, descriptor in descriptors.items()}
    os.closerange(0, free)
    for number, descriptor in moved.items():
        os.dup2(descriptor, number)
        os.close(descriptor)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        stream = _stream(number, getattr(sys, f"__{name}__"))
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _stream(number: int, former: Any) -> Any:
    """Return a standard stream as Python makes it when it starts."""
    is_raw = former.write_through
    binary = os.fdopen(number, f"{former.mode}b", 0 if is_raw and number else -1, closefd=False)
    is_by_line = not is_raw and (number == 2 or binary.isatty())
    end = "\n" if number else None
    stream: Any = io.TextIOWrapper(binary, former.encoding, former.errors, end, is_by_line, is_raw)
    stream.mode = former.mode
    return stream


def _python_path(environment: Mapping[str, str]) -> list[str]:
    return [str(Path(entry).absolute()) for entry in environment.get("PYTHONPATH", "").split(os.pathsep) if entry]


def _run(arguments: Sequence[str]) -> None:
    """Run a command as Python does."""
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    first, *more = arguments
    sys.argv[:] = [first, *(more[1:] if first in ("-c", "-m") else more)]
    if first == "-m":
        sys.path.insert(0, str(Path.cwd()))
        runpy._run_module_as_main(more[0])
        return
    if first == "-c":
        sys.path.insert(0, "")
        code = compile(more[0], "<string>", "exec")
    else:
        sys.path.insert(0, str(Path(first).resolve().parent))
        main.__file__ = str(Path(first).absolute())
        code = compile(Path(first).read_bytes(), main.__file__, "exec")
    exec(code, main.__dict__)


def _end(arguments: Sequence[str]) -> NoReturn:
    """Run a command, and end this process as Python does; only its modules are not destroyed, which takes long."""
    code = 0
    try:
        _run(arguments)
    except SystemExit as error:
        code = _exit_code(error.code)
    except BaseException as error:
        # Without the two functions of this file.
        own = error.__traceback__ and error.__traceback__.tb_next and error.__traceback__.tb_next.tb_next
        sys.excepthook(type(error), error.with_traceback(own), own)
        code = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except OSError:
            code = code or 120
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _exit_code(found: object) -> int:
    if isinstance(found, int):
        return found & 0xFF
    if found is not None:
        print(found, file=sys.stderr)
    return int(found is not None)
