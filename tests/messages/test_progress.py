import io
import re
import time

import numpy as np

from kpipe.messages.notebook_progress import NotebookProgress
from kpipe.messages.notebook_stream import NotebookStream
from kpipe.messages.plain_progress import PlainProgress
from kpipe.messages.progress import progress
from kpipe.messages.reporter import Reporter
from kpipe.messages.terminal_progress import TerminalProgress
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


def test_names_are_neither_markup_nor_emoji_nor_controls(tmp_path):
    shown = reporter(tmp_path, terminal=True)
    display = TerminalProgress(shown, 1, 1)
    display.epoch_ends(TrainingPosition(1, 1), {"[red]:smile:[/red]\x1b[2J\n": 0.5}, 1.0)
    text = "epoch 1/1  [red]:smile:[/red]\\x1b[2J\\n 0.5000  1.0 s\n"
    assert shown.messages.getvalue() == text
    assert (tmp_path / "log.txt").read_text() == text


def test_the_time_left_counts_the_time_before_an_interruption(tmp_path):
    said = reporter(tmp_path, terminal=False)
    progress(said, 2, 10, time.perf_counter() - 100).epoch_ends(TrainingPosition(1, 10), {}, 1.0)
    assert "1 min 40 s left" in said.messages.getvalue()


def test_a_notebook_has_the_lines_and_a_bar_that_is_removed(tmp_path, outputs):
    said = Reporter(messages=NotebookStream(), terminal=False)
    display = progress(said, 2, 10)
    assert isinstance(display, NotebookProgress)
    display.epoch_begins(1)
    display.step_ends(5, {"loss": np.float32(0.5)})
    (output,) = outputs
    assert output.text.startswith("epoch 1/2 ████████████░░░░░░░░░░░░ 5/10 loss 0.5  ")
    play(display)
    assert [line.split("  ")[0] for line in output.text.splitlines()] == ["step 5", "epoch 1/2", "step 15", "epoch 2/2"]
    assert progress(Reporter(quiet=True, messages=NotebookStream()), 1, 1).__class__ is PlainProgress
