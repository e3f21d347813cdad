"""Each rule on curves that show it, and on healthy ones."""

from dataclasses import replace

import numpy as np
import pytest

from kpipe.checks.checked_spec import checked
from kpipe.checks.verdict_code import VerdictCode
from kpipe.judge.diagnosis.diagnose import RULES, diagnose
from kpipe.judge.spec_places import SpecPlaces
from tests.judge.diagnosis.evidence_of import evidence_of
from tests.judge.diagnosis.staged_evidence import staged_evidence


@pytest.fixture(scope="module")
def places():
    return SpecPlaces(checked("kpipe:digits"), 0.003)


def codes(evidence, places):
    return [str(verdict.code) for verdict in diagnose(evidence, places)]


STEPS = {"step": np.arange(1.0, 5), "loss": np.ones(4), "lowest": np.ones(4), "highest": np.array([1, 1, 4.0, 1])}
DEAD = [{"layer": "dense", "path": "model.1", "dead": 0.8, "deviation": 0.1, "channels": 16}]
#: The loss of a training part that is harder than the validation part.
HARD = (2.0, 1.2, 0.8, 0.7, 0.7)
CASES = {
    "E201": evidence_of(findings=["leak"]),
    "E202": evidence_of((1.0, 1.1, 1.2), (1.0, 1.1, 1.2), trivial=1.2, steps=STEPS),
    "E203": evidence_of((2.0, 1.9, 1.8), (2.0, 1.9, 1.8), layers=DEAD),
    "E204": evidence_of((2.0, 1.9, 1.8), (2.0, 1.9, 1.8), penalty=3.0, layers=DEAD),
    "E205": evidence_of((2.0, 1.95, 1.9), (2.0, 1.95, 1.9), ratio=1e-5),
    "E206": evidence_of((2.0, 1.8, 1.8), (2.0, 1.8, 1.8), ratio=0.2),
    "E207": evidence_of(
        (2.0, 1.7, 1.4, 1.1, 1.08, 1.07, 1.07),
        (2.0, 1.7, 1.4, 1.1, 1.08, 1.07, 1.07),
        rate=(0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01),
    ),
    "E208": evidence_of((2.0, 1.0, 0.5), (2.1, 2.5, 3.0)),
    "W209": evidence_of(
        (2.0, 1.0, 0.6, 0.3), (2.0, 1.2, 1.3, 1.6), accuracy=(0.3, 0.6, 0.7, 0.8), val_accuracy=(0.3, 0.55, 0.55, 0.54)
    ),
    "W210": evidence_of(training=HARD, accuracy=(0.3, 0.6, 0.8, 0.85, 0.85), val_accuracy=(0.4, 0.7, 0.9, 0.92, 0.93)),
    "W211": evidence_of(accuracy=(0.3, 0.6, 0.8, 0.95, 0.99), val_accuracy=(0.3, 0.6, 0.8, 0.88, 0.89)),
    "W212": evidence_of((2.0, 1.4, 1.3, 1.3, 1.3), (2.0, 1.4, 1.35, 1.3, 1.3)),
    "N213": evidence_of((2.0, 1.2, 0.8, 0.5, 0.3), (2.0, 1.2, 0.8, 0.5, 0.3)),
}


def test_every_rule_has_a_case():
    assert [rule.code for rule in RULES] == [*CASES]
    assert {code for code in VerdictCode if int(code[1:]) > 200} == {*CASES}


@pytest.mark.parametrize("code", CASES)
def test_a_rule_finds_its_case_first(places, code):
    assert codes(CASES[code], places)[:1] == [code]


def test_a_healthy_run_has_no_verdict(places):
    assert codes(evidence_of(), places) == []
    assert (
        codes(evidence_of(accuracy=(0.3, 0.6, 0.8, 0.9, 0.95), val_accuracy=(0.3, 0.6, 0.8, 0.9, 0.92)), places) == []
    )


def test_unknown_values_are_not_judged(places):
    nothing = evidence_of(trivial=None)
    nothing.measurements.clear()
    assert codes(nothing, places) == []


def test_ignored_codes_are_not_reported(places):
    assert diagnose(CASES["E208"], places, ["E208", "W211", "W212"]) == []


def test_remedies_can_be_set(places):
    (verdict, *_) = diagnose(CASES["E205"], places)
    assert verdict.path == "train.optimizer.Adam.learning_rate"
    assert verdict.remedy == "--set train.optimizer.Adam.learning_rate=0.01"
    option, value = verdict.remedy.split()[1].split("=")
    assert checked("kpipe:digits", {option: float(value)}).train.optimizer.plain() == {"Adam": {"learning_rate": 0.01}}


def test_a_training_that_recovers_has_not_exploded(places):
    assert codes(evidence_of((2.0, 1.0, 0.1), (2.0, 1.0, 0.2), steps=STEPS, trivial=1.0), places)[:1] == ["N213"]


def test_dead_units_do_no_harm_if_the_others_suffice(places):
    assert codes(evidence_of(layers=DEAD), places) == []


def test_the_losses_of_steps_with_much_dropout_are_high_by_chance(places):
    losses = (2.0, 1.8, 1.8)
    assert "E202" not in codes(evidence_of(losses, losses, trivial=1.2, steps=STEPS, drop_rate=0.9), places)


def test_a_low_loss_of_the_first_batch_is_no_measure(places):
    steps = {**STEPS, "loss": np.array([0.3, 1.0, 1.0, 1.0])}
    assert "E202" not in codes(evidence_of((2.0, 1.8, 1.8), (2.0, 1.8, 1.8), steps=steps), places)


def test_small_updates_of_a_late_epoch_are_no_slow_training(places):
    ratios = (2e-3, 1e-3, 1e-6, 1e-8, 1e-8)
    late = evidence_of((2.0, 1.5, 1.4, 1.4, 1.4), (2.0, 1.5, 1.4, 1.4, 1.4), ratio=ratios)
    assert codes(late, places) == ["W212"]


def test_equal_inputs_are_bad_data(places):
    assert codes(evidence_of((2.0,) * 5, (2.0,) * 5, inputs_vary=False), places)[:1] == ["E201"]


def test_images_of_a_single_color_are_bad_data_if_there_are_many(places):
    for constant, found in ((4, []), (5, ["E201"])):
        samples = {"train": 80, "validation": 20, "constant_samples": constant}
        assert codes(evidence_of(findings=["constant_samples"], samples=samples), places) == found


def test_a_leak_of_one_sample_in_a_thousand_is_no_error(places):
    for leaks, found in ((1, []), (10, ["E201"])):
        samples = {"train": 5000, "validation": 600, "test": 400, "leak": leaks}
        assert codes(evidence_of(findings=["leak"], samples=samples), places) == found


def test_inputs_that_are_not_scaled_do_no_harm_if_they_are_fitted(places):
    assert codes(evidence_of((2.0, 0.5, 0.1), (2.0, 0.2, 0.19), findings=["W008"]), places) == []
    assert codes(evidence_of((2.0, 1.5, 1.4), (2.0, 1.5, 1.45), findings=["W008"]), places)[:1] == ["E201"]


def test_a_decay_over_several_epochs_can_be_too_early(places):
    losses = (2.0, 1.7, 1.4, 1.38, 1.37, 1.37, 1.37, 1.37, 1.37, 1.37)
    rates = tuple(0.1 * 0.55**epoch for epoch in range(10))
    (verdict, *_) = diagnose(evidence_of(losses, losses, rate=(0.1, 0.1, 0.1, 0.005, *rates[6:], 1e-4, 1e-4)), places)
    assert verdict.code == "E207"


def test_penalties_that_are_not_measured_in_each_epoch():
    evidence = evidence_of((9.0, 4.0, 2.0), (9.0, 4.0, 2.0))
    evidence.measurements.update(epoch=np.array([1.0, 3.0]), penalty=np.array([8.0, 0.5]))
    evidence.measurements.update({name: np.array([1.0, 1.0]) for name in ("update_ratio", "loss")})
    # The geometric mean of 8 and 0.5 is 2.
    np.testing.assert_allclose(evidence.validation, [1.0, 2.0, 1.5])


def test_a_gap_of_few_samples_is_chance(places):
    accuracy, val_accuracy = (0.3, 0.6, 0.8, 0.85, 0.85), (0.4, 0.7, 0.9, 0.92, 0.93)
    for count, found in ((20, []), (2000, ["W210"])):
        samples = {"train": count, "epoch": count, "validation": count}
        better = evidence_of(training=HARD, accuracy=accuracy, val_accuracy=val_accuracy, samples=samples)
        assert codes(better, places) == found
    for count, found in ((20, []), (2000, ["W211"])):
        samples = {"train": count, "epoch": count, "validation": count}
        assert codes(evidence_of(accuracy=val_accuracy, val_accuracy=accuracy, samples=samples), places) == found


def test_the_error_of_a_difference():
    # sqrt(0.5 * 0.5 * (1/50 + 1/50)) = 0.1
    evidence = evidence_of(samples={"epoch": 50, "validation": 50})
    assert evidence.accuracy_error(0.5, "epoch") == pytest.approx(0.1)
    assert evidence.accuracy_error(0.5, "train") == 0.0


@pytest.mark.parametrize(("fit", "found"), [(0.85, ["N213"]), (0.97, ["W211", "N213"])])
def test_a_gap_while_the_validation_loss_falls_is_overfitting_only_if_the_training_part_is_fitted(places, fit, found):
    evidence = evidence_of(
        (2.0, 1.2, 0.8, 0.5, 2.0 * (1 - fit)),
        (2.0, 1.4, 1.0, 0.9, 0.7),
        accuracy=(0.3, 0.6, 0.8, 0.9, 0.95),
        val_accuracy=(0.3, 0.5, 0.7, 0.75, 0.8),
    )
    assert codes(evidence, places) == found


@pytest.mark.parametrize(("count", "found"), [(16, []), (64, ["W211"])])
def test_a_gap_on_a_few_samples_is_three_standard_errors(places, count, found):
    """Of 0.24, with standard errors of 0.112 for 16 and 0.075 for 64 samples of the training part."""
    accuracy = (0.4, 0.6, 0.7, 0.7, 0.7)
    evidence = evidence_of(
        accuracy=accuracy,
        val_accuracy=accuracy,
        training_accuracy=(0.5, 0.7, 0.8, 0.9, 0.94),
        samples={"train": 134, "validation": 44, "epoch": count, "end": 128},
    )
    assert [code for code in codes(evidence, places) if code == "W211"] == found


@pytest.mark.parametrize(("highest", "found"), [(30.0, "E205"), (40.0, "E202")])
def test_a_high_loss_without_updates_is_an_explosion_above_thirty_times(places, highest, found):
    steps = {**STEPS, "highest": np.array([1, 1, highest, 1])}
    evidence = evidence_of((1.0, 1.1, 1.2), (1.0, 1.1, 1.2), trivial=1.2, steps=steps, ratio=1e-6)
    assert codes(evidence, places)[0] == found


@pytest.mark.parametrize(("channels", "found"), [(4, []), (16, ["E203"])])
def test_dead_units_of_a_small_layer_can_be_chance(places, channels, found):
    layers = [{"layer": "conv", "path": "model.0", "dead": 1.0 if channels == 4 else 0.76, "channels": channels}]
    evidence = evidence_of((2.0, 1.9, 1.8), (2.0, 1.9, 1.8), layers=layers)
    assert [code for code in codes(evidence, places) if code == "E203"] == found


def test_large_updates_of_a_training_that_improves_are_no_verdict(places):
    evidence = evidence_of((2.0, 1.6, 1.1, 0.8), (2.0, 1.6, 1.1, 0.8), ratio=0.2)
    assert codes(evidence, places)[0] == "N213"


@pytest.mark.parametrize(
    ("loss", "steps", "found"),
    [
        ((2.0, 1.9, 1.8), 200, True),
        ((2.0, 1.9, 1.8), 49, False),  # hardly begun
        ((2.0, 1.9, 1.6), 200, False),  # improves
        ((9.0, 5.0, 2.2), 200, True),  # improves, but nothing was learned
        ((1.9,), 200, False),  # one epoch
    ],
)
def test_dead_units_are_a_verdict_only_if_the_training_no_longer_improves(places, loss, steps, found):
    count = np.arange(1.0, len(loss) + 1)
    table = {"step": count * steps / len(loss), "loss": count, "lowest": count, "highest": count}
    evidence = evidence_of(loss, loss, layers=DEAD, steps=table, trivial=2.0)
    assert ("E203" in codes(evidence, places)) == found


def test_a_single_epoch_is_too_few_unless_the_training_part_is_fitted(places):
    assert codes(evidence_of((1.0,), (1.0,)), places) == ["N213"]
    assert codes(evidence_of((0.1,), (0.1,)), places) == []
    assert codes(evidence_of((np.nan,), (np.nan,)), places) == []


def test_without_a_validation_part_the_training_loss_improves(places):
    missing = (np.nan,) * 5
    (verdict,) = diagnose(evidence_of((2.0, 1.2, 0.8, 0.5, 0.3), missing), places)
    assert str(verdict.code) == "N213"
    assert verdict.message.startswith("the training loss of the last fifth")


def test_a_single_unit_that_is_dead_is_found_if_the_weights_no_longer_change(places):
    layers = [{"layer": "dense", "path": "model.0", "dead": 1.0, "deviation": 0.0, "channels": 1}]
    for ratio, found in ((1e-3, "W212"), (1e-7, "E203")):
        assert codes(evidence_of((2.0, 1.99, 1.98), (2.0, 1.99, 1.98), layers=layers, ratio=ratio), places)[0] == found


def test_statistics_that_lag_behind_are_no_overfitting(places):
    """The mean over the steps is that of training mode, which is better than inference mode on the same samples."""
    evidence = evidence_of(
        (1.1, 0.9, 0.7, 0.6, 0.5),
        (1.1, 1.1, 1.0, 1.0, 0.97),
        training=(1.1, 1.0, 0.95, 0.9, 0.88),
        accuracy=(0.4, 0.6, 0.7, 0.75, 0.76),
        val_accuracy=(0.4, 0.45, 0.48, 0.49, 0.49),
        training_accuracy=(0.4, 0.5, 0.5, 0.52, 0.53),
        trivial=1.1,
    )
    assert "W211" not in codes(evidence, places)


def test_a_last_epoch_in_which_both_parts_became_worse_is_no_overfitting(places):
    evidence = evidence_of(
        (1.0, 0.3, 0.05, 0.01, 0.4),
        (1.0, 0.4, 0.05, 0.01, 0.9),
        accuracy=(0.5, 0.9, 0.99, 1.0, 0.95),
        val_accuracy=(0.5, 0.9, 1.0, 1.0, 0.75),
        trivial=1.1,
    )
    assert "W211" not in codes(replace(evidence, best_epoch=4), places)
    assert "W211" in codes(evidence, places)


@pytest.mark.parametrize(("fit", "found"), [(-4.5, "E201"), (0.5, "N213")])
def test_targets_on_an_unsuitable_scale_are_found_if_they_are_not_fitted(places, fit, found):
    loss = tuple(2.0 * (1 - fit) * factor for factor in (1.5, 1.2, 1.0))
    (verdict, *_) = diagnose(evidence_of(loss, loss, findings=["W013"]), places)
    assert str(verdict.code) == found
    if found == "E201":
        assert (verdict.path, verdict.remedy) == (
            "data.prepare_targets",
            "--set 'data.prepare_targets=[Standardize]'",
        )


@pytest.mark.parametrize(
    ("losses", "found"),
    [
        ((1.1025, 1.0585), "N213"),
        (tuple(np.linspace(1.064, 0.844, 20)), "N213"),
        (tuple(np.linspace(1.064, 0.95, 20)), "W212"),  # not even after many more epochs
        ((1.1, 1.0, 1.05, 1.0, 1.05), "W212"),
    ],
)
def test_a_loss_that_falls_steadily_is_no_underfitting(places, losses, found):
    (verdict,) = diagnose(evidence_of(losses, losses, trivial=1.1), places)
    assert str(verdict.code) == found
    if found == "N213":
        assert verdict.measured["improvement"] > verdict.threshold["improvement"] == 0.02


def test_a_model_that_is_worse_than_a_constant_is_not_too_small(places):
    (verdict,) = diagnose(evidence_of((5.0, 5.0, 5.0), (5.0, 5.0, 5.0)), places)
    assert (str(verdict.code), verdict.path) == ("W212", "train")
    assert "worse on its training part than a constant answer" in verdict.message


@pytest.mark.parametrize(("saturated", "found"), [(0.95, "E203"), (0.85, "W212")])
def test_saturated_units_are_found_at_the_end(places, saturated, found):
    layers = [{"layer": "dense", "path": "model.1", "dead": None, "saturated": saturated, "channels": 16}]
    (verdict, *_) = diagnose(evidence_of((2.0, 1.9, 1.9), (2.0, 1.9, 1.9), layers=layers), places)
    assert str(verdict.code) == found
    if found == "E203":
        assert verdict.message == "dense: 95% of the outputs are at a bound"


@pytest.mark.parametrize(("code", "ratio"), [("W212", 1e-3), ("E205", 1e-6)])
def test_what_static_checks_found_comes_before_a_wider_model_or_a_higher_rate(places, code, ratio):
    losses = (2.0, 1.99, 1.98)
    (verdict, *_) = diagnose(evidence_of(losses, losses, ratio=ratio, findings=["W009", "W006", "W011"]), places)
    assert (str(verdict.code), verdict.path) == (code, "model")
    assert verdict.remedy == "first resolve W006, W011, which the checks before the training reported"


@pytest.mark.parametrize(("end", "found"), [(0.03, []), (0.06, ["N213"])])
def test_a_loss_near_zero_cannot_improve(places, end, found):
    losses = (2.0, 1.0, 0.4, 0.1, end)
    assert codes(evidence_of(losses, losses), places) == found


def test_less_dropout_comes_before_a_wider_model(places):
    losses = (2.0, 1.5, 1.5, 1.5)
    (verdict,) = diagnose(evidence_of(losses, losses, drop_rate=0.75), places)
    assert str(verdict.code) == "W212"
    assert verdict.remedy == places.less_noise()[1] != "train a wider model"


# Runs with stages

#: The head alone, until it improves no more; its losses and its rate jump to those of the next stage.
HEAD = {"loss": (1.2, 1.1, 1.08, 1.07), "val_loss": (1.25, 1.12, 1.1, 1.1), "rate": (0.1,) * 4}
#: All layers, with a hundredth of the rate.
ALL = {"loss": (0.9, 0.5, 0.3, 0.2, 0.19), "val_loss": (0.95, 0.55, 0.35, 0.25, 0.24), "rate": (1e-3,) * 5}
STAGES = [{"epochs": 4, "only": ["head"], "optimizer": {"SGD": {"learning_rate": 0.1}}}, {"optimizer": "Adam"}]
STAGED = {"name": "a", "data": {"source": "Digits"}, "model": ["Flatten", {"Dense": {"name": "head", "units": 10}}]}


def staged(*stages, **more):
    """The verdicts about a run with stages."""
    spec = checked({**STAGED, "train": {"stages": STAGES}})
    return diagnose(staged_evidence(*stages, **more), SpecPlaces(spec, None))


def test_the_jump_between_stages_is_no_symptom():
    assert staged(HEAD, ALL) == []
    # The same curves without stages have a rate that fell too early.
    run = replace(staged_evidence({**HEAD, "loss": (1.7, 1.5, 1.3, 1.1), "val_loss": (1.7, 1.5, 1.3, 1.1)}, ALL))
    flat = {**run.history, "val_loss": np.array([1.7, 1.5, 1.3, 1.1, *[1.09] * 5])}
    assert "E207" in codes(replace(run, stages=(), history=flat), SpecPlaces(checked("kpipe:digits"), 0.1))
    assert "E207" not in codes(
        replace(run, history=flat), SpecPlaces(checked({**STAGED, "train": {"stages": STAGES}}), 0)
    )


@pytest.mark.parametrize(
    ("stage", "code", "path", "remedy"),
    [
        ({"ratio": 1e-5, "loss": (1.0,) * 5, "val_loss": (1.05,) * 5}, "E205", "train.stages.1.optimizer", "Adam"),
        ({"ratio": 0.2, "loss": (1.0,) * 5, "val_loss": (1.05,) * 5}, "E206", "train.stages.1.optimizer", "Adam"),
        (
            {"loss": (1.0, 0.8, 0.6), "val_loss": (1.0, 0.8, 0.6), "rate": (1e-3,) * 3},
            "N213",
            "train.stages.1.epochs",
            "--set train.stages.1.epochs=6",
        ),
    ],
)
def test_the_last_stage_is_blamed_at_its_place(stage, code, path, remedy):
    first, *_ = staged(HEAD, {**ALL, **stage})
    assert (str(first.code), first.path) == (code, path)
    assert first.message.startswith("stage 2 of 2: ")
    assert remedy in first.remedy
    assert first.measured["stage"] == 2


def test_a_drop_within_a_stage_has_the_epoch_of_the_run():
    stage = {
        "loss": (1.0, 0.9, 0.8, 0.8, 0.8),
        "val_loss": (1.0, 0.9, 0.8, 0.8, 0.8),
        "rate": (0.1, 0.1, 1e-3, 1e-3, 1e-3),
    }
    first, *_ = staged(HEAD, stage)
    assert (first.code, first.measured["epoch"]) == ("E207", 7)
    assert "at epoch 7" in first.message


def test_an_explosion_is_blamed_on_its_stage():
    run = staged_evidence(HEAD, {**ALL, "loss": (1.0,) * 5, "val_loss": (1.0,) * 5})
    for step, path in ((2, "train.stages.0.optimizer.SGD.learning_rate"), (20, "train.stages.1.optimizer")):
        run.steps["highest"][:] = 1.0
        run.steps["highest"][step] = 50.0
        (found,) = (verdict for verdict in _verdicts(run) if verdict.code == "E202")
        assert found.path == path


def test_a_stage_that_begins_with_an_explosion_is_not_its_cause():
    worse = {**HEAD, "loss": (1.0, 9.0, 9.0, 9.0), "val_loss": (1.0, 9.0, 9.0, 9.0)}
    run = staged_evidence(worse, {**ALL, "loss": (8.0,) * 5, "val_loss": (8.0,) * 5})
    run.steps["highest"][20] = 50.0
    (found,) = (verdict for verdict in _verdicts(run) if verdict.code == "E202")
    assert found.path == "train.stages.0.optimizer.SGD.learning_rate"


def test_an_explosion_that_a_later_stage_has_mended_is_none():
    run = staged_evidence(HEAD, {**ALL, "loss": (0.5, 0.3, 0.1), "val_loss": (0.5, 0.3, 0.12), "rate": (1e-3,) * 3})
    run.steps["highest"][2] = 50.0
    assert "E202" not in [verdict.code for verdict in _verdicts(run)]


def test_a_stage_that_makes_the_model_worse_needs_a_lower_rate():
    worse = {**ALL, "loss": (1.7,) * 5, "val_loss": (1.7,) * 5}
    (found,) = (verdict for verdict in staged(HEAD, worse) if verdict.code == "W212")
    assert "but fitted 45% of the validation part before the stage" in found.message
    assert found.remedy == "--set 'train.stages.1.optimizer={Adam: {learning_rate: 0.0001}}'"


def test_a_stage_that_makes_the_model_worse_than_a_constant_needs_a_lower_rate():
    worse = {**ALL, "loss": (2.01,) * 5, "val_loss": (2.01,) * 5}
    (found,) = (verdict for verdict in staged({**HEAD, "val_loss": (1.99,) * 4}, worse) if verdict.code == "W212")
    assert found.path == "train.stages.1.optimizer"
    (found,) = (verdict for verdict in staged({**HEAD, "val_loss": (2.0,) * 4}, worse) if verdict.code == "W212")
    assert found.path == "train"


@pytest.mark.parametrize(("before", "found"), [(0.35, False), (0.5, True)])
def test_small_updates_of_a_stage_are_fine_tuning_if_the_model_was_fitted_before(before, found):
    first = {**HEAD, "loss": (before,) * 4, "val_loss": (before,) * 4}
    fine = {"loss": (0.3,) * 3, "val_loss": (0.34,) * 3, "rate": (1e-5,) * 3, "ratio": 1e-5}
    assert ("E205" in [verdict.code for verdict in staged(first, fine)]) is found


def test_a_single_epoch_of_a_later_stage_is_compared_with_the_former_one():
    one = {"loss": (0.8,), "val_loss": (0.8,), "rate": (1e-3,)}
    (found,) = staged(HEAD, one)
    assert (found.code, found.measured["improvement"]) == ("N213", pytest.approx(1 - 0.8 / 1.1))
    flat = {"loss": (0.9,), "val_loss": (1.08,), "rate": (1e-3,)}
    assert "N213" not in [verdict.code for verdict in staged(HEAD, flat)]


def test_a_cosine_over_the_whole_training_is_not_too_early(places):
    rates = tuple(0.05 * (1 + np.cos(np.pi * epoch / 4)) for epoch in range(1, 5))
    losses = (1.5, 1.2, 1.0, 0.99)
    assert "E207" not in codes(evidence_of(losses, losses, rate=rates), places)
    assert "E207" in codes(evidence_of(losses, (1.5, 1.2, 1.19, 1.19), rate=(0.1, 0.1, 0.01, 0.01)), places)


def _verdicts(run):
    return diagnose(run, SpecPlaces(checked({**STAGED, "train": {"stages": STAGES}}), None))
