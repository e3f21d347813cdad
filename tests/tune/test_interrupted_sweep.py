"""Ctrl-C and SIGTERM during `kpipe tune`, for the whole group of processes as on a terminal."""

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import warm_process
from typer.testing import CliRunner

from kpipe.cli import app

pytestmark = pytest.mark.slow

#: A trial stays in its first step until it is interrupted, and none ends before.
CODE = """\
import os, signal, time
from pathlib import Path
import keras


class Stay(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        Path(os.environ["KPIPE_TEST_FOLDER"], "trains").touch()
        while "KPIPE_TEST_STAYS" in os.environ and signal.getsignal(signal.SIGINT) != signal.SIG_DFL:
            time.sleep(0.01)
"""
SPEC = """\
name: toy
imports: [./stay.py]
data: {source: Digits, validation: 0.2, batch_size: 128, prepare: [Rescale: {scale: 0.0625}]}
model: [Flatten, Dense: {units: =classes}]
train: {epochs: 2, optimizer: SGD, callbacks: [Stay]}
tune:
  oracle: {RandomSearch: {trials: 2}}
  space: {train.optimizer.learning_rate: {Log: [1e-3, 0.1]}}
"""


def kpipe(arguments, folder, **variables):
    command = [sys.executable, "-m", "kpipe", *arguments]
    env = {**os.environ, "KPIPE_TEST_FOLDER": str(folder), **variables}
    return warm_process.Popen(
        command, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def processes(folder):
    """The processes that were started by `kpipe`, directly or not."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and f"KPIPE_TEST_FOLDER={folder}".encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_everything_ends_and_the_last_message_resumes_the_sweep(tmp_path, monkeypatch, number):
    (tmp_path / "toy.yaml").write_text(SPEC)
    (tmp_path / "stay.py").write_text(CODE)
    command = ["tune", "toy.yaml", "--output", "my sweep", "--workers", "2"]
    process = kpipe(command, tmp_path, KPIPE_TEST_STAYS="1")
    journal = tmp_path / "my sweep" / "journal.jsonl"
    try:
        while not (tmp_path / "trains").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        os.killpg(process.pid, number)
        _, said = process.communicate()
    finally:
        # The trials end with it; otherwise they would stay for ever if this test is interrupted.
        process.kill()
    assert process.returncode == 130
    assert processes(tmp_path) == []
    *_, resume, last = said.splitlines()
    assert last == "interrupted"
    assert journal.read_text().count("tell") < 2
    words = shlex.split(resume.removeprefix("resume with: kpipe "))
    assert words == ["tune", "my sweep/spec.yaml", "--output", "my sweep", "--resume", "--workers", "2"]
    # In this process, since another one would import TensorFlow again.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KPIPE_TEST_FOLDER", str(tmp_path))
    with warm_process.warm_trials():
        again = CliRunner().invoke(app, words)
    assert again.exit_code == 0, again.output
    assert [line.split(",")[2] for line in (tmp_path / "my sweep" / "trials.csv").read_text().splitlines()[1:]] == [
        "completed"
    ] * 2
