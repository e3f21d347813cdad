"""What a run does for the callbacks of `kpipe_callbacks`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import keras
from kpipe_callbacks import ExplosionDetector, PolyakAveraging, Schedule
from kpipe_callbacks.step_callback import StepCallback
from kpipe_callbacks.training_session import TrainingSession

from kpipe.messages.redirected_output import redirected_output
from kpipe.spec.node import Node
from kpipe.spec.refusal import Place, refusal


def prepare_own(callback: Any, batch_size: int) -> None:
    """Gives a callback of `kpipe_callbacks` what a spec need not say.

    Args:
        callback: any callback.
        batch_size: samples of a batch, of all replicas together.
    """
    if isinstance(callback, Schedule):
        callback.batch_size = float(batch_size)
    if isinstance(callback, PolyakAveraging):
        # The model that is kept is chosen after the training.
        callback.reestimates_at_end = False


def rehearse(callbacks: Sequence[tuple[Any, Node]], model: keras.Model, epochs: int, steps: int, place: Place) -> None:
    """Lets the callbacks of `kpipe_callbacks` refuse before the training what they would refuse at its beginning.

    Args:
        callbacks: with their nodes.
        model: compiled, its optimizer built; it is left as it was.
        epochs: of the training.
        steps: of an epoch.
        place: where paths of the spec stand.

    Raises:
        SpecError: what a callback refuses, at its place.
    """
    params = {"epochs": epochs, "steps": steps, "verbose": 0}
    try:
        for callback, node in callbacks:
            if isinstance(callback, StepCallback):
                callback.set_model(model)
                callback.set_params(params)
                try:
                    with redirected_output(io.StringIO()):
                        callback.on_train_begin()
                except ValueError as error:
                    raise refusal(place, "train.callbacks", str(error), node) from error
    finally:
        session = TrainingSession.of(model)
        if session is not None:
            session.close()


def averaging_of(callbacks: Sequence[Any]) -> PolyakAveraging | None:
    """The callback that averages the weights, or None."""
    return next((entry for entry in callbacks if isinstance(entry, PolyakAveraging)), None)


def detector_of(callbacks: Sequence[Any]) -> ExplosionDetector | None:
    """The callback that notices explosions, or None."""
    return next((entry for entry in callbacks if isinstance(entry, ExplosionDetector)), None)
