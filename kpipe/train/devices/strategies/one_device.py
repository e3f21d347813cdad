"""The strategy that trains on one device."""

from __future__ import annotations

from collections.abc import Callable

from kpipe.errors import ArgumentError
from kpipe.train.devices.strategies.strategy import Devices, Strategy


class OneDevice(Strategy):
    """Trains on one device, regardless of others.

    Args:
        device: `CPU`, `GPU`, or a device with a number from 0, such as `GPU:1`.
    """

    def __init__(self, device: str) -> None:
        kind, _, number = device.upper().partition(":")
        if kind not in ("CPU", "GPU") or not (number or "0").isdigit():
            raise ArgumentError("device", f"{device!r} is not a device; expected CPU, GPU, or GPU:1 for the second GPU")
        self.device = f"{kind}:{number or 0}"

    def start(self, say: Callable[[str], None]) -> Devices:
        """Claim the device."""
        import tensorflow as tf

        del say
        known = [device.name.removeprefix("/device:") for device in tf.config.list_logical_devices()]
        if self.device not in known:
            raise ArgumentError("device", f"unknown device {self.device}; available: {', '.join(known)}")
        return Devices(tf.distribute.OneDeviceStrategy(self.device).scope)
