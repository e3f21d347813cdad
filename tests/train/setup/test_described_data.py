import pytest

from kpipe.checks.checked_spec import checked
from kpipe.errors import DataError
from kpipe.train.setup.described_data import described_data
from kpipe.train.setup.spec_session import spec_session

SPEC = {
    "name": "seen",
    "data": {
        "source": "Digits",
        "prepare": [{"Resize": {"height": 12, "width": 12}}, "Rescale"],
        "augment": [{"RandomCrop": {"height": 10, "width": 10}}],
        "evaluate": {"transform": [{"CenterCrop": {"height": 10, "width": 10}}]},
    },
    "model": ["Flatten", {"Dense": {"units": 10}}],
}
DESCRIBED = {
    "inputs": {"image": {"kind": "image", "shape": [8, 8, 1], "dtype": "uint8", "columns": []}},
    "targets": {"y": {"task": "classification", "classes": ["0", "1"], "shape": []}},
    "preparation": {"image": {"kind": "image", "columns": []}},
}


def test_the_transforms_of_a_run_are_known_without_its_samples():
    spec = checked(SPEC)
    with spec_session(spec):
        data = described_data(spec, DESCRIBED)
    context = data.view_contexts()["image"]
    assert (context.shape, context.decoded, context.raw_dtype) == ((10, 10, 1), (12, 12, 1), "uint8")
    assert context.evaluation is not None
    assert context.augmentation is not None
    with pytest.raises(DataError, match="not open"):
        data.dataset.read(data.parts["train"])
