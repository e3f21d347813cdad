import csv

import numpy as np
import pytest

from kpipe.messages.training_position import TrainingPosition
from kpipe.train.measurements.step_losses import StepLosses, group_size
from kpipe.train.run_folder.run_folder import RunFolder
from kpipe.train.stages.stage_start import StageStart

SIZES = [32] * 9 + [7]


def means(losses, sizes):
    """The running means of Keras, in float32."""
    total, count, found = np.float32(0), np.float32(0), []
    for loss, size in zip(losses, sizes, strict=True):
        total, count = np.float32(total + np.float32(loss) * np.float32(size)), np.float32(count + size)
        found.append(np.float32(total / count))
    return found


def epoch(steps, number, losses, sizes=SIZES, first=0):
    steps.epoch_begins(number)
    for step, mean in enumerate(means(losses, sizes), start=1):
        if step > first:
            steps.step_ends(step, {"loss": mean})
    steps.epoch_ends(TrainingPosition(number, number * len(sizes)), {}, 0.0)


def rows(folder):
    with (folder / "steps.csv").open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def test_losses_of_steps_are_recovered_from_running_means(tmp_path):
    generator = np.random.default_rng(0)
    losses = generator.uniform(0.5, 2, (3, len(SIZES)))
    steps = StepLosses(RunFolder(tmp_path), SIZES)
    for number, own in enumerate(losses, start=1):
        epoch(steps, number, own)
    found = rows(tmp_path)
    assert [row["step"] for row in found] == [*range(1, 31)]
    np.testing.assert_allclose([row["loss"] for row in found], losses.reshape(-1), rtol=2e-5)


def test_a_stage_continues_the_steps_of_the_former_one(tmp_path):
    generator = np.random.default_rng(0)
    first, second = generator.uniform(0.5, 2, (2, len(SIZES))), generator.uniform(0.5, 2, (2, 3))
    steps = StepLosses(RunFolder(tmp_path), SIZES)
    for number, own in enumerate(first, start=1):
        epoch(steps, number, own)
    later = StepLosses(RunFolder(tmp_path), SIZES[:3], start=StageStart(1, 2, 2 * len(SIZES)))
    later.set_state(steps.state())
    for number, own in enumerate(second, start=3):
        epoch(later, number, own, SIZES[:3])
    found = rows(tmp_path)
    assert [row["step"] for row in found] == [*range(1, 2 * len(SIZES) + 7)]
    np.testing.assert_allclose([row["loss"] for row in found], [*first.reshape(-1), *second.reshape(-1)], rtol=2e-5)


def test_groups_become_longer_and_keep_extremes(tmp_path):
    sizes = [4] * 5001
    losses = np.random.default_rng(1).uniform(1, 2, 5001)
    steps = StepLosses(RunFolder(tmp_path), sizes)
    epoch(steps, 1, losses, sizes)
    steps.finish()
    found = rows(tmp_path)
    assert len(found) == 2000 + 1000 + 250 + 1
    assert [found[index]["step"] for index in (1999, 2000, 3000, -1)] == [2000, 2002, 4004, 5001]
    group = losses[4000:4004]
    np.testing.assert_allclose(
        [found[3000][name] for name in ("loss", "lowest", "highest")],
        [group.mean(), group.min(), group.max()],
        rtol=2e-3,
    )


def test_a_restored_state_continues_in_the_middle_of_an_epoch(tmp_path):
    losses = np.random.default_rng(2).uniform(0.5, 2, (2, len(SIZES)))
    whole, part = RunFolder.shared(tmp_path / "whole"), RunFolder.shared(tmp_path / "part")
    steps = StepLosses(whole, SIZES)
    epoch(steps, 1, losses[0])
    epoch(steps, 2, losses[1])
    before = StepLosses(part, SIZES)
    epoch(before, 1, losses[0])
    before.epoch_begins(2)
    for step, mean in enumerate(means(losses[1], SIZES)[:4], start=1):
        before.step_ends(step, {"loss": mean})
    state = before.state()
    after = StepLosses(part, SIZES)
    after.set_state(state)
    epoch(after, 2, losses[1], first=4)
    assert (part / "steps.csv").read_bytes() == (whole / "steps.csv").read_bytes()


def test_an_explosion_is_kept(tmp_path):
    steps = StepLosses(RunFolder(tmp_path), SIZES)
    steps.epoch_begins(1)
    for step, mean in enumerate((1.0, 2.0, np.inf), start=1):
        steps.step_ends(step, {"loss": np.float32(mean)})
    steps.state()
    steps.finish()
    assert rows(tmp_path)[-1]["highest"] == np.inf


@pytest.mark.parametrize("step", [2000, 4000, 8000, 16000])
def test_a_group_ends_where_the_size_doubles(step):
    assert step % group_size(step) == 0
    assert group_size(step + 1) == 2 * group_size(step)


def test_a_training_without_steps_leaves_the_file_of_an_earlier_start(tmp_path):
    steps = StepLosses(RunFolder(tmp_path), SIZES)
    epoch(steps, 1, np.ones(len(SIZES)))
    before = (tmp_path / "steps.csv").read_bytes()
    StepLosses(RunFolder(tmp_path), SIZES).finish()
    assert (tmp_path / "steps.csv").read_bytes() == before
