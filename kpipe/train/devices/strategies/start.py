"""Starting the strategy of a spec."""

from __future__ import annotations

from collections.abc import Callable

from kpipe.components import build
from kpipe.errors import ArgumentError, SpecError
from kpipe.spec.node import Node
from kpipe.spec.problem_at import problem_at
from kpipe.train.devices.strategies.mirrored import Mirrored
from kpipe.train.devices.strategies.strategy import DEFAULT_DEVICES, Devices


def start(node: Node | None, say: Callable[[str], None]) -> Devices:
    """Claim the devices of a spec; call it before TensorFlow computes anything.

    Args:
        node: the node of `train.strategy`; `auto` or None selects `Mirrored` if there are several GPUs, and otherwise
            the default device of TensorFlow.
        say: receives each message.

    Raises:
        SpecError: the devices are not available.
    """
    import tensorflow as tf

    if node is None or node.value in ("auto", None):
        several = len(tf.config.list_physical_devices("GPU")) > 1
        return Mirrored().start(say) if several else DEFAULT_DEVICES
    try:
        devices: Devices = build(node, "strategy").start(say)
    except ArgumentError as error:
        raise SpecError([problem_at(node, error.message, error.suggestion)]) from error
    return devices
