import io
import re

import numpy as np
import pytest

from kpipe.messages.progress import PlainProgress, TerminalProgress, duration, number, progress
from kpipe.messages.reporter import Reporter
from kpipe.messages.training_position import TrainingPosition


def reporter(tmp_path, **options) -> Reporter:
    found = Reporter(messages=io.StringIO(), results=io.StringIO(), **options)
    found.log_to(tmp_path / "log.txt")
    return found


def play(display: PlainProgress) -> None:
    for epoch in (1, 2):
        display.epoch_begins(epoch)
        display.step_ends(5, {"loss": np.float32(0.5)})
        display.validated(TrainingPosition(epoch, 10 * epoch - 5, False), {"val_loss": 1.0})
        display.step_ends(10, {"loss": np.float32(0.25)})
        display.epoch_ends(TrainingPosition(epoch, 10 * epoch), {"loss": 0.25, "val_loss": 0.5}, 1.5)
    display.close()


def test_plain_lines(tmp_path):
    said = reporter(tmp_path, terminal=False)
    play(progress(said, 2, 10))
    lines = said.messages.getvalue().splitlines()
    assert lines[0] == "step 5  val_loss 1.0000"
    assert re.fullmatch(r"epoch 1/2  loss 0.2500  val_loss 0.5000  1.5 s, 0.\d s left", lines[1])
    assert lines[3] == "epoch 2/2  loss 0.2500  val_loss 0.5000  1.5 s"
    assert (tmp_path / "log.txt").read_text().splitlines() == lines
    assert said.results.getvalue() == ""


def test_a_terminal_has_the_lines_and_a_bar(tmp_path):
    said = reporter(tmp_path, terminal=True)
    display = progress(said, 2, 10)
    assert isinstance(display, TerminalProgress)
    play(display)
    text = said.messages.getvalue()
    assert "epoch 2/2  loss 0.2500  val_loss 0.5000  1.5 s" in text
    assert "loss 0.5" in text
    assert " left, " in text
    assert len((tmp_path / "log.txt").read_text().splitlines()) == 4


def test_quiet_writes_the_log_alone(tmp_path):
    said = reporter(tmp_path, terminal=True, quiet=True)
    play(progress(said, 2, 10))
    said.say("a message")
    said.show("a result")
    assert said.messages.getvalue() == ""
    assert said.results.getvalue() == "a result\n"
    assert len((tmp_path / "log.txt").read_text().splitlines()) == 6


class Loss:
    def __init__(self) -> None:
        self.looks = 0

    def __float__(self) -> float:
        self.looks += 1
        return 0.5


def test_the_loss_is_read_rarely(tmp_path):
    display = TerminalProgress(reporter(tmp_path, terminal=True), 1, 100_000)
    loss = Loss()
    display.epoch_begins(1)
    for step in range(1, 20_001):
        display.step_ends(step, {"loss": loss})
    display.close()
    assert loss.looks < 200


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0000"), (12.34567, "12.3457"), (1e-5, "1.000e-05"), (-123456.0, "-1.235e+05")],
)
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (3599.9, "1 h 00 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_names_are_neither_markup_nor_emoji_nor_controls(tmp_path):
    shown = reporter(tmp_path, terminal=True)
    display = TerminalProgress(shown, 1, 1)
    display.epoch_ends(TrainingPosition(1, 1), {"[red]:smile:[/red]\x1b[2J\n": 0.5}, 1.0)
    text = "epoch 1/1  [red]:smile:[/red]\\x1b[2J\\n 0.5000  1.0 s\n"
    assert shown.messages.getvalue() == text
    assert (tmp_path / "log.txt").read_text() == text
