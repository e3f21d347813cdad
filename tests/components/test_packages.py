import subprocess
import sys

import pytest

from kpipe.components import packages
from kpipe.components.inspection.kinds import KINDS, Kind


@pytest.fixture
def added(monkeypatch):
    monkeypatch.setattr(packages, "_PACKAGES", {})
    packages.add_packages("one.layers", "two.layers", toy="one.toys")


def test_packages_are_kept_in_order_and_each_once(added):
    packages.add_packages("two.layers")
    assert packages.packages() == ("one.toys", "one.layers", "two.layers")


def test_a_package_may_declare_a_kind(added, monkeypatch):
    assert packages.declared_kinds() == {"toy": "one.toys"}
    kind = Kind("toy", base="one.toys.toy:Toy")
    monkeypatch.setitem(sys.modules, "one.toys", type("module", (), {"KIND": kind}))
    assert KINDS["toy"] is kind and "toy" in KINDS and list(KINDS)[-1] == "toy"
    assert "source" not in KINDS


@pytest.mark.slow
def test_no_package_is_imported_to_be_known():
    code = (
        "import sys, kpipe; from kpipe.components.packages import packages;"
        "print(len(packages()) > 9, [name for name in packages() if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split(maxsplit=1) == ["True", "[]\n"]
