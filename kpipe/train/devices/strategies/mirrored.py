"""The strategy that trains on several devices of one machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from annotated_types import Ge

from kpipe.components.argument_check import check_arguments
from kpipe.errors import ArgumentError
from kpipe.train.devices.strategies.strategy import Devices, Strategy

#: TensorFlow's strategies by device names; a second strategy for the same devices would break the next model.
_STARTED: dict[tuple[str, ...], Any] = {}


class Mirrored(Strategy):
    """Computes each step on several devices that have copies of the same weights (`tf.distribute.MirroredStrategy`).

    Each replica computes a part of the batch. The gradients are summed before they are clipped and applied, so that the
    training is equivalent to one on a single device with the whole batch.

    Args:
        devices: the number of devices, at least 1; by default all GPUs. Without a GPU, logical CPU devices are used
            for trials, which is not faster.
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
            raise ArgumentError(
                "devices", f"too many devices; expected at most {gpus} (the number of GPUs), got {count}"
            )
        if not gpus and not count:
            raise ArgumentError("devices", "no GPU is available; write devices: 2 to try it on logical CPU devices")
        if not gpus:
            _split_cpu(count)
            say(
                f"no GPU is available; {count} replicas run on logical CPU devices for trials, which is not faster "
                "than one device"
            )
        names = tuple(f"{'GPU' if gpus else 'CPU'}:{index}" for index in range(count))
        if _STARTED and names not in _STARTED:
            (other,) = _STARTED
            raise ArgumentError("devices", f"this process already trains on {', '.join(other)}; start another process")
        distribution = _STARTED.get(names) or tf.distribute.MirroredStrategy(list(names))
        _STARTED[names] = distribution
        return Devices(distribution.scope, distribution)


def _split_cpu(count: int) -> None:
    """Create logical CPU devices, which is possible once per process, before TensorFlow computes anything."""
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    configured = tf.config.get_logical_device_configuration(cpu)
    if configured is not None and len(configured) >= count:
        return
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * count)
    except RuntimeError:
        message = (
            f"this process already uses TensorFlow with fewer than {count} logical CPU devices; start another process"
        )
        raise ArgumentError("devices", message) from None
