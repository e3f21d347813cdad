import pytest

from kpipe.spec.merging.places import Place, place_at

SECTION, NULLABLE, FIXED, VALUE = Place(True, False), Place(True, True), Place(False, False), Place(False, True)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("vars", SECTION),
        ("vars.norm", VALUE),
        ("data", SECTION),
        ("data.source", FIXED),
        ("data.source.Arrays.path", VALUE),
        ("data.prepare", SECTION),
        ("data.prepare.image", FIXED),
        ("blocks", SECTION),
        ("blocks.conv", SECTION),
        ("blocks.conv.params", FIXED),
        ("model", FIXED),
        ("imports", FIXED),
        ("name", FIXED),
        ("train", SECTION),
        ("train.epochs", FIXED),
        ("train.class_weight", NULLABLE),
        ("train.class_weight.Cat", VALUE),
        ("train.regularize", SECTION),
        ("train.regularize.l2", FIXED),
        ("train.targets", SECTION),
        ("train.targets.Price", SECTION),
        ("train.targets.Price.loss", FIXED),
        ("train.validate", SECTION),
        ("train.validate.every_steps", VALUE),
        ("train.callbacks", FIXED),
        ("train.unknown", VALUE),
        ("unknown", VALUE),
        ("train.stages.0", Place(True, False, may_be_component=True)),
        ("train.stages", Place(False, True, may_be_item=True)),
        ("tune.stages", Place(False, True)),
        ("tune.stages.0", SECTION),
        ("train.stages.0.data", Place(True, False)),
        ("train.stages.0.epochs", Place(False, True)),
        ("train.stages.0.optimizer", Place(False, True)),
    ],
)
def test_places(path, expected):
    assert place_at(path) == expected
