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


def test_workers_begin_with_the_files_that_have_slow_tests(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    pytester.makeini("[pytest]\nmarkers = slow: x")
    quick = "def test_quick(): pass\n"
    pytester.makepyfile(
        test_1=quick, test_2=f"import pytest\n{quick}@pytest.mark.slow\ndef test_slow(): pass", test_3=quick
    )
    result = pytester.inline_run("-p", "no:cacheprovider", plugins=[slow.SlowTests()])
    passed, *_ = result.listoutcomes()
    order = ["test_2.py::test_quick", "test_2.py::test_slow", "test_1.py::test_quick", "test_3.py::test_quick"]
    assert [report.nodeid for report in passed] == order


def test_every_listed_file_exists():
    assert slow.missing_files() == []
