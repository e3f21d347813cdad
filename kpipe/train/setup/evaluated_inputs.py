"""The transforms of images in validation, test and prediction."""

from __future__ import annotations

from kpipe.data.augment.evaluation_lists import evaluation_lists
from kpipe.data.dataset import Dataset
from kpipe.data.evaluation import Evaluation
from kpipe.errors import SpecError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at
from kpipe.spec.python_value import from_python
from kpipe.spec.sections.data import Data
from kpipe.train.setup.by_image import by_image
from kpipe.train.setup.image_targets import refuse_shifted_targets


def evaluated_inputs(data: Data, dataset: Dataset) -> dict[str, Evaluation]:
    """Return the transforms of each input that has some in an evaluation.

    Args:
        data: the section; by default, a ready-made list in `data.augment` determines the transforms.
        dataset: the opened source.

    Raises:
        SpecError: an input is unknown or does not contain images, or a transform cannot be part of the saved model.
    """
    written = data.evaluate.transform
    if written is None or written.value == "auto":
        place = data.source.mark if data.augment is None else data.augment.mark
        written = from_python(evaluation_lists(data), place, "data.augment")
        for node in written.walk():
            node.path = "data.augment"
    lists = by_image(written, "data.evaluate.transform", dataset)
    return {name: _evaluation(node, dataset, name) for name, node in lists.items() if node.items}


def _evaluation(node: Node, dataset: Dataset, name: str) -> Evaluation:
    entry = dataset.inputs[name]
    if entry.kind != "image":
        message = f"input {name!r} cannot be transformed; expected images, got kind {entry.kind}; remove its transforms"
        raise SpecError([problem_at(node, message)])
    refuse_shifted_targets(node, name, dataset)
    return Evaluation(node)
