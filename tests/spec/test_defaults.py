import pytest

from kpipe.spec.defaults import default_at, filled
from kpipe.spec.sections.train import Train
from kpipe.spec.yaml_text.yaml_reader import read_text


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("seed", 0),
        ("data.batch_size", 32),
        ("data.prepare", []),
        ("train.optimizer", "Adam"),
        ("train.choose.monitor", "auto"),
        ("train.validate.every_epochs", 1),
        ("train.targets.price", {}),
        ("train.targets.price.weight", 1.0),
    ],
)
def test_what_the_language_knows(path, value):
    assert default_at(path).plain() == value


@pytest.mark.parametrize("path", ["sed", "data.x", "train.choose.x", "train.epochs.x", "data.source.x.y", "vars.x"])
def test_what_it_does_not_know(path):
    assert default_at(path) is None


def test_open_mappings_take_any_key():
    assert default_at("train.targets.*") is not None
    assert default_at("train.class_weight.*") is not None
    assert default_at("train.regularize.*") is None


def test_defaults_stand_in_the_order_of_the_section():
    node = read_text("{epochs: 3, targets: {price: {weight: 2}}, choose: {mode: max}}", "a.yaml")
    filled(node, Train)
    plain = node.plain()
    assert list(plain)[:3] == ["epochs", "optimizer", "loss"]
    assert plain["targets"] == {"price": {"loss": "auto", "weight": 2, "metrics": "auto"}}
    assert plain["choose"] == {"monitor": "auto", "mode": "max"}
    assert plain["regularize"] == {"l1": 0.0, "l2": 0.0}
