"""The notices about a model and its data before the training."""

from __future__ import annotations

from typing import Any

import keras

from kpipe.spec.sections.train import Train
from kpipe.train.notices.codes_as_numbers import codes_as_numbers
from kpipe.train.notices.far_values import far_values
from kpipe.train.notices.lagging_statistics import lagging_statistics
from kpipe.train.notices.scaled_twice import scaled_twice
from kpipe.train.notices.small_last_batch import small_last_batch
from kpipe.train.notices.unread_inputs import unread_inputs
from kpipe.train.notices.weight_scale import weight_scale


def notices(model: keras.Model, train: Train, prepared: Any) -> list[str]:
    """Return a notice for each problem that does not prevent the training but is probably unintended.

    Args:
        model: the training model.
        train: the section `train`.
        prepared: the data with fitted preparations.
    """
    single = (
        unread_inputs(model, prepared),
        small_last_batch(model, prepared),
        lagging_statistics(model, train, prepared),
        weight_scale(prepared),
    )
    several = (scaled_twice(model, prepared), far_values(prepared), codes_as_numbers(model, prepared))
    return [*(line for line in single if line is not None), *(line for lines in several for line in lines)]
