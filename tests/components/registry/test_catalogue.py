"""What is collected from the installed packages."""

import importlib
import inspect
import json
import sys
from dataclasses import replace

import pytest
from golden import raises

from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.module_components import kind_of_class
from kpipe.components.inspection.overlay import OVERLAYS
from kpipe.components.inspection.targets import load_target
from kpipe.components.packages import packages
from kpipe.components.quiet_import import import_keras
from kpipe.components.registry.catalogue import Catalogue, collect, unavailable
from kpipe.errors import SpecError

from .test_plugins import here, install, site  # noqa: F401  (a fixture)

PLUGIN = '''
"""Public and private classes, functions and classes of others."""

import keras
from keras.layers import Dense

import kpipe
from kpipe.data.prepare.preparation import Preparation


class Doubled(keras.layers.Layer):
    """Doubles. And no more.

    Args:
        times: how often.
    """

    def __init__(self, times: int = 1, **kwargs):
        super().__init__(**kwargs)


class Same(Preparation):
    """Does nothing."""

    def transform(self, batch):
        return batch

    def build(self, tensor, name):
        return tensor


class EarlyStopping(keras.callbacks.Callback):
    """Has the name of one of Keras'."""


class _Private(keras.layers.Layer): ...


@kpipe.register(kind="schedule", name="Halved")
def halved(rate: float):
    return keras.optimizers.schedules.ExponentialDecay(rate, 10, 0.5)
'''


@pytest.fixture(scope="module")
def found():
    return collect(run=False)


def infos(catalogue, origin=None):
    return [
        ClassInfo.from_dict(values)
        for names in catalogue.classes.values()
        for owners in names.values()
        for owner, values in owners.items()
        if origin in (None, owner)
    ]


def test_a_name_may_have_several_owners_and_the_last_of_an_owner_counts():
    catalogue = Catalogue()
    for origin, target in (("keras", "a:A"), ("mine", "b:A"), ("mine", "c:A")):
        catalogue.add(ClassInfo("A", "layer", origin, target, arguments={"x": ArgumentInfo("x", required=True)}))
    owners = catalogue.classes["layer"]["A"]
    assert [(origin, values["target"]) for origin, values in owners.items()] == [("keras", "a:A"), ("mine", "c:A")]
    assert ClassInfo.from_dict(owners["mine"]).arguments["x"].required


def test_it_is_plain_data(found):
    again = Catalogue(**json.loads(json.dumps({"classes": found.classes, "texts": found.texts})))
    assert again == found
    assert [info.to_dict() for info in infos(found)] == [
        values for names in found.classes.values() for owners in names.values() for values in owners.values()
    ]


def test_every_kind_has_classes_and_only_libraries_and_kpipe_own_them_where_no_foreign_code_may_run(found):
    assert set(found.classes) == set(KINDS)
    assert {info.origin for info in infos(found)} == {"keras", "albumentations", "kpipe"}


def test_every_component_leads_to_a_class_of_its_kind(found):
    for info in infos(found):
        component = info.load()
        bases = tuple(load_target(base) for base in KINDS[info.kind].bases)
        if not bases:
            assert inspect.isfunction(component), info.target
        else:
            assert issubclass(component, bases), info.target
        assert not inspect.isabstract(component)


def test_all_that_kpipes_packages_list_is_there(found):
    own = {(info.kind, info.name): info.load() for info in infos(found, "kpipe")}
    listed = {}
    for package in packages():
        module = importlib.import_module(package)
        values = {name: getattr(module, name) for name in module.__all__}
        listed |= {
            (kind_of_class(value), name): value
            for name, value in values.items()
            if kind_of_class(value) and vars(value).get("in_specs", True)
        }
    assert own == listed
    assert {kind for kind, _ in own} == {
        "layer",
        "metric",
        "optimizer",
        "callback",
        "source",
        "preparation",
        "initialization",
        "strategy",
        "start",
        "recipe",
        "selection",
        "multiplier",
        "transform",
        "mix",
        "view",
        "oracle",
        "pruner",
    }
    assert all(info.target == f"{info.target.partition(':')[0]}:{info.name}" for info in infos(found, "kpipe"))


def test_what_cannot_be_used_is_skipped(found):
    for kind, reasons in [(kind, overlay.excluded) for kind, overlay in OVERLAYS.items()]:
        assert not set(reasons) & set(found.classes[kind])
        assert all(unavailable(kind, name) == reason for name, reason in reasons.items())
    assert unavailable("layer", "Dense") is None
    assert unavailable("callback", "Lambda") is None


def test_what_needs_a_package_is_there_with_the_package(found, monkeypatch):
    needed = {"TensorBoard": ("a-package", "a_module_of_nobody"), "Absent": ("json", "json")}
    monkeypatch.setitem(OVERLAYS, "callback", replace(OVERLAYS["callback"], needs_package=needed))
    assert unavailable("callback", "TensorBoard") == "it requires the package a-package, which is not installed"
    assert unavailable("callback", "Absent") is None
    assert set(found.classes["callback"]) - set(collect(run=False).classes["callback"]) == {"TensorBoard"}


def test_strings_are_those_that_keras_turns_into_objects(found):
    keras = import_keras()
    assert set(found.texts) == {"initializer", "regularizer", "constraint"}
    for kind, texts in found.texts.items():
        module = getattr(keras, f"{kind}s")
        assert texts == sorted(set(texts))
        assert all(callable(module.get(text)) for text in texts)
    assert {"glorot_uniform", "zeros", "one", "HeNormal"} <= set(found.texts["initializer"])
    assert {"l2", "L1L2"} <= set(found.texts["regularizer"])
    assert {"max_norm", "non_neg"} <= set(found.texts["constraint"])
    assert not {"get", "serialize", "deserialize"} & {text for texts in found.texts.values() for text in texts}


def test_a_plug_in_adds_its_own_classes_and_what_it_registers(site, found):  # noqa: F811
    install(site, PLUGIN, module="collected_plugin")
    catalogue = collect()
    added = {(info.kind, info.name): info for info in infos(catalogue, "collected_plugin")}
    assert set(added) == {
        ("layer", "Doubled"),
        ("preparation", "Same"),
        ("callback", "EarlyStopping"),
        ("schedule", "Halved"),
    }
    assert added["schedule", "Halved"].target == "collected_plugin:halved"
    assert added["schedule", "Halved"].arguments["rate"].types == frozenset({"float"})
    doubled = added["layer", "Doubled"]
    assert (doubled.summary, doubled.arguments["times"].documentation) == ("Doubles.", "how often.")
    assert doubled.load() is sys.modules["collected_plugin"].Doubled
    assert set(catalogue.classes["callback"]["EarlyStopping"]) == {"keras", "kpipe", "collected_plugin"}
    # Apart from it, nothing is another than without it.
    assert {(info.kind, info.name, info.origin) for info in infos(found)} <= {
        (info.kind, info.name, info.origin) for info in infos(catalogue)
    }


def test_a_plug_in_offers_what_it_lists_even_from_its_inner_modules(site):  # noqa: F811
    install(site, None, module="listing_plugin")
    (site / "listing_plugin").mkdir()
    (site / "listing_plugin" / "__init__.py").write_text(
        "from listing_plugin._inner import Shown, Hidden\n__all__ = ['Shown']\n"
    )
    (site / "listing_plugin" / "_inner.py").write_text(
        "import keras\nclass Shown(keras.layers.Layer): ...\nclass Hidden(keras.layers.Layer): ...\n"
    )
    (shown,) = infos(collect(), "listing_plugin")
    assert (shown.name, shown.target) == ("Shown", "listing_plugin._inner:Shown")


def test_a_class_inside_of_a_class_is_found_again(site):  # noqa: F811
    code = "import keras\nimport kpipe\n\nclass Outer:\n    class Within(keras.layers.Layer): ...\n\n"
    install(site, f"{code}kpipe.register(Outer.Within)\n", module="nesting_plugin")
    (within,) = infos(collect(), "nesting_plugin")
    assert within.load() is sys.modules["nesting_plugin"].Outer.Within


def test_a_plug_in_is_neither_imported_nor_listed_where_no_foreign_code_may_run(site, found):  # noqa: F811
    install(site, "raise RuntimeError", module="unwanted_plugin")
    assert len(here("unwanted_plugin")) == 1
    assert collect(run=False) == found
    assert "unwanted_plugin" not in sys.modules


def test_a_plug_in_that_fails_is_named(site):  # noqa: F811
    install(site, "raise RuntimeError('not today')", module="failing_plugin", package="a-package", version="3.0")
    with raises(SpecError):
        collect()
