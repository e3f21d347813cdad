"""A training on several devices of one machine, each with a part of every batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.train.devices.strategies.strategy import Devices, Strategy

#: TensorFlow's strategies by their devices: a second object for the same devices breaks the next model.
_STARTED: dict[tuple[str, ...], Any] = {}


class Mirrored(Strategy):
    """Computes each step on several devices that have copies of the same weights (`tf.distribute.MirroredStrategy`).

    Every replica gets its part of the batch; the gradients are added up before they are clipped and applied, so the
    training is that of one device with the whole batch.

    Args:
        devices: how many: the first so many GPUs, or without a GPU as many logical CPU devices, for trials; they are
            not faster; by default all GPUs.
    """

    @check_arguments
    def __init__(self, devices: Annotated[int, Ge(1)] | None = None) -> None:
        self.devices = devices

    def start(self, say: Callable[[str], None]) -> Devices:
        """Claim the devices."""
        import tensorflow as tf

        gpus = len(tf.config.list_physical_devices("GPU"))
        count = self.devices or gpus
        if gpus and count > gpus:
            raise ArgumentError("devices", f"expected at most {gpus} devices, since there are {gpus} GPUs; got {count}")
        if not gpus and not count:
            raise ArgumentError("devices", "no GPU is available; write devices: 2 to try it on logical CPU devices")
        if not gpus:
            _split_cpu(count)
            say(f"no GPU: {count} replicas on logical CPU devices, for trials; they are not faster than one")
        names = tuple(f"{'GPU' if gpus else 'CPU'}:{index}" for index in range(count))
        if _STARTED and names not in _STARTED:
            (other,) = _STARTED
            raise ArgumentError("devices", f"this process trains on {', '.join(other)} already; start another process")
        distribution = _STARTED.get(names) or tf.distribute.MirroredStrategy(list(names))
        _STARTED[names] = distribution
        say(f"{count} replicas: {', '.join(names)}")
        return Devices(distribution.scope, distribution)


def _split_cpu(count: int) -> None:
    """Make several devices of the CPU, which works once in a process, before TensorFlow has computed anything."""
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    configured = tf.config.get_logical_device_configuration(cpu)
    if configured is not None and len(configured) >= count:
        return
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError:
        message = f"TensorFlow has been used in this process with fewer logical CPU devices than {count}; start another"
        raise ArgumentError("devices", message) from None
