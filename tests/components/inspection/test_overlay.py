"""The overlay against the installed version of Keras."""

import inspect
from dataclasses import replace
from fnmatch import fnmatchcase
from importlib import import_module

import keras
import pytest

from kpipe.components import vocabulary
from kpipe.components.import_albumentations import import_albumentations
from kpipe.components.inspection.inspect_class import inspect_class
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.overlay import OVERLAYS, key_for

KERAS_KINDS = [name for name, kind in KINDS.items() if kind.library == "keras"]


def keras_classes(kind):
    words = vocabulary()
    found = [words.find(kind, f"keras.{name}") for name in words.names(kind)]
    return [known for known in found if known is not None]


def own_classes(kind):
    words = vocabulary()
    found = [words.find(kind, f"kpipe.{name}") for name in words.names(kind)]
    return [known for known in found if known is not None]


def arguments(kind):
    return [
        (known, known.load().__name__, argument)
        for known in keras_classes(kind)
        for argument in known.arguments.values()
    ]


@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_every_rule_applies_to_some_argument(kind):
    used = {key_for(kind, class_name, argument.name) for _, class_name, argument in arguments(kind)}
    assert set(OVERLAYS[kind].rules) - used == set()


def test_every_kind_and_class_that_the_overlay_names_exists():
    import_albumentations()
    assert list(OVERLAYS) == [*KERAS_KINDS, "transform"]
    for kind, overlay in OVERLAYS.items():
        module = import_module(KINDS[kind].module)
        for name in [*overlay.excluded, *overlay.needs_package]:
            assert hasattr(module, name), f"{kind} {name}"
            assert vocabulary().find(kind, name) is None
        classes = [known.load() for known in keras_classes(kind)] if overlay.inherited else []
        bases = {base.__name__ for found in classes for base in inspect.getmro(found)}
        assert set(overlay.inherited) <= bases


@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_every_argument_that_is_withheld_would_be_there(monkeypatch, kind):
    patterns = OVERLAYS[kind].withheld
    monkeypatch.setitem(OVERLAYS, kind, replace(OVERLAYS[kind], withheld={}))
    again = [inspect_class(k.name, kind, k.origin, k.target) for k in keras_classes(kind)] if patterns else []
    names = [f"{known.load().__name__}.{name}" for known in again for name in known.arguments]
    for pattern in patterns:
        assert any(fnmatchcase(name, pattern) for name in names), pattern
    assert bool(OVERLAYS[kind].extra) == (kind == "application")


@pytest.mark.parametrize("ending", ["initializer", "regularizer", "constraint"])
def test_every_object_argument_is_covered(ending):
    found = [
        argument for kind in KERAS_KINDS for _, _, argument in arguments(kind) if argument.name.endswith(f"_{ending}")
    ]
    assert len(found) > 50
    assert {argument.object_kind for argument in found} == {ending}
    assert {argument.name for argument in found if "null" not in argument.types} == set()


def test_no_class_of_keras_is_forgotten():
    """Every public class of the right base is in the vocabulary or excluded with a reason."""
    for kind in KERAS_KINDS:
        module, words = import_module(KINDS[kind].module), vocabulary()
        for name in dir(module):
            value = getattr(module, name)
            if name[0].isupper() and callable(value):
                assert words.find(kind, name) or words.excluded(kind, name), f"{kind} {name}"


@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_every_choice_is_one_that_keras_documents_or_knows(kind):
    # These have tests of their own, or are documented with other classes.
    elsewhere = {"dtype", "reverse_dtype", "data_format"}
    for known, _, argument in arguments(kind):
        if argument.choices is None or argument.name in elsewhere or argument.name.endswith("activation"):
            continue
        module = inspect.getmodule(known.load())
        text = (inspect.getdoc(known.load()) or "") + inspect.getsource(module)
        # Some enumerations are spelled out only where the base class or a helper tests them.
        text += "".join(inspect.getsource(inspect.getmodule(base)) for base in _bases(known.load()))
        if argument.name in ("curve", "summation_method"):
            text += inspect.getsource(keras.src.metrics.metrics_utils)
        for choice in argument.choices:
            assert choice in text, f"{known.name}.{argument.name}: {choice}"


def _bases(component):
    if not inspect.isclass(component):
        return []
    return [base for base in inspect.getmro(component) if base.__module__.startswith("keras.")]


def test_the_activations_are_those_of_keras():
    known = vocabulary().find("layer", "Dense").arguments["activation"].choices
    functions = {
        name
        for name in dir(keras.activations)
        if not name.startswith("_") and name not in ("get", "serialize", "deserialize")
    }
    assert functions <= set(known)
    for name in known:
        assert callable(keras.activations.get(name))


def test_the_types_of_numbers_are_those_of_keras():
    for name in vocabulary().find("layer", "Dense").arguments["dtype"].choices:
        assert keras.dtype_policies.get(name)


def test_most_arguments_have_a_type():
    counts = {"all": 0, "typed": 0, "limited": 0}
    for kind in KERAS_KINDS:
        for _, _, argument in arguments(kind):
            counts["all"] += 1
            counts["typed"] += "any" not in argument.types
            limited = (argument.minimum, argument.maximum, argument.choices) != (None, None, None)
            counts["limited"] += limited
    assert counts["all"] > 2500
    assert counts["typed"] / counts["all"] > 0.98
    assert counts["limited"] > 1000
