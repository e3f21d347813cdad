"""A warm process is what `subprocess` starts: each test compares with an interpreter of its own, or states the number."""

import os
import resource
import signal
import subprocess
import sys

import pytest
import warm_process
from still_running import left
from warm_process import ColdCommandError, Popen

from kpipe.data.limited_threads import limited_threads

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process is started"),
]
#: What a program can find out about its process. The shell's own variables change with the folder.
FACTS = """
import os, signal, sys
print(os.getppid(), os.getcwd(), sorted(os.environ.items()))
print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.warnoptions)
print(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
print([(int(number), signal.getsignal(number)) for number in sorted(signal.valid_signals())])
print([(stream.fileno(), stream.encoding, stream.errors, stream.line_buffering, stream.mode, stream is own)
       for stream, own in ((sys.stdin, sys.__stdin__), (sys.stdout, sys.__stdout__), (sys.stderr, sys.__stderr__))])
print(os.getpgrp() == os.getpid(), os.getsid(0) == os.getpid(), os.umask(0))
print(sorted({int(name) for name in os.listdir("/proc/self/fd") if os.path.exists(f"/proc/self/fd/{name}")}))
print(__name__, globals().get("__file__"), sorted(name for name in globals() if not name.startswith("_")))
print(len(os.listdir("/proc/self/task")), sys.modules["__main__"].__dict__ is globals())
"""
#: What ends a process, in one way each.
ENDS = [
    "",
    "raise SystemExit",
    "raise SystemExit(3)",
    "raise SystemExit(256 + 4)",
    "raise SystemExit('a reason')",
    "raise ValueError('of a function')",
    "def f():\n    raise ValueError('of a function')\nf()",
    "raise KeyboardInterrupt",
    "syntax error",
    "import os\nos._exit(5)",
    "import signal\nsignal.raise_signal(signal.SIGTERM)",
    "import signal\nsignal.raise_signal(signal.SIGKILL)",
    "import signal\nsignal.raise_signal(signal.SIGINT)",
    "import atexit\natexit.register(print, 'at the end')\nprint('before')",
    "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.1), print('of a thread'))).start()",
    "import sys\nprint('kept')\nsys.stdout.close()",
    "import sys\nprint(sys.stdin.read(), end='')\nprint('error', file=sys.stderr)",
    "import os\nos.write(1, b'unbuffered')\nprint('buffered')",
    "import warnings\nwarnings.warn('once')\nwarnings.warn('old', DeprecationWarning)",
]


def both(arguments, **options):
    """What both kinds of process return."""
    command = [sys.executable, *arguments]
    # Without what C code has put into the environment, which `os.environ` does not have.
    options = {"capture_output": True, "text": True, "check": False, "env": dict(os.environ), **options}
    return [
        (done.returncode, done.stdout, done.stderr)
        for done in (subprocess.run(command, **options), warm_process.run(command, **options))
    ]


@pytest.mark.parametrize("code", ENDS)
def test_it_ends_and_prints_as_an_interpreter_does(code):
    started, warm = both(["-c", code], input="to read")
    assert warm == started


@pytest.mark.parametrize("form", ["-c", "-m", "file"])
def test_its_process_and_its_main_module_are_those_of_an_interpreter(tmp_path, form):
    (tmp_path / "facts.py").write_text(FACTS)
    arguments = {"-c": ["-c", FACTS], "-m": ["-m", "facts"], "file": ["facts.py"]}[form]
    started, warm = both([*arguments, "--option", "a b"], cwd=tmp_path)
    # The number of threads that numerical libraries have begun at their import is not that of an interpreter.
    assert without_threads(warm) == without_threads(started)
    assert warm[0] == 0, warm[2]


def without_threads(found):
    code, printed, error = found
    return code, [*printed.splitlines()[:-1], printed.split()[-1]], error


def test_it_has_the_environment_the_signals_and_the_descriptors_that_it_is_given(tmp_path):
    read, write = os.pipe()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
    try:
        kept = {name: value for name, value in os.environ.items() if name != "HOME"}
        path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
        started, warm = both(
            ["-c", f"{FACTS}\nos.write({write}, b'x')"],
            env={**kept, "PYTHONPATH": path, "OF_THE_TEST": "1"},
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            umask=0o27,
            cwd=tmp_path,
        )
        assert os.read(read, 9) == b"xx"
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.close(read)
        os.close(write)
    assert without_threads(warm) == without_threads(started)
    assert warm[0] == 0, warm[2]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_reaches_it_and_its_group(number):
    code = "import os, time\nprint(os.getpid(), os.getpgrp(), flush=True)\ntime.sleep(60)"
    for send in (os.kill, os.killpg):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True, "process_group": 0}
        with Popen([sys.executable, "-c", code], **options) as process:
            assert [*map(int, process.stdout.readline().split())] == [process.pid] * 2
            assert process.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.01)
            send(process.pid, number)
            assert process.wait() == -number
        assert left([process.pid]) == []


@pytest.mark.parametrize("options", [{"start_new_session": True}, {"process_group": 0}])
def test_its_group_is_its_own_from_the_beginning(options):
    # A notebook asks for the group of its kernel at once, and interrupts the whole group.
    for _ in range(20):
        with Popen([sys.executable, "-c", "pass"], **options) as process:
            assert os.getpgid(process.pid) == process.pid


def test_it_is_a_child_whose_time_counts():
    before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    done = warm_process.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.3: pass"])
    assert done.returncode == 0
    assert sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]) - before >= 0.3


def test_nothing_of_another_one_is_left_in_it(tmp_path):
    change = (
        "import keras, kpipe, os, random, sys, tensorflow as tf\n"
        "os.environ['LEFT'] = sys.path[0] = 'left'\nkeras.left = kpipe.left = True\n"
        "keras.backend.set_floatx('float64')\nassert tf.reduce_sum(tf.ones(3)) == 3\n"
    )
    assert warm_process.run([sys.executable, "-c", change]).returncode == 0
    code = (
        "import keras, kpipe, os, random, sys, numpy, tensorflow as tf\n"
        "assert 'LEFT' not in os.environ and sys.path[0] == '' and keras.backend.floatx() == 'float32'\n"
        "assert not hasattr(keras, 'left') and not hasattr(kpipe, 'left')\n"
        "tf.config.set_logical_device_configuration(tf.config.list_physical_devices('CPU')[0],\n"
        "    [tf.config.LogicalDeviceConfiguration()] * 2)\n"
        "tf.config.threading.set_intra_op_parallelism_threads(1)\n"
        "assert len(tf.config.list_logical_devices('CPU')) == 2\n"
        "print(random.random(), numpy.random.rand(), float(keras.random.uniform(())))\n"
    )
    drawn = [warm_process.run([sys.executable, "-c", code], capture_output=True, text=True) for _ in range(2)]
    assert [(done.returncode, done.stderr) for done in drawn] == [(0, "")] * 2
    # Each draws numbers of its own, as an interpreter does.
    assert not set(drawn[0].stdout.split()) & set(drawn[1].stdout.split())


def test_it_computes_as_an_interpreter_does(tmp_path):
    code = (
        "import kpipe\n"
        "run = kpipe.load('kpipe:iris', {'train.epochs': 1}).run('run')\n"
        "print(run.result['test'], [weight.tobytes().hex() for weight in run.model.get_weights()])\n"
    )
    done = [
        start([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder)
        for start, folder in ((subprocess.run, tmp_path / "started"), (warm_process.run, tmp_path / "warm"))
        if folder.mkdir() is None
    ]
    assert [each.returncode for each in done] == [0, 0], done[1].stderr
    assert done[0].stdout == done[1].stdout


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["-W", "error", "-c", ""], {}),
        (["-I", "-c", ""], {}),
        ([], {}),
        (["-c", ""], {"executable": sys.executable}),
        (["-c", ""], {"preexec_fn": os.getpid}),
        (["-c", ""], {"close_fds": False}),
    ],
)
def test_what_needs_an_interpreter_of_its_own_is_refused(arguments, options):
    with pytest.raises(ColdCommandError):
        warm_process.run([sys.executable, *arguments], **options)


def test_other_programs_are_started():
    done = warm_process.run(["sh", "-c", "echo $0 $PPID"], capture_output=True, text=True)
    assert done.stdout == f"sh {os.getpid()}\n"


def test_variables_that_are_read_at_an_import_are_those_of_the_command():
    code = "import threadpoolctl\nprint({each['num_threads'] for each in threadpoolctl.threadpool_info()})"
    environment = {**os.environ, **limited_threads(1)}
    done = warm_process.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.stdout == "{1}\n", done.stderr
