"""A batch larger than the training part is reported."""

from checks.static.networks import found

from kpipe.checks.static.oversized_batch import OversizedBatch


def test_a_larger_batch_is_reported():
    (message,) = found(OversizedBatch(), batch_size=256, samples=120)
    assert message.startswith("data.batch_size: a batch of 256 is larger than the training part of 120 samples")


def test_a_full_batch_is_not():
    assert found(OversizedBatch(), batch_size=120, samples=120) == []
