"""The fast subset starts no process, and the list of what it excludes has no entry for a file that is gone."""

import pytest
import slow

pytest_plugins = ["pytester"]
TESTS = """
import os, subprocess, sys
import pytest

@pytest.fixture
def child():
    return subprocess.run([sys.executable, "-c", ""], check=True)

def test_fixture(child):
    pass

def test_fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)

@pytest.mark.slow
def test_marked(child):
    pass

def test_quick():
    pass
"""


@pytest.mark.slow
def test_a_test_that_starts_a_process_must_be_marked(pytester):
    pytester.makeini("[pytest]\nmarkers = slow: x")
    pytester.makepyfile(test_it=TESTS)
    result = pytester.inline_run("-p", "no:cacheprovider", plugins=[slow.SlowTests()])
    passed, _, failed = result.listoutcomes()
    assert [report.nodeid.partition("::")[2] for report in failed] == ["test_fixture", "test_fork"]
    assert all("decorate it with @pytest.mark.slow" in str(report.longrepr) for report in failed)
    assert [report.nodeid.partition("::")[2] for report in passed] == ["test_marked", "test_quick"]
    chosen = pytester.inline_run("-p", "no:cacheprovider", "-m", "not slow", "-k", "quick or marked")
    chosen.assertoutcome(passed=1)


def test_every_listed_file_exists():
    assert slow.missing_files() == []
