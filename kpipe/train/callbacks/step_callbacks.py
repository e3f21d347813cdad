"""The requests of a run to callbacks that are a `StepCallback`."""

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
    """Call `on_train_begin` of step callbacks before the training, so that they report errors early.

    Args:
        callbacks: the callbacks with their nodes.
        model: a compiled model whose optimizer is built; it is not changed.
        epochs: the number of epochs of the training.
        steps: the number of steps of an epoch.
        place: maps a dotted path of the spec to its mark.

    Raises:
        SpecError: a callback refuses the training; reported at its place.
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
    """Return the callbacks that act inside the compiled step."""
    return [entry for entry in callbacks if isinstance(entry, StepCallback)]


def judges_loss(callbacks: Callbacks) -> bool:
    """Return whether a callback decides when the training has exploded."""
    return any(entry.judges_loss for entry in step_callbacks(callbacks))


def has_exploded(callbacks: Callbacks) -> bool:
    """Return whether a callback has ended the training because it exploded."""
    return any(entry.has_exploded for entry in step_callbacks(callbacks))


def explosions(callbacks: Callbacks) -> list[Mapping[str, Any]]:
    """Return the explosions that callbacks have found, one mapping for each."""
    return [event for entry in step_callbacks(callbacks) for event in entry.explosions]


def complete_model(callbacks: Callbacks, training_data: Callable[[], Iterable[Any]]) -> bool:
    """Call the callbacks to complete the chosen model, and return whether one has changed it.

    Args:
        callbacks: the callbacks of the training, which has ended.
        training_data: returns the batches of the training part.
    """
    # A generator inside `any` would stop at the first callback that changes the model.
    changed = [entry.on_model_chosen(training_data) for entry in step_callbacks(callbacks)]
    return any(changed)
