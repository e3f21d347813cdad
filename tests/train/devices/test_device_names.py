"""The devices of a training, as TensorFlow places its operations."""

import sys

import pytest
import tensorflow as tf
import warm_process

from kpipe.data.cores import cores
from kpipe.train.devices.device_names import device_names
from kpipe.train.devices.strategies.one_device import OneDevice
from kpipe.train.devices.strategies.strategy import DEFAULT_DEVICES, Devices

HAS_GPU = bool(tf.config.list_physical_devices("GPU"))
REPLICAS = """
from kpipe.train.devices.device_names import device_names
from kpipe.train.devices.strategies.mirrored import Mirrored
print(device_names(Mirrored(2).start(lambda text: None)))
"""


def test_the_cpu_has_a_number_of_cores():
    expected = f"CPU ({cores()} core{'' if cores() == 1 else 's'})"
    assert device_names(OneDevice("CPU").start(lambda text: None)) == [expected]
    assert device_names(Devices(lambda: tf.device("CPU:0"))) == [expected]
    if not HAS_GPU:
        assert device_names(DEFAULT_DEVICES) == [expected]


@pytest.mark.skipif(not HAS_GPU, reason="no GPU")
def test_a_gpu_has_its_model():
    (name,) = device_names(DEFAULT_DEVICES)
    assert name.startswith("GPU:0 ")


@pytest.mark.slow
@pytest.mark.tensorflow
def test_replicas_are_listed():
    # A process of its own, since the CPU can be divided only before TensorFlow computes.
    result = warm_process.run([sys.executable, "-c", REPLICAS], capture_output=True, text=True, check=True)
    assert result.stdout.strip() in ("['CPU:0', 'CPU:1']",) or "GPU:1" in result.stdout
