"""The versions are those of the packages that are imported."""

import platform

import keras
import pytest
import sklearn
import typer

from kpipe.distribution import own_version
from kpipe.train.run_folder.package_versions import package_versions


def test_the_versions_are_those_of_the_modules():
    found = package_versions()
    assert (found["kpipe"], found["python"]) == (own_version(), platform.python_version())
    assert (found["keras"], found["scikit-learn"]) == (keras.__version__, sklearn.__version__)
    assert found["typer"] == typer.__version__
    assert package_versions(["pytest.fixtures", "absent"]) == {**found, "pytest": pytest.__version__}
    # Packages for tests and for a second backend are not required.
    assert not {"pytest", "jax"} & found.keys()
