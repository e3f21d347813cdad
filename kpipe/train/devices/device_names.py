"""The names of the devices of a training."""

from __future__ import annotations

import tensorflow as tf

from kpipe.data.cores import cores
from kpipe.messages.counted import counted
from kpipe.train.devices.strategies.strategy import Devices


def device_names(devices: Devices) -> list[str]:
    """Return the devices on which a model is trained, GPUs with their model and the CPU with the number of cores.

    Args:
        devices: the claimed devices.

    Example:
        >>> from kpipe.train.devices.strategies.strategy import DEFAULT_DEVICES
        >>> device_names(DEFAULT_DEVICES)[0].partition(" ")[0] in ("CPU", "GPU:0")
        True
    """
    with devices.scope():
        has_strategy = tf.distribute.has_strategy()
        claimed = tf.distribute.get_strategy().extended.worker_devices if has_strategy else [tf.zeros(()).device]
    names = [_short(name) for name in claimed]
    gpus = tf.config.get_visible_devices("GPU")
    models = {f"GPU:{number}": _model(gpu) for number, gpu in enumerate(gpus)}
    if names == ["CPU:0"]:
        return [f"CPU ({counted(_cpu_threads(), 'core')})"]
    return [f"{name} {models[name]}" if models.get(name) else name for name in names]


def _short(name: str) -> str:
    found = tf.DeviceSpec.from_string(name)
    return f"{found.device_type or 'CPU'}:{found.device_index or 0}"


def _model(gpu: tf.config.PhysicalDevice) -> str | None:
    name: str | None = tf.config.experimental.get_device_details(gpu).get("device_name")
    return name


def _cpu_threads() -> int:
    """Return the number of cores, or the number of threads if that is limited to less."""
    return min(cores(), tf.config.threading.get_intra_op_parallelism_threads() or cores())
