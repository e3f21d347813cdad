"""What the package may use: Keras, NumPy and the standard library, and the rest only where it is needed."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import keras
import kpipe_callbacks
import pytest

FOLDER = Path(kpipe_callbacks.__file__).parent
FILES = sorted(FOLDER.rglob("*.py"))
ALWAYS = {"keras", "numpy", "kpipe_callbacks"} | set(sys.stdlib_module_names)
INSIDE = {"tensorflow", "jax", "matplotlib"}


def imported(node, inside=False):
    """All imports below a node: the package, and whether it is within a function."""
    for child in ast.iter_child_nodes(node):
        within = inside or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(child, ast.Import):
            yield from ((alias.name.partition(".")[0], within, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield ("kpipe_callbacks" if child.level else child.module.partition(".")[0]), within, child.lineno
        yield from imported(child, within)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_files_import_what_is_always_there_and_the_rest_inside_functions(path):
    found = list(imported(ast.parse(path.read_text())))
    assert [entry for entry in found if entry[0] not in ALWAYS | INSIDE] == []
    assert [entry for entry in found if entry[0] in INSIDE and not entry[1]] == []


def test_the_folder_was_looked_through():
    assert {"training_session.py", "explosion_detector.py", "cosine.py"} <= {path.name for path in FILES}


@pytest.mark.slow
def test_importing_the_package_loads_nothing_that_keras_and_numpy_do_not():
    code = (
        "import json, sys, keras, numpy\n"
        "before = set(sys.modules)\n"
        "import kpipe_callbacks\n"
        "print(json.dumps([sorted(set(sys.modules) - before), keras.backend.backend()]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    new, backend = json.loads(done.stdout.splitlines()[-1])
    assert backend == keras.backend.backend()
    packages = {name.partition(".")[0] for name in new}
    assert packages - set(sys.stdlib_module_names) == {"kpipe_callbacks"}
    assert "kpipe_callbacks.training_session" in new


@pytest.mark.parametrize("module", [kpipe_callbacks, kpipe_callbacks.schedules], ids=["callbacks", "schedules"])
def test_public_names_are_sorted_and_there(module):
    names = module.__all__
    assert names == sorted(names)
    assert len(names) == len(set(names))
    assert all(getattr(module, name) is not None for name in names)


def test_all_callbacks_are_public():
    found = {name for name, entry in vars(kpipe_callbacks).items() if isinstance(entry, type)}
    assert found <= set(kpipe_callbacks.__all__)
    callbacks = {
        name for name in kpipe_callbacks.__all__ if isinstance(getattr(kpipe_callbacks, name), type(keras.Model))
    }
    assert {"CosineSchedule", "EarlyStopping", "ExplosionDetector", "PolyakAveraging"} <= callbacks
