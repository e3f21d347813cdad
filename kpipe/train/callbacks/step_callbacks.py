"""What a run asks of the callbacks that declare themselves as a `StepCallback`."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import keras
from kpipe_callbacks import StepCallback
from kpipe_callbacks.training_session import TrainingSession

from kpipe.messages.redirected_output import redirected_output
from kpipe.spec.node import Node
from kpipe.spec.refusal import Place, refusal

Callbacks = Sequence[keras.callbacks.Callback]


def check_step_callbacks(
    callbacks: Sequence[tuple[keras.callbacks.Callback, Node]],
    model: keras.Model,
    epochs: int,
    steps: int,
    place: Place,
) -> None:
    """Lets callbacks refuse before the training what they would refuse at its beginning.

    Args:
        callbacks: with their nodes.
        model: compiled, its optimizer built; it is left as it was.
        epochs: of the training.
        steps: of an epoch.
        place: where paths of the spec are.

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


def step_callbacks(callbacks: Callbacks) -> list[StepCallback]:
    """Those of some callbacks that act inside the compiled step."""
    return [entry for entry in callbacks if isinstance(entry, StepCallback)]


def judges_loss(callbacks: Callbacks) -> bool:
    """Whether a callback decides when the training has exploded."""
    return any(entry.judges_loss for entry in step_callbacks(callbacks))


def has_exploded(callbacks: Callbacks) -> bool:
    """Whether a callback has ended the training because it exploded."""
    return any(entry.has_exploded for entry in step_callbacks(callbacks))


def explosions(callbacks: Callbacks) -> list[Mapping[str, Any]]:
    """What callbacks have found, one mapping for each explosion."""
    return [event for entry in step_callbacks(callbacks) for event in entry.explosions]


def complete_model(callbacks: Callbacks, training_data: Callable[[], Iterable[Any]]) -> bool:
    """Lets callbacks complete the model that was chosen; returns whether one has changed it.

    Args:
        callbacks: of the training, which has ended.
        training_data: returns batches of the training part.
    """
    # Each of them is called, not only those up to the first one that changes the model.
    changed = [entry.on_model_chosen(training_data) for entry in step_callbacks(callbacks)]
    return any(changed)
