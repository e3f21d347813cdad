import subprocess
import sys

SILENT = """
import gc, os
from threading import Thread
before = os.fstat(2)
from kpipe.components.quiet_import import import_keras
found = []
threads = [Thread(target=lambda: found.append(import_keras().layers.Dense)) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(found) == 4 and len(set(found)) == 1
after = os.fstat(2)
assert (before.st_dev, before.st_ino) == (after.st_dev, after.st_ino)
assert gc.isenabled() and not gc.get_freeze_count()
"""

BROKEN = """
import os, sys
from importlib.abc import MetaPathFinder

class Broken(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "keras":
            os.write(2, b"from C++: no such library\\n")
            raise ImportError("keras cannot be loaded")
        return None

sys.meta_path.insert(0, Broken())
from kpipe.components.quiet_import import import_keras
try:
    import_keras()
except ImportError as error:
    os.write(2, f"caught: {error}\\n".encode())
"""

CLOSED = """
import gc, os
os.close(2)
from kpipe.components.quiet_import import import_keras, own_process
own_process()
assert import_keras().layers.Dense
assert gc.isenabled() and gc.get_freeze_count() > 100_000
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_the_import_writes_nothing_and_leaves_the_descriptor_while_threads_wait_for_it():
    done = run(SILENT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_failed_import_gives_back_what_was_written():
    done = run(BROKEN)
    assert done.stderr == "from C++: no such library\ncaught: keras cannot be loaded\n"


def test_it_works_without_a_descriptor_and_freezes_what_it_imports_in_a_process_of_kpipe():
    assert run(CLOSED).returncode == 0


def test_the_names_of_own_kinds_need_no_keras():
    code = (
        "import sys; from kpipe import components as c; "
        "assert 'Digits' in c.vocabulary().names('source'); assert c.vocabulary().find('preparation', 'Center'); "
        "assert 'keras' not in sys.modules and 'tensorflow' not in sys.modules"
    )
    assert run(code).returncode == 0, run(code).stderr
