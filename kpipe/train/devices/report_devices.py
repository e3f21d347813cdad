"""The message about the devices of a run."""

from __future__ import annotations

import os
from collections.abc import Callable

import tensorflow as tf

from kpipe.train.devices.device_names import device_names
from kpipe.train.devices.missing_gpu import missing_gpu
from kpipe.train.devices.strategies.strategy import Devices


def report_devices(devices: Devices, say: Callable[[str], None]) -> None:
    """Report the devices of a run and the number of its replicas, and an NVIDIA card that TensorFlow does not find.

    Args:
        devices: the claimed devices.
        say: receives each message.

    Example:
        >>> from kpipe.train.devices.strategies.one_device import OneDevice
        >>> report_devices(OneDevice("CPU").start(print), lambda text: print(text.split()[:2]))
        ['devices:', 'CPU']
    """
    replicas = f" ({devices.replicas} replicas)" if devices.replicas > 1 else ""
    say(f"devices: {', '.join(device_names(devices))}{replicas}")
    if tf.config.list_physical_devices("GPU"):
        return
    if notice := missing_gpu(os.environ, has_cuda=tf.test.is_built_with_cuda()):
        say(notice)
