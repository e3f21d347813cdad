import importlib
import itertools
import subprocess
import sys

import pytest
from golden import expect_message, raises

import kpipe.data.sources
from kpipe.components.packages import declared_kinds
from kpipe.lazy_exports import lazy_exports


@pytest.mark.slow
def test_a_name_is_imported_from_its_module_when_it_is_used():
    code = (
        "import sys; import kpipe.data.sources as s; before = 'kpipe.data.sources.iris' in sys.modules;"
        "print(before, s.Iris.__name__, 'kpipe.data.sources.iris' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "Iris", "True"]


def test_other_names_are_unknown_and_all_are_listed():
    get, names = lazy_exports("kpipe.data.sources", {"Iris": "iris"})
    assert get("Iris") is kpipe.data.sources.Iris
    assert {"Iris", "__name__"} <= set(names()) and names() == sorted(names())
    with raises(AttributeError):
        get("Irises")


def disorder(place, names):
    """What is wrong with the order of a list; None if it is sorted by name, ignoring case."""
    wrong = [(first, second) for first, second in itertools.pairwise(names) if first.lower() > second.lower()]
    if not wrong:
        return None
    first, second = wrong[0]
    return f"{place} is not sorted by name, ignoring case; move {second!r} before {first!r}"


# The other packages import their classes, so ruff sorts them.
@pytest.mark.parametrize("package", [*declared_kinds().values(), "kpipe.data.augment.lists"])
def test_lists_of_components_are_sorted(package):
    modules = importlib.import_module(package)._MODULES
    assert modules
    message = disorder(f"{package}._MODULES", [*modules])
    assert message is None, message


def test_a_list_that_is_not_sorted_is_reported_with_its_order():
    assert disorder("kpipe.data.sources._MODULES", ["CSV", "Csv", "Digits"]) is None
    expect_message(disorder("kpipe.data.sources._MODULES", ["Digits", "Noise", "Iris", "npz"]))


@pytest.mark.parametrize("package", ["kpipe", "kpipe.components", *declared_kinds().values()])
def test_only_public_names_are_listed(package):
    module = importlib.import_module(package)
    names = {name for name in dir(module) if not name.startswith("__")}
    assert names == {*module.__all__}
    assert all(hasattr(module, name) for name in names)
