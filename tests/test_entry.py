"""An interrupt at any moment ends the command with 130, without a traceback."""

import os
import subprocess
import sys

import pytest

#: Sends interrupts when a module is first looked for, or when Python takes itself down.
CHILD = """
import atexit, os, signal, sys
when, times, swallow = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "swallow"
def interrupt():
    # Within code that is given as text, as that of dataclasses is, Python remembers it.
    for _ in range(times):
        os.kill(os.getpid(), signal.SIGINT)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == when:
            sys.meta_path.remove(self)
            try:
                exec("interrupt()")
            except KeyboardInterrupt:
                if not swallow:
                    raise
                raise ImportError("a module of C code")
sys.meta_path.insert(0, Finder())
if when == "shutdown":
    atexit.register(interrupt)
from kpipe.entry import main
sys.argv = ["kpipe", *sys.argv[4:]]
main()
"""


@pytest.fixture
def run(tmp_path):
    """Runs the command as `python -m` does, which ends by a signal where Python remembers an interrupt."""
    (tmp_path / "child_of_entry.py").write_text(CHILD)
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    def run(when, *arguments, times=1, how="raise", sink=""):
        command = [sys.executable, "-m", "child_of_entry", when, str(times), how, *arguments]
        if sink:
            command = ["sh", "-c", f'exec "$@" {sink}', "sh", *command]
        env = {**os.environ, "PYTHONPATH": path}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=env)

    return run


@pytest.mark.parametrize(("module", "times"), [("typer", 1), ("typer", 2), ("kpipe.train.check", 1), ("tensorflow", 1)])
def test_while_something_is_imported(run, module, times):
    done = run(module, "validate", "--build", "kpipe:digits", times=times)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


@pytest.mark.parametrize("sink", ["2>&-", "2>/dev/full"])
def test_where_the_message_cannot_be_written(run, sink):
    done = run("kpipe.train.check", "validate", "--build", "kpipe:digits", sink=sink)
    assert done.returncode == 130


def test_where_an_import_makes_another_error_of_it(run):
    done = run("tensorflow", "validate", "--build", "kpipe:digits", how="swallow")
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_while_python_takes_itself_down_the_result_stays(run):
    done = run("shutdown", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("kpipe ")


def test_errors_and_exit_codes_are_those_of_the_command(run):
    done = run("never", "validate", "missing.yaml", "--no-data")
    assert done.returncode == 2
    assert "missing.yaml" in done.stderr + done.stdout


def test_nothing_heavy_is_imported_before_the_handler_is_there():
    code = "import sys; before = set(sys.modules); import kpipe.entry; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name for name in done.stdout.split() if name.partition(".")[0] not in sys.stdlib_module_names} == {
        "kpipe",
        "kpipe.components",
        "kpipe.components.packages",
        "kpipe.entry",
        "kpipe.lazy_exports",
        "kpipe.listed_object",
    }
    assert "importlib.metadata" not in done.stdout
