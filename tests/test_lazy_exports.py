import subprocess
import sys

import pytest
from golden import raises

import kpipe.data.sources
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
