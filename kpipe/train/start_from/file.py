"""File: starts from a file of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from kpipe.errors import ArgumentError
from kpipe.spec.missing_path import missing_path
from kpipe.train.start_from.start import Start

_ENDINGS = (".keras", ".weights.h5")


class File(Start):
    """Start from the weights in a file that Keras has saved.

    The file is read without running code that it contains or names. See `Start` for how layers are matched.

    Args:
        path: a `.keras` file of `model.save`, or a `.weights.h5` file of `model.save_weights`.
        except_: items of this model that keep their initial weights, such as `head` or `body/conv2d`, and items of the
            saved model that are not used; default none.
        only: items of this model that receive weights; default null: all.
        rename: a mapping from the name of an item or a layer in the saved model to that in this one, also for all
            layers inside; an empty name is the whole model. Default null: none.

    Raises:
        ArgumentError: the path has another ending, or no file has it.

    Example:
        >>> File("former.keras", except_=["head"]).path.name
        'former.keras'
    """

    def __init__(
        self,
        path: Path,
        except_: Sequence[str] = (),
        only: Sequence[str] | None = None,
        rename: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(except_, only, rename)
        self.path = Path(path)
        if not self.path.name.endswith(_ENDINGS):
            raise ArgumentError(
                "path",
                f"not a file of weights of Keras 3; expected a name that ends in {' or '.join(_ENDINGS)}, got "
                f"{self.path.name!r}",
            )

    def file(self) -> Path:
        """Return the path."""
        if not self.path.is_file():
            if self.path.exists():
                raise ArgumentError("path", f"{self.path} is not a file")
            contents, meant = missing_path(self.path, _ENDINGS)
            raise ArgumentError("path", f"file not found: {self.path}; {contents}", meant)
        return self.path
