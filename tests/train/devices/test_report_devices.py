"""A run reports its devices before anything else."""

import sys

import pytest
import warm_process

import kpipe
from kpipe.data.cores import cores
from kpipe.messages.counted import counted
from kpipe.train.devices.report_devices import report_devices
from kpipe.train.devices.strategies.one_device import OneDevice

REPLICAS = """
from kpipe.train.devices.report_devices import report_devices
from kpipe.train.devices.strategies.mirrored import Mirrored
report_devices(Mirrored(2).start(lambda text: None), print)
"""


def test_one_device():
    said = []
    report_devices(OneDevice("CPU").start(said.append), said.append)
    assert said[0] == f"devices: CPU ({counted(cores(), 'core')})"


@pytest.mark.slow
def test_a_run_reports_its_devices_first_and_records_them(tmp_path):
    values = {"train.epochs": 1, "train.strategy": {"OneDevice": {"device": "CPU"}}}
    run = kpipe.load("kpipe:digits", values).run(tmp_path / "run")
    line = f"devices: CPU ({counted(cores(), 'core')})"
    assert (tmp_path / "run" / "log.txt").read_text().splitlines()[0] == line
    (start,) = run.result["started"]
    assert start["notices"][0] == line
    assert start["devices"] == [line.removeprefix("devices: ")]


@pytest.mark.slow
@pytest.mark.tensorflow
def test_replicas_are_counted():
    # A process of its own, since the CPU can be divided only before TensorFlow computes.
    result = warm_process.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=True)
    (first, *_) = result.stdout.splitlines()
    assert first == "devices: CPU:0, CPU:1 (2 replicas)" or ("GPU:1" in first and first.endswith("(2 replicas)"))
