import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


def test_nothing_of_the_start_is_on_the_screen():
    code = (
        "from kpipe.train.devices.tensorflow_start import start_tensorflow; start_tensorflow(); start_tensorflow();"
        "import keras; keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])(keras.ops.ones((1, 2)));"
        "import sys; print('said', file=sys.stderr)"
    )
    done = run(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "said\n")


def test_a_failing_import_shows_what_was_held_back():
    code = (
        "import sys, os, importlib.abc\n"
        "class Broken(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'tensorflow':\n"
        "            os.write(2, b'the reason\\n')\n"
        "            raise ImportError('no tensorflow')\n"
        "sys.meta_path.insert(0, Broken())\n"
        "from kpipe.train.devices.tensorflow_start import start_tensorflow\n"
        "start_tensorflow()\n"
    )
    done = run(code)
    assert done.returncode == 1
    assert "the reason" in done.stderr
    assert "ImportError: no tensorflow" in done.stderr


def test_the_package_itself_loads_no_tensorflow():
    done = run("import kpipe.train, kpipe.train.devices.tensorflow_start, sys; print('tensorflow' in sys.modules)")
    assert done.stdout == "False\n"
