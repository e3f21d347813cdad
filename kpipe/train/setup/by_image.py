"""Lists of transforms for the images of a dataset."""

from __future__ import annotations

from kpipe.data.dataset import Dataset
from kpipe.errors import SpecError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at
from kpipe.train.setup.by_input import by_input


def by_image(node: Node, path: str, dataset: Dataset) -> dict[str, Node]:
    """Return the transforms of each input, given a mapping from input names, or one list for all images of a sample.

    Args:
        node: the mapping or list.
        path: its path in the spec.
        dataset: the opened source.

    Raises:
        SpecError: an input is unknown, or there is a list, but no input with images.
    """
    inputs = dataset.inputs
    if node.is_mapping or len(inputs) == 1 or not node.items:
        return by_input(node, path, list(inputs))
    images = [name for name, entry in inputs.items() if entry.kind == "image"]
    if not images:
        kinds = ", ".join(f"{name} ({entry.kind})" for name, entry in inputs.items())
        message = f"the dataset has no images to transform; expected an input of images, got {kinds}; remove the list"
        raise SpecError([problem_at(node, message)])
    return dict.fromkeys(images, node)
