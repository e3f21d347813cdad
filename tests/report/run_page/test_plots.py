import json

import pytest
from run_folders import write_run, write_staged_run

from kpipe.report.run_page.plots import run_plots
from kpipe.report.run_page.run_record import RunRecord


def plots_of(folder):
    return {plot.title: plot for plot in run_plots(RunRecord.read(folder))}


def test_a_run_of_an_earlier_version_has_its_metrics(tmp_path):
    plots = plots_of(write_run(tmp_path / "run", losses=(0.5, 0.25, 0.75)))
    assert list(plots) == ["loss", "gap of loss", "accuracy", "learning rate"]
    training, validation = plots["loss"].curves
    assert training.is_dashed and validation.mark == 2
    # The validation loss of these runs is twice the training loss.
    assert plots["gap of loss"].curves[0].y == [0.5, 0.25, 0.75]


def test_the_gap_is_that_to_the_training_without_dropout_where_it_was_measured(tmp_path):
    folder = write_run(tmp_path / "run", losses=(0.5, 0.25, 0.75))
    (folder / "measurements.csv").write_text("epoch,update_ratio,loss\n1,0.01,0.125\n3,0.02,0.5\n")
    (folder / "evidence.json").write_text(json.dumps({"training_sample": {"loss": 0.25}}))
    plots = plots_of(folder)
    # Epoch 2 is the best one, whose kept weights were measured at the end.
    assert plots["loss"].curves[1].y == [0.125, 0.25, 0.5]
    assert plots["gap of loss"].curves[0].y == [0.875, 0.25, 1.0]
    assert plots["norm(update) / norm(weights)"].curves[0].y == [0.01, 0.02]


def test_losses_of_steps_are_dots_with_a_moving_average(tmp_path):
    folder = write_run(tmp_path / "run")
    rows = "".join(f"{step},{step / 2},0,0\n" for step in range(1, 101))
    (folder / "steps.csv").write_text(f"step,loss,lowest,highest\n{rows}")
    plot = plots_of(folder)["loss of each step"]
    dots, average = plot.curves
    assert plot.x_label == "step" and dots.is_points and not average.is_points
    assert (average.name, len(dots.y)) == ("moving average over 5", 100)
    assert average.y[50] == pytest.approx(51 / 2, abs=1e-12)
    assert average.y[0] == pytest.approx((1 + 2 + 3) / 2 / 3, abs=1e-12)


def test_a_run_without_an_epoch_has_no_plots(tmp_path):
    folder = write_run(tmp_path / "run", losses=(), status="failed")
    (folder / "history.csv").unlink()
    assert plots_of(folder) == {}


def test_validations_within_epochs_are_dots_at_fractions_of_epochs(tmp_path):
    folder = write_run(tmp_path / "run")
    (folder / "steps.csv").write_text("step,loss,lowest,highest\n1,1,1,1\n8,1,1,1\n")
    (folder / "validations.csv").write_text("step,epoch,val_loss\n2,1,0.75\n6,2,0.5\n")
    _, within, validation = plots_of(folder)["loss"].curves
    # Two epochs of 4 steps.
    assert (within.x, within.y, within.is_points) == ([0.5, 1.5], [0.75, 0.5], True)
    assert not validation.is_points


def test_the_ends_of_stages_are_marked_and_the_stage_is_no_metric(tmp_path):
    folder = write_staged_run(tmp_path / "run")
    (folder / "steps.csv").write_text("step,loss,lowest,highest\n1,1,1,1\n8,1,1,1\n32,1,1,1\n")
    plots = plots_of(folder)
    assert list(plots) == ["loss of each step", "loss", "gap of loss", "accuracy", "learning rate"]
    assert plots["loss of each step"].ends == [8]
    assert {tuple(plot.ends) for title, plot in plots.items() if title != "loss of each step"} == {(2,)}


def test_validations_within_the_epochs_of_stages(tmp_path):
    folder = write_staged_run(tmp_path / "run")
    (folder / "steps.csv").write_text("step,loss,lowest,highest\n1,1,1,1\n32,1,1,1\n")
    (folder / "validations.csv").write_text("step,epoch,val_loss\n2,1,0.75\n12,3,0.5\n16,3,0.5\n")
    _, within, _ = plots_of(folder)["loss"].curves
    # Two epochs of 4 steps, and three of 8.
    assert within.x == [0.5, 2.5, 3.0]
