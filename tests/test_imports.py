"""The rooms import in one direction, and what must be light is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from golden import raises

ROOT = Path(__file__).parent.parent
#: A room may import itself and those before it.
ROOMS = [
    "errors",
    "keras_internals",
    "atomic",
    "nearest",
    "regular_file",
    "cache_folder",
    "run_files",
    "distribution",
    "lazy_exports",
    "messages",
    "spec",
    "components",
    "data",
    "layers",
    "metrics",
    "model",
    "schema",
    "checks",
    "train",
    "report",
    "pipeline",
    "cli",
    "entry",
]
FILES = sorted((ROOT / "kpipe").rglob("*.py"))


def room(path):
    parts = path.relative_to(ROOT / "kpipe").with_suffix("").parts
    return parts[0]


def imported_rooms(path):
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module] if node.module != "kpipe" else [f"kpipe.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("kpipe."):
                yield name.split(".")[1], node.lineno


@pytest.mark.parametrize("path", [f for f in FILES if room(f) in ROOMS], ids=lambda p: str(p.relative_to(ROOT)))
def test_rooms_import_only_from_those_before_them(path):
    own = room(path)
    above = {name for name, _ in imported_rooms(path) if name in ROOMS and ROOMS.index(name) > ROOMS.index(own)}
    assert not above


def test_every_file_belongs_to_a_room():
    assert {room(f) for f in FILES} - set(ROOMS) == {"__init__", "__main__"}


@pytest.mark.parametrize(
    "code",
    [
        "import kpipe",
        "import kpipe.spec.reader",
        "import kpipe.components",
        "import kpipe.data.sources, kpipe.data.prepare",
        "import kpipe.model.build, kpipe.model.calls, kpipe.model.differences, kpipe.model.use_check",
        "import kpipe.cli",
        "from kpipe.spec.reader import read; read('kpipe:digits')",
    ],
)
@pytest.mark.slow
def test_what_is_light_loads_no_tensorflow(code):
    check = (
        "; import sys; heavy = {'tensorflow', 'keras', 'sklearn', 'cv2', 'pyarrow'} & set(sys.modules); print(*heavy)"
    )
    done = subprocess.run([sys.executable, "-c", code + check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.slow
def test_help_loads_no_tensorflow():
    command = [sys.executable, "-X", "importtime", "-m", "kpipe", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Train the model of a spec" in done.stdout
    modules = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in modules
    assert not modules & {"tensorflow", "keras", "sklearn", "cv2", "pyarrow"}


def test_public_names_are_there_and_sorted():
    import kpipe

    assert kpipe.__all__ == sorted(kpipe.__all__)
    assert all(getattr(kpipe, name) is not None for name in kpipe.__all__)
    with raises(AttributeError):
        _ = kpipe.nothing
