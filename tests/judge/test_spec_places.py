"""The remedy about a learning rate can be pasted, and sets it."""

import shlex

import pytest

from kpipe.checks.checked_spec import checked
from kpipe.judge.spec_places import SpecPlaces

BASE = """
name: a
data: {source: Digits}
model: [Flatten, {Dense: {units: =classes}}]
"""
COSINE = "{CosineDecay: {initial_learning_rate: 0.1, decay_steps: 9}}"
WARM = "{CosineDecay: {initial_learning_rate: 0.0, decay_steps: 9, warmup_target: 0.1, warmup_steps: 3}}"
#: The section `train`, the highest learning rate of the training, the path of its learning rate, and `vars`.
CASES = {
    "no optimizer": ("{epochs: 2}", 0.001, "train.optimizer", ""),
    "word": ("{optimizer: SGD}", 0.01, "train.optimizer", ""),
    "no arguments": ("{optimizer: {SGD: {}}}", 0.01, "train.optimizer.SGD.learning_rate", ""),
    "null": ("{optimizer: {SGD: null}}", 0.01, "train.optimizer", ""),
    "other arguments": ("{optimizer: {SGD: {momentum: 0.9}}}", 0.01, "train.optimizer.SGD.learning_rate", ""),
    "number": ("{optimizer: {SGD: {learning_rate: 0.1}}}", 0.1, "train.optimizer.SGD.learning_rate", ""),
    "variable": (
        "{optimizer: {SGD: {learning_rate: =rate}}}",
        0.1,
        "train.optimizer.SGD.learning_rate",
        "{rate: 0.1}",
    ),
    "expression": (
        "{optimizer: {SGD: {learning_rate: '=2 * rate'}}}",
        0.2,
        "train.optimizer.SGD.learning_rate",
        "{rate: 0.1}",
    ),
    "schedule": (
        f"{{optimizer: {{SGD: {{learning_rate: {COSINE}}}}}}}",
        0.1,
        "train.optimizer.SGD.learning_rate.CosineDecay.initial_learning_rate",
        "",
    ),
    "schedule with warm-up": (
        f"{{optimizer: {{SGD: {{learning_rate: {WARM}}}}}}}",
        0.1,
        "train.optimizer.SGD.learning_rate.CosineDecay.warmup_target",
        "",
    ),
    "callback": (
        "{optimizer: {SGD: {learning_rate: 0.3}}, callbacks: [TerminateOnNaN, {CosineSchedule: {learning_rate: 0.1}}]}",
        0.1,
        "train.callbacks.1.CosineSchedule.learning_rate",
        "",
    ),
    "callback without rate": (
        "{optimizer: {SGD: {learning_rate: 0.1}}, callbacks: [{CosineSchedule: {warmup_epochs: 1}}]}",
        0.1,
        "train.optimizer.SGD.learning_rate",
        "",
    ),
    "callback word": ("{optimizer: SGD, callbacks: [CosineSchedule]}", 0.01, "train.optimizer", ""),
    "scaled": (
        "{optimizer: SGD, callbacks: [{CosineSchedule: {learning_rate: 0.1, scale_with_batch: 8}}]}",
        0.4,
        "train.callbacks.0.CosineSchedule.learning_rate",
        "",
    ),
    "loss scale": (
        "{optimizer: {LossScaleOptimizer: {inner_optimizer: {SGD: {learning_rate: 0.1}}}}}",
        0.1,
        "train.optimizer.LossScaleOptimizer.inner_optimizer.SGD.learning_rate",
        "",
    ),
    "word in a loss scale": (
        "{optimizer: {LossScaleOptimizer: {inner_optimizer: SGD}}}",
        0.01,
        "train.optimizer.LossScaleOptimizer.inner_optimizer",
        "",
    ),
}


def text(train, names=""):
    return f"{BASE}train: {train}\n" + (f"vars: {names}\n" if names else "")


def rate_of(spec):
    """The highest learning rate that a training has, from its compiled parts."""
    from kpipe.components import build
    from kpipe.judge.protocol.learning_rates import learning_rates
    from kpipe.train.compile import build_optimizer
    from kpipe.train.setup.spec_session import spec_session

    with spec_session(spec):
        items = spec.train.callbacks.items if spec.train.callbacks is not None else []
        callbacks = [build(node, "callback") for node in items]
        for callback in callbacks:
            if getattr(callback, "scale_with_batch", None):
                callback.batch_size = 32
        return learning_rates(build_optimizer(spec.train), callbacks, 100, 10).peak


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_the_override_sets_the_learning_rate(name):
    wanted = 1.2e-5
    train, peak, path, names = CASES[name]
    spec = checked(text(train, names))
    assert rate_of(spec) == pytest.approx(peak, rel=1e-2)
    places = SpecPlaces(spec, peak)
    assert places.learning_rate == path
    option, override, *more = shlex.split(places.set_learning_rate(wanted))
    assert (option, more) == ("--set", [])
    assert rate_of(checked(text(train, names), [override])) == pytest.approx(wanted, rel=3e-2)
    assert places.scale_learning_rate(wanted / peak) == places.set_learning_rate(wanted)


def test_other_arguments_are_kept():
    spec = checked(text("{optimizer: {SGD: {momentum: 0.9}}}"))
    _, override = shlex.split(SpecPlaces(spec, 0.01).set_learning_rate(0.5))
    changed = checked(text("{optimizer: {SGD: {momentum: 0.9}}}"), [override]).train.optimizer
    assert changed.plain() == {"SGD": {"momentum": 0.9, "learning_rate": 0.5}}


@pytest.mark.slow
def test_an_extended_spec(tmp_path):
    (tmp_path / "base.yaml").write_text(text("{optimizer: {SGD: {learning_rate: 0.1}}}"))
    (tmp_path / "a.yaml").write_text("extends: base.yaml\nname: b\n")
    places = SpecPlaces(checked(tmp_path / "a.yaml"), 0.1)
    _, override = shlex.split(places.set_learning_rate(0.5))
    assert rate_of(checked(tmp_path / "a.yaml", [override])) == 0.5
    mark = places.verdict("E110", places.learning_rate, "a", "b", {}, {}).mark
    assert (mark.file, mark.line) == (str(tmp_path / "base.yaml"), 5)


@pytest.mark.parametrize(
    ("train", "names", "path"),
    [
        ("{optimizer: =own}", "{own: {SGD: {learning_rate: 0.1}}}", "train.optimizer.SGD.learning_rate"),
        (
            "{optimizer: {SGD: {learning_rate: {PiecewiseConstantDecay: {boundaries: [9], values: [0.1, 0.01]}}}}}",
            "",
            "train.optimizer.SGD.learning_rate",
        ),
    ],
    ids=["computed", "values"],
)
def test_without_an_override_the_remedy_is_a_sentence(train, names, path):
    places = SpecPlaces(checked(text(train, names)), 0.1)
    assert places.learning_rate == path
    assert places.set_learning_rate(0.5) == f"change {path} so that the highest learning rate is 0.5"


def test_several_learning_rates_are_scaled_in_words():
    places = SpecPlaces(checked(text("{optimizer: SGD}")), None)
    assert places.scale_learning_rate(0.1) == "multiply the learning rates by 0.1"


def test_the_last_item_of_the_model_has_its_place():
    verdict = SpecPlaces(checked(text("{epochs: 2}")), 0.1).verdict("E101", "model.last", "a", "b", {"c": 1}, {"d": 2})
    assert (verdict.path, verdict.measured, verdict.threshold) == ("model", {"c": 1}, {"d": 2})
    assert verdict.mark.line == 4
