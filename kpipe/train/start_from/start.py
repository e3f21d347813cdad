"""The base class of what a training starts from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kpipe.errors import ArgumentError


class Start(ABC):
    """Base class of saved weights that are loaded into a model before its first step.

    A layer receives the weights of the layer with the same path, the same class and the same shapes. Layers without a
    name of their own, such as `conv2d_2`, are numbered within the model or the block around them, so that a layer in
    front of them would move them all. They receive weights only if all layers without a name of this block have the
    same classes and shapes in the same order in both models; otherwise, they are listed, and `name:` is the remedy.
    Statistics of BatchNormalization are loaded too; preparations keep what was fitted to the data of this spec.

    A custom one derives from this class, passes the arguments on, and defines `file`.

    Args:
        except_: items of this model that keep their initial weights, such as `head` or `body/conv2d`, and items of the
            saved model that are not used; default none.
        only: items of this model that receive weights; default null: all.
        rename: a mapping from the name of an item or a layer in the saved model to that in this one. It is also
            applied to all layers inside; an empty name is the whole model, so that `{"": body}` loads a network into
            the item `body`.

    Raises:
        ArgumentError: `only` and `except` contain the same item, or `rename` has the same new name twice.

    Example:
        >>> class Fixed(Start):
        ...     def file(self):
        ...         return Path("fixed.weights.h5")
        >>> Fixed(except_=["head"]).except_
        ['head']
    """

    def __init__(
        self,
        except_: Sequence[str] = (),
        only: Sequence[str] | None = None,
        rename: Mapping[str, str] | None = None,
    ) -> None:
        self.except_ = list(except_)
        self.only = None if only is None else list(only)
        self.rename = dict(rename or {})
        if both := [name for name in self.except_ if name in (self.only or ())]:
            raise ArgumentError("except", f"{both[0]!r} is also listed in `only`; remove it from one of them")
        names = list(self.rename.values())
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise ArgumentError(
                "rename", f"{twice!r} is the new name of several items; expected a different one for each"
            )

    def described(self) -> Mapping[str, Any] | None:
        """Return the description of the data of the saved weights, as in `data.json`; by default, there is none."""
        return None

    @abstractmethod
    def file(self) -> Path:
        """Return the path of the saved weights, a `.keras` or `.weights.h5` file.

        Raises:
            DataError: there is no such file.
        """
