"""The shapes of augmented images, found by applying each transform to an example."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kpipe.components.argument_forms import resolved
from kpipe.components.construct import construct
from kpipe.data.augment.augmentation import applied
from kpipe.data.augment.cannot_apply import cannot_apply, needs_larger_image
from kpipe.data.augment.compose import compose, parts
from kpipe.data.augment.draws import Draws
from kpipe.data.augment.fill_values import check_fill_values
from kpipe.data.augment.transform_leaves import inner_transforms
from kpipe.errors import Problem, SpecError
from kpipe.spec.node import Node, split_component
from kpipe.spec.problem_at import problem_at

Image = npt.NDArray[Any]
#: Applications of each transform to each shape, and the most shapes that are followed.
_DRAWS, _MOST_SHAPES = 4, 8
#: Applications after which a transform that has returned only images of one color is refused.
_MANY_DRAWS = 64
_LOST = (
    "{name} returned images of a single color for all draws that were tried, so nothing is left to learn from; change "
    "its arguments"
)


def output_shapes(
    transforms: Node | Sequence[Any], shape: tuple[int, int, int], dtype: npt.DTypeLike
) -> set[tuple[int, int, int]]:
    """Return the shapes that images of one shape can have after their augmentation.

    Every transform is applied, also those of `OneOf` and those that are improbable.

    Args:
        transforms: the list of a spec with evaluated expressions, or plain values as a spec would have them.
        shape: `(height, width, channels)` of the images that enter.
        dtype: their type, uint8, uint16 or float32.

    Raises:
        SpecError: a transform cannot be applied to such images, at its place: a crop is larger than the image, it needs
            color, or another type; it returns images of a single color; or pixels are replaced by values out of the
            images' range. It contains the problems of all transforms.

    Example:
        >>> output_shapes(["CifarCrops"], (32, 32, 3), "uint8")
        {(32, 32, 3)}
    """
    example = np.random.Generator(np.random.Philox(0)).integers(1, 255, shape)
    images = [example.astype(dtype) if np.dtype(dtype) == np.uint8 else (example * 257).astype(dtype)]
    # The members of a choice are applied one by one below; this checks the choice itself.
    compose(transforms)
    nodes, trial = parts(transforms), _Trial()
    try:
        check_fill_values(nodes, dtype)
    except SpecError as error:
        trial.problems += error.problems
    for node in nodes:
        images = trial.outputs(node, images)
    if trial.problems:
        raise SpecError(trial.problems)
    return {image.shape for image in images}


class _Trial:
    """Applies transforms to examples, and collects the problems of all transforms.

    The transforms after one that fails receive its inputs. Their problems are reported unless a larger image, which the
    failed one may have been meant to return, avoids them.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._is_after_failure = False

    def outputs(self, node: Node, images: list[Image]) -> list[Image]:
        """Return one example of each shape that leaves a transform."""
        name, _ = split_component(node) or ("", None)
        inner = inner_transforms(node)
        if name == "Sequential":
            outputs = images
            for child in inner:
                outputs = self.outputs(child, outputs)
        elif inner and name != "SelectiveChannelTransform":
            outputs = self._of_choice(inner, images)
        else:
            outputs = self._of_one(node, name, images)
        return _by_shape([*outputs, *(images if _is_skipped(node) else ())])

    def _of_choice(self, inner: list[Node], images: list[Image]) -> list[Image]:
        before, failed, outputs = self._is_after_failure, False, []
        for child in inner:
            self._is_after_failure = before
            outputs += self.outputs(child, images)
            failed = failed or self._is_after_failure
        self._is_after_failure = failed
        return outputs

    def _of_one(self, node: Node, name: str, images: list[Image]) -> list[Image]:
        transform, draws, outputs = construct(node, "transform"), Draws(), []
        transform.set_random_state(draws.numbers, draws.python)

        def apply(image: Image) -> Image:
            return applied(lambda image: transform(image=image, force_apply=True), image)

        for image in images:
            try:
                found = [_drawn(apply, draws, image, number) for number in range(_DRAWS)]
                erases = not _has_one_color(image) and _erases(apply, draws, image, found)
            except (Exception, SystemExit) as error:
                if not self._is_after_failure or not needs_larger_image(image, apply):
                    self.problems.append(problem_at(node, cannot_apply(name, image, error, apply)))
                self._is_after_failure = True
                return images
            if erases:
                self.problems.append(problem_at(node, _LOST.format(name=name)))
            outputs += found
        return outputs


def _drawn(apply: Callable[[Image], Image], draws: Draws, image: Image, number: int) -> Image:
    draws.start(0, 0, number)
    with warnings.catch_warnings():
        # Albumentations warns where a transform has no effect, such as ToGray on grey images, and NumPy of values that
        # are not finite, from which pixels are made.
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("error", RuntimeWarning)
        return apply(image)


def _erases(apply: Callable[[Image], Image], draws: Draws, image: Image, found: list[Image]) -> bool:
    """Return whether a transform returns images of one color for many draws, as a range of values may for a few."""
    return all(map(_has_one_color, found)) and all(
        _has_one_color(_drawn(apply, draws, image, number)) for number in range(_DRAWS, _MANY_DRAWS)
    )


def _has_one_color(image: Image) -> bool:
    return bool((image == image[0, 0]).all())


def _is_skipped(node: Node) -> bool:
    """Return whether a transform is skipped with some probability."""
    name, arguments = split_component(node) or ("", None)
    known = resolved("transform", name)
    if known is None or "p" not in known.arguments or name == "OneOrOther":
        return False
    written = arguments.entries.get("p") if arguments is not None else None
    probability = written.plain() if written is not None else known.arguments["p"].default
    return isinstance(probability, int | float) and probability < 1


def _by_shape(images: Iterable[Image]) -> list[Image]:
    return list({image.shape: image for image in images}.values())[:_MOST_SHAPES]
