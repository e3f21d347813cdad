import gc
import os
import signal
import subprocess
import sys
from multiprocessing import spawn
from pathlib import Path

import pytest
from golden import raises
from still_running import left, running

from kpipe.child_processes.child_died import ChildDiedError
from kpipe.child_processes.child_process import ChildProcess
from kpipe.child_processes.descriptor import Descriptor
from kpipe.child_processes.module_sources import _KEPT, keep_source
from kpipe.child_processes.packed import pack

HERE = str(Path(__file__).parent)
#: SIGINT is ignored where the tests run as a background command of a shell.
START = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {HERE!r})
from kpipe.child_processes.child_process import ChildProcess
"""
#: A program that imports a heavy library at its top, without a main guard.
PROGRAM = f"""
import heavy
{START}
with ChildProcess("in_child:facts") as child:
    facts = child.receive()
print("heavy" in facts["modules"], facts["main"], bool(facts["modules"] & {{"tensorflow", "keras", "numpy"}}))
"""
MAINS = {
    "script": ["program.py"],
    "-m": ["-m", "program"],
    "-c": ["-c", PROGRAM],
    "standard input": ["-"],
    "notebook": ["-c", f"import sys, types; sys.modules['__main__'] = main = types.ModuleType('__main__'); exec({PROGRAM!r}, vars(main))"],
}  # fmt: skip


def run(arguments, folder, **options):
    return subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, **options)


@pytest.mark.parametrize("arguments", MAINS.values(), ids=MAINS)
def test_the_main_module_is_not_imported_again(arguments, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "heavy.py").write_text("with open('imports', 'a') as file: file.write('x')")
    done = run(["-W", "error", *arguments], tmp_path, input=PROGRAM)
    assert (done.stderr, done.stdout) == ("", "False ['file', 'main', 'pickle', 'sys'] False\n")
    assert (tmp_path / "imports").read_text() == "x"


def test_what_the_parent_can_import_can_be_imported(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside.py").write_text("number = 5")
    with ChildProcess("in_child:load_named", "beside") as child:
        assert child.receive() == 5


def test_path_folder_options_and_variables_are_those_of_the_parent(tmp_path):
    code = f"""{START}
import os
with ChildProcess("in_child:facts", environment={{"MORE": "1"}}) as child:
    facts = child.receive()
here = (sys.warnoptions, sys._xoptions, sys.flags.optimize, sys.flags.dont_write_bytecode)
print(facts["path"] == sys.path, facts["folder"] == os.getcwd(), facts["options"] == here, here[0], repr(facts["input"]))
print(facts["variables"] == {{**os.environ, "MORE": "1"}}, "MORE" in os.environ)
"""
    options = ["-O", "-B", "-W", "error::UserWarning", "-X", "dev", "-c", code]
    done = run(options, tmp_path, env={**os.environ, "PYTHONWARNINGS": "ignore::FutureWarning"}, input="not for it")
    expected = "True True True ['default', 'ignore::FutureWarning', 'error::UserWarning'] ''\nTrue False\n"
    assert (done.stderr, done.stdout) == ("", expected)


def test_modules_from_files_elsewhere_can_be_imported(tmp_path):
    keep_source("kpipe_test_module", str(tmp_path / "file.py"), b"number = 6")
    try:
        with ChildProcess("in_child:load_named", "kpipe_test_module") as child:
            assert child.receive() == 6
    finally:
        del _KEPT["kpipe_test_module"]


def test_messages_go_both_ways_and_may_be_larger_than_a_pipe():
    with ChildProcess("in_child:echo") as child:
        for message in ({"a": 1}, bytes(3_000_000)):
            child.send(message)
            assert child.receive() == message


def test_arguments_larger_than_a_pipe():
    error = ValueError(bytes(3_000_000))
    with ChildProcess("in_child:fail", error) as child, pytest.raises(ValueError) as caught:
        child.receive()
    assert caught.value.args == error.args


def test_arguments_packed_once_serve_several_children():
    read, write = map(Descriptor, os.pipe())
    packed = pack((write, b"text"))
    for _ in range(2):
        with ChildProcess("in_child:unpacked", "write", packed) as child:
            child.receive()
            assert os.read(read.number, 10) == b"text"


def test_descriptors_are_handed_over():
    read, write = map(Descriptor, os.pipe())
    with ChildProcess("in_child:write", write, b"text") as child:
        assert child.receive() == write.number
        assert os.read(read.number, 10) == b"text"
    write.close()
    assert os.read(read.number, 10) == b""


def test_an_exception_arrives_with_the_traceback_of_the_child():
    with ChildProcess("in_child:fail", FileNotFoundError(2, "gone", "a.png")) as child:
        with pytest.raises(FileNotFoundError) as caught:
            child.receive()
        assert (caught.value.errno, caught.value.filename) == (2, "a.png")
        (note,) = caught.value.__notes__
        assert note.startswith(f"raised in process {child.pid}:\nTraceback")
        assert "in fail\n    raise error" in note


def test_a_function_that_cannot_be_found_is_an_error_of_the_parent():
    with ChildProcess("in_child:nothing") as child, pytest.raises(AttributeError, match="'in_child' has no attribute"):
        child.receive()


def test_sys_exit_in_a_child_does_not_end_the_parent():
    with ChildProcess("in_child:leave", 3) as child, pytest.raises(RuntimeError, match="SystemExit: 3"):
        child.receive()


@pytest.mark.parametrize(
    ("function", "arguments"), [("kill_itself", ()), ("exit_hard", (3,)), ("crash", ()), ("die_with_heir", ())]
)
def test_a_child_that_dies_is_an_error(function, arguments):
    heirs = []
    with ChildProcess(f"in_child:{function}", *arguments) as child, raises(ChildDiedError) as caught:
        while True:
            heirs.append(child.receive())
    crash = "Segmentation fault" in caught.value.crash and f"in {function}" in caught.value.crash
    assert crash == (function == "crash")
    for pid in heirs:
        os.kill(pid, signal.SIGKILL)


def test_sending_to_a_child_that_died_is_an_error():
    with ChildProcess("in_child:exit_hard", 3) as child:
        # Its first thread may have ended while another one still holds the connection.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        with raises(ChildDiedError):
            child.send("text")


def test_signals_to_the_group_are_ignored():
    with ChildProcess("in_child:echo") as child:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Ignored also while its interpreter starts.
            os.kill(child.pid, number)
        child.send("after the start")
        assert child.receive() == "after the start"
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(child.pid, number)
        child.send("later")
        assert child.receive() == "later"


def test_ctrl_c_ends_parent_and_child_without_a_message_of_the_child(tmp_path):
    code = f"""{START}
child = ChildProcess("in_child:sleep")
print(child.receive(), flush=True)
child.receive()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        pid = int(parent.stdout.readline())
        os.killpg(parent.pid, signal.SIGINT)
        _, errors = parent.communicate()
    assert errors.count("Traceback") == 1
    assert left([parent.pid, pid]) == []


def parent_of(code):
    """Start a program, and return it with the processes that it prints."""
    parent = subprocess.Popen([sys.executable, "-c", START + code], stdout=subprocess.PIPE, text=True)
    return parent, [int(pid) for pid in parent.stdout.readline().split()]


@pytest.mark.parametrize("function", ["sleep", "native", "sleep_with_child"])
def test_kill_9_of_the_parent_leaves_nothing(function):
    parent, pids = parent_of(f"""
child = ChildProcess("in_child:{function}")
pids = child.receive()
print(*(pids if isinstance(pids, list) else [pids]), flush=True)
child.receive()
""")
    with parent:
        assert all(map(running, pids)) and len(pids) == (2 if function == "sleep_with_child" else 1)
        parent.kill()
        assert left(pids) == []


def test_a_copy_of_the_parent_made_by_fork_keeps_no_child_alive():
    parent, pids = parent_of("""
import os, time
child = ChildProcess("in_child:sleep")
copy = os.fork()
if copy:
    print(child.receive(), copy, flush=True)
time.sleep(600)
""")
    child, copy = pids
    with parent:
        parent.kill()
        assert left([child]) == []
        os.kill(copy, signal.SIGKILL)


def test_a_copy_of_the_parent_made_by_fork_ends_no_child():
    parent, pids = parent_of("""
import os, sys
child = ChildProcess("in_child:echo")
copy = os.fork()
if not copy:
    child.end()
    sys.exit()
assert os.waitpid(copy, 0)[1] == 0
child.send("there")
assert child.receive() == "there"
print(child.pid, flush=True)
sys.exit(0)
""")
    with parent:
        assert parent.wait() == 0
        assert left(pids) == []


@pytest.mark.parametrize("way", ["end", "with", "del"])
def test_ending_waits_and_leaves_nothing(way):
    def open_files():
        return len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0

    gc.collect()
    before = open_files()
    child = ChildProcess("in_child:sleep")
    pid = child.receive()
    if way == "end":
        child.end()
        child.end()
    elif way == "with":
        with child:
            pass
    if way != "del":
        assert not running(pid)
        with raises(ChildDiedError):
            child.receive()
    del child
    gc.collect()
    assert not running(pid)
    assert open_files() == before


def test_the_end_of_the_program_ends_its_children():
    parent, pids = parent_of('child = ChildProcess("in_child:sleep")\nprint(child.receive(), flush=True)')
    with parent:
        assert parent.wait() == 0
        assert left(pids) == []


def test_a_program_that_is_not_an_interpreter_is_refused(monkeypatch):
    monkeypatch.setattr(spawn, "get_executable", lambda: None)
    with raises(RuntimeError):
        ChildProcess("in_child:sleep")
    monkeypatch.undo()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(RuntimeError, match="not its interpreter"):
        ChildProcess("in_child:sleep")


def test_closed_standard_streams(tmp_path):
    code = f"""
import os
os.close(0), os.close(1)
{START}
from kpipe.child_processes.anonymous_file import anonymous_file
from kpipe.child_processes.descriptor import Descriptor
file = Descriptor(anonymous_file("x"))
with ChildProcess("in_child:write", file, b"text") as child:
    child.receive()
assert os.pread(file.number, 10, 0) == b"text"
"""
    done = run(["-c", code], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_polling_tells_whether_there_is_something_to_receive():
    with ChildProcess("in_child:echo") as child:
        assert not child.poll()
        assert not child.poll(0.1)
        child.send("text")
        assert child.poll(None)
        assert child.receive() == "text"
        os.kill(child.pid, signal.SIGKILL)
        assert child.poll(None)
        with pytest.raises(ChildDiedError):
            child.receive()
