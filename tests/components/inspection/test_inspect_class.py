from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

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
