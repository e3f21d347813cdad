"""The remedy about a learning rate can be pasted, and sets it."""

import shlex

import pytest

from kpipe.checks.checked_spec import checked
from kpipe.judge.spec_places import SpecPlaces
from kpipe.train.stages.recorded_stages import recorded_stages
from kpipe.train.stages.stages_of import stages_of

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


@pytest.mark.parametrize("optimizer", ["LBFGS", "kpipe.LBFGS", "{LBFGS: {history: 3}}"])
def test_lbfgs_has_no_learning_rate(optimizer):
    places = SpecPlaces(checked(text(f"{{optimizer: {optimizer}}}")), None)
    assert not places.has_learning_rate
    assert places.learning_rate == "train.optimizer"
    assert places.lower_learning_rate() == "check the inputs, the loss and the initial weights"
    assert SpecPlaces(checked(text("{optimizer: SGD}")), 0.01).has_learning_rate


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


def places_of(train, model="[Flatten, {Dense: {units: =classes}}]", rate=0.1):
    return SpecPlaces(checked(BASE.partition("model:")[0] + f"model: {model}\ntrain: {train}\n"), rate)


def after(remedy, train, model="[Flatten, {Dense: {units: =classes}}]"):
    """The spec with all overrides of a remedy."""
    overrides = [word for word in shlex.split(remedy) if word != "--set"]
    return checked(BASE.partition("model:")[0] + f"model: {model}\ntrain: {train}\n", overrides)


@pytest.mark.parametrize(
    ("train", "rate", "lower"),
    [
        ("{optimizer: {SGD: {learning_rate: 20.0}}}", 20.0, 0.01),
        ("{optimizer: {SGD: {learning_rate: 0.05}}}", 0.05, 0.005),
        ("{optimizer: {Adam: {learning_rate: 1.0}}}", None, 0.001),
        ("{optimizer: {Adam: {learning_rate: 0.002}}}", 0.002, 0.0002),
    ],
)
def test_a_lower_learning_rate_is_at_most_a_usual_one(train, rate, lower):
    changed = after(places_of(train, rate=rate).lower_learning_rate(), train).train.optimizer.plain()
    assert next(iter(changed.values()))["learning_rate"] == lower


@pytest.mark.parametrize(
    ("train", "callbacks"),
    [
        (
            "{callbacks: [{StepSchedule: {milestone_epochs: [2, 4], factor: 0.1}}]}",
            [{"StepSchedule": {"milestone_epochs": [12, 16], "factor": 0.1}}],
        ),
        (
            "{callbacks: [TerminateOnNaN, {CosineSchedule: {total_epochs: 3}}]}",
            ["TerminateOnNaN", {"CosineSchedule": {"total_epochs": 20}}],
        ),
        ("{callbacks: [{ExponentialSchedule: {decay_per_epoch: 2}}]}", ["CosineSchedule"]),
        (
            "{callbacks: [{ExponentialSchedule: {decay_per_epoch: 2, learning_rate: 0.3}}]}",
            [{"CosineSchedule": {"learning_rate": 0.3}}],
        ),
        ("{callbacks: [ReduceLROnPlateau]}", [{"ReduceLROnPlateau": {"patience": 5}}]),
        (
            "{callbacks: [{ReduceLROnPlateau: {patience: 0, factor: 0.3}}]}",
            [{"ReduceLROnPlateau": {"patience": 5, "factor": 0.3}}],
        ),
    ],
)
def test_a_schedule_decays_later(train, callbacks):
    _, remedy = places_of(train).later_decay(20)
    assert after(remedy, train).train.callbacks.plain() == callbacks


def test_a_schedule_of_keras_becomes_a_constant():
    train = "{optimizer: {SGD: {learning_rate: {PiecewiseConstantDecay: {boundaries: [9], values: [0.1, 0.01]}}}}}"
    path, remedy = places_of(train).later_decay(20)
    assert path == "train.optimizer.SGD.learning_rate"
    assert after(remedy, train).train.optimizer.plain() == {"SGD": {"learning_rate": 0.1}}


MODEL = "[Flatten, {Dense: {units: 8, activation: relu, kernel_regularizer: {L2: {l2: 1.0}}}}, {Dropout: {rate: 0.8}}, {Dense: {units: =classes}}]"


def test_regularization_in_layers_is_lowered():
    places = places_of("{epochs: 2}", MODEL)
    path, remedy = places.less_regularization()
    assert path == "model.1.Dense.kernel_regularizer"
    assert after(remedy, "{epochs: 2}", MODEL).model.plain()[1]["Dense"]["kernel_regularizer"] is None
    path, remedy = places.less_noise()
    assert path == "model.2.Dropout.rate"
    assert after(remedy, "{epochs: 2}", MODEL).model.plain()[2] == {"Dropout": {"rate": 0.2}}


def test_a_layer_gets_another_activation():
    remedy = places_of("{epochs: 2}", MODEL).leaky_activation("model.1")
    assert after(remedy, "{epochs: 2}", MODEL).model.plain()[1]["Dense"]["activation"] == "leaky_relu"
    biased = MODEL.replace("{units: 8", "{bias_initializer: ones, units: 8")
    remedy = places_of("{epochs: 2}", biased).leaky_activation("model.1")
    assert after(remedy, "{epochs: 2}", biased).model.plain()[1]["Dense"]["bias_initializer"] == "zeros"
    assert not places_of("{epochs: 2}", MODEL).leaky_activation("model.2").startswith("--set")


@pytest.mark.parametrize(("prepare", "found"), [("", 1), ("prepare: [], ", 1), ("prepare: [Rescale], ", 2)])
def test_inputs_are_standardized(prepare, found):
    spec = BASE.replace("{source", f"{{{prepare}source")
    _, override = shlex.split(SpecPlaces(checked(spec), 0.1).standardized())
    changed = checked(spec, [override]).data.prepare.plain()
    assert (changed[-1], len(changed)) == ("Standardize", found)


@pytest.mark.parametrize(("rate", "text"), [(1e-5, "1.0e-05"), (2.5e-7, "2.5e-07"), (0.01, "0.01"), (123.0, "123")])
def test_numbers_have_a_point_before_an_exponent(rate, text):
    places = places_of("{optimizer: {SGD: {learning_rate: 0.1}}}")
    assert places.set_learning_rate(rate) == f"--set train.optimizer.SGD.learning_rate={text}"


@pytest.mark.parametrize(
    ("optimizer", "rate", "remedy"),
    [
        ("SGD: {learning_rate: 1e-6}", 1e-6, "--set train.optimizer.SGD.learning_rate=0.003"),
        ("SGD: {learning_rate: 1e-3}", 1e-3, "--set train.optimizer.SGD.learning_rate=0.1"),
        ("Adam: {learning_rate: 1e-3}", 1e-3, "--set train.optimizer.Adam.learning_rate=0.01"),
        (
            "Adam: {learning_rate: 0.05}",
            0.05,
            "the learning rate is not low; kpipe check tells whether gradients reach",
        ),
    ],
)
def test_a_higher_learning_rate_is_at_most_ten_times_a_usual_one(optimizer, rate, remedy):
    places = places_of(f"{{optimizer: {{{optimizer}}}}}", rate=rate)
    assert places.higher_learning_rate(3000).startswith(remedy)


def test_narrow_clipping_is_named():
    places = places_of("{optimizer: {SGD: {learning_rate: 0.1, global_clipnorm: 1e-4}}}")
    path = "train.optimizer.SGD.global_clipnorm"
    assert places.wider_clipping() == (path, f"--set {path}=1")
    assert places_of("{optimizer: {SGD: {learning_rate: 0.1, clipnorm: 1.0}}}").wider_clipping() is None
    assert places_of("{}").wider_clipping() is None


# Stages

#: The section `train`, the highest learning rate of its second stage, and the path of its learning rate.
STAGES = {
    "own": (
        "{stages: [{}, {optimizer: {SGD: {learning_rate: 0.1}}}]}",
        0.1,
        "train.stages.1.optimizer.SGD.learning_rate",
    ),
    "own word": ("{stages: [{}, {optimizer: SGD}]}", 0.01, "train.stages.1.optimizer"),
    "own schedule": (
        "{optimizer: SGD, stages: [{}, {callbacks: [{CosineSchedule: {learning_rate: 0.2}}]}]}",
        0.2,
        "train.stages.1.callbacks.0.CosineSchedule.learning_rate",
    ),
    "of train": (
        "{optimizer: {SGD: {learning_rate: 0.1}}, stages: [{optimizer: Adam}, {}]}",
        0.1,
        "train.optimizer.SGD.learning_rate",
    ),
    "schedule of train": (
        "{callbacks: [{CosineSchedule: {learning_rate: 0.2}}], stages: [{}, {optimizer: SGD}]}",
        0.2,
        "train.callbacks.0.CosineSchedule.learning_rate",
    ),
    "none": ("{stages: [{optimizer: SGD}, {}]}", 0.001, "train.optimizer"),
}


NAMES = "{count: 3}"


def second_of(train, overrides=(), names=""):
    return stages_of(checked(text(train, names), overrides))[1].spec


@pytest.mark.slow
@pytest.mark.parametrize("name", STAGES)
def test_the_override_sets_the_learning_rate_of_a_stage(name):
    train, peak, path = STAGES[name]
    assert rate_of(second_of(train)) == pytest.approx(peak, rel=1e-2)
    places = SpecPlaces(checked(text(train)), None).of_stage(1, peak)
    assert places.learning_rate == path
    _, override = shlex.split(places.set_learning_rate(1.2e-5))
    assert rate_of(second_of(train, [override])) == pytest.approx(1.2e-5, rel=3e-2)
    if name != "of train" and name != "schedule of train":
        first = [stages_of(checked(text(train), given))[0].spec.train.optimizer for given in ([], [override])]
        assert first[0] == first[1] or first[0].plain() == first[1].plain()


@pytest.mark.parametrize(
    "train",
    ["{stages: [{}, {epochs: 3}]}", "{epochs: 3, stages: [{}, {}]}", "{stages: [{epochs: 3}, {epochs: =count}]}"],
)
def test_a_stage_can_have_more_epochs(train):
    places = SpecPlaces(checked(text(train, NAMES if "count" in train else "")), None).of_stage(1, 0.1)
    assert places.epochs == "train.stages.1.epochs"
    _, override = shlex.split(places.set_epochs(6))
    before, after = (
        [stage.spec.train.epochs for stage in stages_of(checked(text(train, NAMES if "count" in train else ""), given))]
        for given in ([], [override])
    )
    assert after == [before[0], 6]


@pytest.mark.parametrize(
    ("schedule", "path", "expected"),
    [
        ("{stages: [{}, {callbacks: [{StepSchedule: {milestone_epochs: [1]}}]}]}", "train.stages.1.callbacks.0", [4.8]),
        ("{callbacks: [{StepSchedule: {milestone_epochs: [1]}}], stages: [{}, {}]}", "train.callbacks.0", [4.8]),
    ],
)
def test_the_schedule_of_a_stage_can_decay_later(schedule, path, expected):
    found, remedy = SpecPlaces(checked(text(schedule)), None).of_stage(1, 0.1).later_decay(8)
    assert found == path
    _, override = shlex.split(remedy)
    assert second_of(schedule, [override]).train.callbacks.items[0].plain()["StepSchedule"] == {
        "milestone_epochs": expected
    }


def test_clipping_of_a_stage_has_its_place():
    train = "{stages: [{}, {optimizer: {SGD: {clipnorm: 1.0e-6}}}]}"
    path, remedy = SpecPlaces(checked(text(train)), None).of_stage(1, 0.1).wider_clipping()
    assert path == "train.stages.1.optimizer.SGD.clipnorm"
    assert second_of(train, [shlex.split(remedy)[1]]).train.optimizer.plain() == {"SGD": {"clipnorm": 1}}


def test_no_override_changes_stages_that_an_expression_returns():
    spec = checked(text("{stages: =parts}", "{parts: [{epochs: 2}, {epochs: 3}]}"))
    places = SpecPlaces(spec, None).of_stage(1, 0.1)
    assert places.set_epochs(6) == "change train.stages.1.epochs to 6"
    # The optimizer is that of the training.
    assert places.set_learning_rate(0.5) == "--set 'train.optimizer={Adam: {learning_rate: 0.5}}'"


def test_the_stages_of_a_recipe_are_changed_by_its_arguments():
    train = "{optimizer: {SGD: {learning_rate: 0.1, clipnorm: 1.0e-6}}, stages: [Transfer, {epochs: 3}]}"
    slow = {"epochs": 2, "optimizer": {"SGD": {"learning_rate": 0.01, "clipnorm": 1e-6}}}
    spec = recorded_stages(checked(text(train)), [{"written": [{"epochs": 2, "only": ["head"]}, slow]}])
    first, second, third = (SpecPlaces(spec, None).of_stage(index, None) for index in range(3))
    assert first.epochs == second.epochs == "train.stages.0.Transfer.epochs"
    assert first.set_epochs(6) == "--set 'train.stages.0.Transfer.epochs=[6, 2]'"
    assert second.set_epochs(6) == "--set 'train.stages.0.Transfer.epochs=[2, 6]'"
    assert first.set_learning_rate(0.5) == "--set train.optimizer.SGD.learning_rate=0.5"
    assert second.set_learning_rate(0.001) == "--set train.stages.0.Transfer.learning_rate_factor=0.01"
    assert second.wider_clipping() == ("train.optimizer.SGD.clipnorm", "--set train.optimizer.SGD.clipnorm=1")
    # The second entry is the third stage.
    assert third.set_epochs(6) == "--set train.stages.1.epochs=6"
    marks = [places.verdict("N213", places.epochs, "a", "b", {}, {}).mark for places in (first, second, third)]
    columns = [text(train).splitlines()[4].index(part) + 1 for part in ("Transfer", "Transfer", "3}]")]
    assert [mark.column for mark in marks] == columns


def test_a_verdict_about_a_stage_says_so():
    spec = checked(text("{stages: [{}, {epochs: 3}]}"))
    places = SpecPlaces(spec, None).of_stage(1, 0.1)
    verdict = places.verdict("N213", places.epochs, "it improves", "train longer", {"improvement": 0.2}, {})
    assert verdict.message == "stage 2 of 2: it improves"
    assert verdict.measured == {"stage": 2, "improvement": 0.2}
    assert (verdict.mark.line, verdict.mark.column) == (5, 31)
