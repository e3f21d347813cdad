from collections.abc import Sequence
from pathlib import Path
from typing import Annotated as With
from typing import Any, Literal

import keras
import pytest
from annotated_types import Ge, Gt, Interval
from golden import raises
from pydantic import Field

from kpipe.components import vocabulary
from kpipe.components.inspection.inspect_class import inspect_class


class Annotated:
    """Shows annotations. And more.

    Args:
        path: where.
        mode, other: how.
    """

    def __init__(
        self,
        path: Path,
        mode: Literal["a", "b"] | None = None,
        other: int | str = 3,
        names: list[str] | None = None,
        files: dict[str, Path] | None = None,
        sizes: Sequence[int | None] = (1, 2),
        kernel_initializer: str = "zeros",
        whatever: Any = None,
        *,
        flag: bool = False,
        rate: float = 2,
    ) -> None:
        self.values = (path, mode, other, names, files, sizes, kernel_initializer, whatever, flag, rate)


class Bare:
    def __init__(self, a, b=1, c=None, d=0.5, *rest, **more):
        self.values = (a, b, c, d, rest, more)


def seen(name: str, kind: str = "source", origin: str = "kpipe"):
    return inspect_class(name, kind, origin, f"{__name__}:{name}")


def test_annotations_give_the_types():
    known = seen("Annotated", "layer")
    assert known.summary == "Shows annotations."
    types = {name: set(entry.types) for name, entry in known.arguments.items()}
    assert types == {
        "path": {"str"},
        "mode": {"str", "null"},
        "other": {"int", "str"},
        "names": {"list", "null"},
        "files": {"dict", "null"},
        "sizes": {"list"},
        "kernel_initializer": {"str", "null"},
        "whatever": {"any"},
        "flag": {"bool"},
        "rate": {"float"},
    }
    arguments = known.arguments
    assert arguments["path"].required and arguments["path"].is_path and arguments["files"].is_path
    assert not arguments["names"].is_path and arguments["names"].item_types == {"str"}
    assert arguments["sizes"].item_types == {"int", "null"} and arguments["sizes"].default == [1, 2]
    assert arguments["mode"].choices == ("a", "b")
    assert arguments["mode"].documentation == arguments["other"].documentation == "how."
    # What stands for an object in Keras does so in kpipe's own layers; ranges are their own business.
    assert arguments["kernel_initializer"].object_kind == "initializer"
    assert arguments["rate"].maximum is None


def test_without_annotations_and_text_the_default_decides():
    types = {name: set(entry.types) for name, entry in seen("Bare").arguments.items()}
    assert types == {"a": {"any"}, "b": {"int", "float"}, "c": {"any"}, "d": {"float"}}


def test_what_the_base_class_takes_is_known():
    find = vocabulary().find
    dense = find("layer", "Dense").arguments
    assert {"name", "trainable", "dtype", "autocast"} < set(dense)
    assert dense["trainable"].types == {"bool"} and dense["trainable"].default is True
    assert "zero_output_for_mask" in find("layer", "LSTM").arguments
    assert "bounding_box_format" in find("layer", "RandomFlip").arguments
    assert {"name", "trainable", "input_shape"} < set(find("application", "ResNet50").arguments)
    assert "input_tensor" not in find("application", "ResNet50").arguments
    assert "autocast" not in find("layer", "StringLookup").arguments


def test_conv2d_in_full():
    known = vocabulary().find("layer", "Conv2D")
    assert (known.origin, known.target, known.summary) == ("keras", "keras.layers:Conv2D", "2D convolution layer.")
    assert known.load().__name__ == "Conv2D"
    filters, kernel, padding = (known.arguments[name] for name in ("filters", "kernel_size", "padding"))
    assert filters.required and filters.types == {"int"} and filters.minimum == 1
    assert kernel.types == {"int", "list"} and kernel.item_types == {"int"}
    assert padding.choices == ("valid", "same") and padding.any_case and padding.default == "valid"
    assert known.arguments["kernel_regularizer"].object_kind == "regularizer"
    assert known.arguments["strides"].default == [1, 1]


class Note:
    """Metadata of another library's class."""

    def __init__(self, **values):
        vars(self).update(values)


class Limited:
    def __init__(
        self,
        rate: With[float, Interval(ge=0, lt=1)],
        sizes: With[int, Ge(1)] | list[With[int, Ge(1)]] | None = None,
        groups: With[int, Ge(2)] | Literal["auto"] = "auto",
        components: With[int, Ge(1)] | With[float, Interval(gt=0, lt=1)] = 1,
        some: With[float, Ge(0)] | list[float] = 0.0,
        weights: dict[str, With[float, Gt(0)]] | None = None,
        either: With[int | None, Field(ge=3, le=5)] = None,
        plain: float = 0.0,
        own: With[float, Note(gt=0, le=2)] = 1.0,
    ) -> None: ...


@pytest.mark.parametrize("origin", ["kpipe", "my_plugin", "kpipe_import_layers_0123456789ab"])
def test_limits_come_from_the_metadata_of_annotations(origin):
    arguments = seen("Limited", "source", origin).arguments
    assert {name: str(argument.limits) for name, argument in arguments.items()} == {
        "rate": "at least 0 and less than 1",
        "sizes": "at least 1",
        "groups": "at least 2",
        # One interval contains what any alternative allows; the class itself knows more.
        "components": "greater than 0",
        "some": "",
        "weights": "greater than 0",
        "either": "between 3 and 5",
        "plain": "",
        "own": "greater than 0 and at most 2",
    }
    assert arguments["sizes"].types == {"int", "list", "null"} and arguments["sizes"].item_types == {"int"}
    assert arguments["groups"].types == {"int", "str"} and arguments["groups"].choices == ("auto",)


class Base:
    """A base.

    Args:
        scale: what it multiplies.
    """

    def __init__(self, *, scale: With[float, Gt(0)] = 1.0, hidden: With[Any, Note(not_in_spec="the run sets it")] = 0):
        self.values = (scale, hidden)


class _Private(Base):
    def __init__(self, *, table: dict[str, int] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class Middle(_Private):
    def __init__(self, *, depth: int = 1, needed: int, **kwargs: Any) -> None:
        super().__init__(table={}, **kwargs)


class Derived(Middle):
    def __init__(self, width: int, **kwargs: Any) -> None:
        super().__init__(needed=width, **kwargs)


class Closed(Derived):
    def __init__(self, width: int, *, height: int = 1) -> None:
        super().__init__(width)


class Above(Closed):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(1, **kwargs)


def test_arguments_of_base_classes_are_known_as_far_as_keywords_are_passed_on():
    known = seen("Derived")
    assert list(known.arguments) == ["width", "depth", "scale"]
    assert known.arguments["scale"].documentation == "what it multiplies."
    assert str(known.arguments["scale"].limits) == "greater than 0"
    assert list(seen("Closed").arguments) == ["width", "height"]
    assert list(seen("Above").arguments) == ["height"]


def test_an_argument_that_no_spec_gives_has_its_reason():
    known = seen("Derived")
    assert known.withheld == {"hidden": "the run sets it"}
    assert "hidden" not in known.arguments
    conv = vocabulary().find("layer", "keras.Dense")
    assert conv.withheld["quantization_config"].startswith("it is a Python object")


class Others:
    """Accepts any keyword.

    Args:
        first: the first.
        **factors: the others.
    """

    def __init__(self, first: int = 1, **factors: With[float, Interval(gt=0)]) -> None: ...


class Unknown:
    def __init__(self, first: int = 1, **kwargs: Any) -> None: ...


def test_any_keyword_has_the_type_of_an_annotation():
    known = seen("Others")
    assert [*known.arguments] == ["first"]
    assert (known.argument("x").types, known.argument("x").minimum, known.argument("x").minimum_open) == (
        {"float"},
        0,
        True,
    )
    assert seen("Unknown").argument("x") is None


class Keyword:
    def __init__(self, except_: list[str], class_: int = 1, plain_: int = 2) -> None: ...


def test_a_keyword_of_python_has_its_own_name_in_a_spec():
    assert [*seen("Keyword").arguments] == ["except", "class", "plain_"]


class Noted:
    def __init__(
        self,
        gate: With[Any, Note(keras_argument="activation")] = "relu",
        inner: keras.layers.Layer | None = None,
        head: keras.Model | None = None,
        loss: str | keras.losses.Loss = "mse",
        layers: list[keras.layers.Layer] | None = None,
        log: With[str | None, Note(spec_file="output")] = None,
    ) -> None: ...


def test_arguments_that_a_class_refuses_have_its_reasons():
    known = inspect_class("LBFGS", "optimizer", "kpipe", "kpipe.optimizers:LBFGS")
    assert known.withheld["learning_rate"] == "the line search chooses the length of each step; remove it"
    assert not known.arguments.keys() & known.withheld.keys()


def test_an_argument_may_be_like_one_of_keras():
    gate, of_keras = seen("Noted", "layer").arguments["gate"], vocabulary().find("layer", "keras.Dense").arguments
    assert (gate.choices, gate.object_kind) == (of_keras["activation"].choices, "layer")
    assert gate.types == of_keras["activation"].types


def test_a_class_of_a_kind_represents_a_component():
    arguments = seen("Noted", "layer", "mine").arguments
    assert (arguments["inner"].object_kind, arguments["inner"].types) == ("layer", {"null"})
    assert arguments["head"].object_kind == "layer"
    # A string may be a name that the class itself knows, so anything is allowed.
    assert (arguments["loss"].object_kind, arguments["loss"].types) == (None, {"any", "str"})
    assert arguments["layers"].item_types == set()


def test_an_argument_may_name_a_file_that_is_written():
    assert seen("Noted", "callback").arguments["log"].file == "output"


def test_an_unknown_use_of_a_file_is_refused():
    def made(path: With[str, Note(spec_file="elsewhere")]): ...

    from kpipe.components.inspection.targets import store_object

    with raises(ValueError):
        inspect_class("Made", "callback", "mine", store_object(made, "made", "mine"))
