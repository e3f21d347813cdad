"""The time in which training steps wait for data."""

from __future__ import annotations

from typing import Any

from kpipe.data.feeds.exit_gate import EXIT_GATE


class Waiting:
    """Adds up the time between requests for batches and their arrival.

    Attributes:
        seconds: the time so far.

    Example:
        >>> waiting = Waiting()
        >>> waiting.add(0.5)
        >>> waiting.line(total=2.0)
        'steps waited for data in 25 % of their time'
    """

    def __init__(self) -> None:
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        """Add the time of one batch."""
        self.seconds += float(seconds)

    def line(self, total: float) -> str:
        """Return a sentence about the share of waiting in the time of the steps.

        Args:
            total: the time of the steps in seconds, including the time of waiting.
        """
        return f"steps waited for data in {100 * min(self.seconds / max(total, 1e-9), 1):.0f} % of their time"

    def measured(self, dataset: Any) -> Any:
        """Return a `tf.data.Dataset` of the same batches, which adds the time that each request for one takes."""
        import tensorflow as tf

        add = EXIT_GATE.passing(self.add)

        def arrived(requested: Any, batch: Any) -> Any:
            tf.numpy_function(add, [tf.timestamp() - requested], [])
            return batch

        # `zip` requests the time before the batch.
        times = tf.data.Dataset.range(dataset.cardinality()).map(lambda _: tf.timestamp())
        return tf.data.Dataset.zip((times, dataset)).map(arrived)
