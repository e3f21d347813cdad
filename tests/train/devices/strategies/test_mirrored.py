from golden import raises

from kpipe.errors import ArgumentError
from kpipe.train.devices.strategies.mirrored import Mirrored


def test_no_devices_cannot_train():
    with raises(ArgumentError):
        Mirrored(0)


def test_all_gpus_where_there_are_none():
    with raises(ArgumentError):
        Mirrored().start(lambda text: None)


def test_the_cpu_is_split_before_tensorflow_is_used_or_not_at_all():
    import tensorflow as tf

    tf.constant(1)
    with raises(ArgumentError):
        Mirrored(3).start(lambda text: None)
