import pytest

from kpipe.errors import ArgumentError
from kpipe.train.devices.strategies.mirrored import Mirrored


def test_no_devices_cannot_train():
    with pytest.raises(ArgumentError, match="devices: 0 devices cannot train"):
        Mirrored(0)


def test_all_gpus_where_there_are_none():
    with pytest.raises(ArgumentError, match="there is no GPU; write devices: 2"):
        Mirrored().start(lambda text: None)


def test_the_cpu_is_split_before_tensorflow_is_used_or_not_at_all():
    import tensorflow as tf

    tf.constant(1)
    with pytest.raises(ArgumentError, match="has been used in this process with fewer parts of the CPU than 3"):
        Mirrored(3).start(lambda text: None)
