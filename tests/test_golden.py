"""The comparison of messages with golden files, in sessions of their own without Keras."""

import shutil
import subprocess
import sys

import golden
import pytest

CONFTEST = """
import golden
import pytest

def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true")

def pytest_configure(config):
    config.pluginmanager.register(golden.MESSAGES)

@pytest.fixture(scope="session", autouse=True)
def message_folders(tmp_path_factory):
    golden.MESSAGES.name_folders(tmp_path_factory.getbasetemp())
"""
TESTS = """
import pytest
from golden import expect_message, raises

@pytest.mark.parametrize("number", [1, 2])
def test_error(number, tmp_path):
    with raises(ValueError) as caught:
        raise ValueError(f"{tmp_path}/a.yaml: wrong; got {number}\\n  second line ")
    assert caught.type is ValueError

def test_strings():
    expect_message("first")
    expect_message("cannot import: quoted text", foreign="(?<=import: ).*")
"""
GOLDEN = r"""test_one.py::test_error[1]
    <tmp>/a.yaml: wrong; got 1
      second line\x20

test_one.py::test_error[2]
    <tmp>/a.yaml: wrong; got 2
      second line\x20

test_one.py::test_strings
    first

test_one.py::test_strings #2
    cannot import: <foreign>
"""


@pytest.fixture
def project(tmp_path):
    """A project whose package `spec` has been recorded."""
    folder = tmp_path / "tests"
    (folder / "spec").mkdir(parents=True)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider\n")
    shutil.copy(golden.__file__, folder)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "spec" / "test_one.py").write_text(TESTS)
    (folder / "spec" / "messages.golden").write_text(GOLDEN)
    return tmp_path


def run(project, *arguments, backend="tensorflow"):
    """Return the exit status and the output of a session."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *(arguments or ["tests"])],
        cwd=project,
        capture_output=True,
        text=True,
        env={"PATH": "", "KERAS_BACKEND": backend},
    )
    return done.returncode, done.stdout + done.stderr


def edit(project, old, new, file="test_one.py"):
    path = project / "tests" / "spec" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def recorded(project):
    return (project / "tests" / "spec" / "messages.golden").read_text()


def test_an_update_writes_what_a_comparison_accepts(project):
    (project / "tests" / "spec" / "messages.golden").unlink()
    assert run(project, "--update-golden", "tests")[0] == 0
    assert recorded(project) == GOLDEN
    assert run(project)[0] == 0
    assert run(project, "-n", "2", "--dist=loadfile")[0] == 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("wrong", "worse"),
        ("second line ", "second line"),
        ("import: quoted", "import quoted"),
        ('expect_message("first")', 'expect_message("first\\n")'),
    ],
)
def test_another_message_fails_until_it_is_updated(project, old, new):
    edit(project, old, new)
    code, output = run(project)
    assert code == 1
    if "no part of the message matches" not in output:
        assert "differs from its entry; run pytest --update-golden tests/spec/test_one.py and review the diff" in output
    assert recorded(project) == GOLDEN


def test_a_failure_shows_the_entry_and_the_message(project):
    edit(project, "got {number}", "received {number}")
    _, output = run(project)
    shown = """test_one.py::test_error[2] differs from its entry; {remedy}
entry:
    <tmp>/a.yaml: wrong; got 2
      second line\\x20
message:
    <tmp>/a.yaml: wrong; received 2
      second line\\x20
"""
    shown = shown.format(remedy="run pytest --update-golden tests/spec/test_one.py and review the diff")
    lines = [line.removeprefix("E").strip() for line in output.splitlines()]
    assert "\n".join(line.strip() for line in shown.splitlines()) in "\n".join(lines)


def test_an_update_replaces_what_changed_alone(project):
    edit(project, "got {number}", "received {number}")
    assert run(project, "--update-golden", "tests/spec/test_one.py::test_error[2]")[0] == 0
    assert recorded(project) == GOLDEN.replace("got 2", "received 2")


def test_a_message_without_an_entry_fails(project):
    edit(
        project,
        "test_error[2]\n    <tmp>/a.yaml: wrong; got 2\n      second line\\x20\n\ntest_one.py::",
        "",
        "messages.golden",
    )
    code, output = run(project)
    assert code == 1
    assert "test_error[2] has no entry; run pytest --update-golden tests/spec/test_one.py" in output


def test_an_entry_without_a_message_fails(project):
    edit(project, '    expect_message("first")\n', "")
    edit(project, "    first\n", "    cannot import: <foreign>\n", "messages.golden")
    code, output = run(project)
    assert code == 1
    assert "no message was compared with test_one.py::test_strings #2; run pytest --update-golden tests/spec" in output
    assert run(project, "--update-golden", "tests")[0] == 0
    assert "test_strings #2" not in recorded(project)


def test_an_update_keeps_the_entries_of_a_test_that_fails(project):
    edit(project, '    expect_message("first")\n', '    expect_message("one")\n    assert False\n')
    assert run(project, "--update-golden", "tests")[0] == 1
    assert recorded(project) == GOLDEN.replace("first\n", "one\n")


@pytest.mark.parametrize("module", [True, False])
def test_an_update_removes_the_entries_of_deleted_tests(project, module):
    if module:
        (project / "tests" / "spec" / "test_one.py").rename(project / "tests" / "spec" / "test_two.py")
    else:
        edit(project, "def test_strings", "def test_words")
    assert run(project, "--update-golden", "tests")[0] == 0
    assert recorded(project) == GOLDEN.replace("test_one", "test_two") if module else GOLDEN.replace("texts", "words")


def test_a_backend_has_entries_where_it_differs(project):
    edit(project, 'expect_message("first")', "import os; expect_message(f\"on {os.environ['KERAS_BACKEND']}\")")
    for backend in ("tensorflow", "jax"):
        assert run(project, "--update-golden", "tests", backend=backend)[0] == 0
    entries = "test_strings\n    on tensorflow\n\ntest_one.py::test_strings @jax\n    on jax\n"
    assert recorded(project) == GOLDEN.replace("test_strings\n    first\n", entries)
    for backend in ("tensorflow", "jax"):
        assert run(project, backend=backend)[0] == 0
    assert run(project, "--update-golden", "tests")[0] == 0
    assert "@jax" in recorded(project)


def test_several_processes_do_not_update(project):
    code, output = run(project, "--update-golden", "-n", "2", "tests")
    assert code != 0
    assert "without -n" in output


def test_every_entry_has_a_test():
    """Complete where the whole suite runs; elsewhere of the files that were collected."""
    assert golden.MESSAGES.stale == []
