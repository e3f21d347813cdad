"""The cases of one layer, from its test file."""

from __future__ import annotations

from importlib import import_module

from .harness import Case


def cases_of(module: str, package: str = __package__) -> list[Case]:
    """The list `CASES` in the test file of a layer.

    Args:
        module: the module of the layer in `kpipe.layers`.
        package: the package of the test files.

    Raises:
        LookupError: there is no such file or list, or the list is empty.
    """
    name = f"{package}.test_{module}"
    remedy = f"add tests/layers/test_{module}.py with CASES, a list with a Case for each form of the layer"
    try:
        tests = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        raise LookupError(f"the layer in kpipe/layers/{module}.py has no test file; {remedy}") from None
    if not getattr(tests, "CASES", None):
        raise LookupError(f"the test file of kpipe/layers/{module}.py has no cases; {remedy}")
    return list(tests.CASES)
