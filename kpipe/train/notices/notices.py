"""The notices about a model and its data before the training."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.train.notices.scaled_twice import scaled_twice
from kpipe.train.notices.small_last_batch import small_last_batch


def notices(model: keras.Model, prepared: Any) -> list[str]:
    """Return a notice for each problem that does not prevent the training but is probably unintended.

    Args:
        model: the training model.
        prepared: the data with fitted preparations.
    """
    last_batch = small_last_batch(model, prepared)
    return [*([last_batch] if last_batch else []), *scaled_twice(model, prepared)]
