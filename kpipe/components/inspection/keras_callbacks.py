"""Facts about Keras' callbacks that their signatures do not state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_A_FUNCTION = "it requires a Python function"
_BY_KPIPE = "kpipe already does this in every run"


@dataclass(frozen=True, slots=True)
class KerasCallback:
    """Facts about one callback of Keras.

    Args:
        not_in_specs: the reason why a spec cannot use it; empty if it can.
        package: a required package that kpipe does not install, with the name by which it is imported.
        files: the arguments that are file names, with their use, one of `FILE_USES`.
        sets_learning_rate: whether it sets the learning rate of the optimizer.
        swaps_averages: whether it replaces the weights of the model by averages for validation.
        appended_file: the attribute with the file to which it appends one row per epoch; empty if there is none.
        set_when_opened: attributes that it sets when it opens the file, which are not restored from a checkpoint.
    """

    not_in_specs: str = ""
    package: tuple[str, str] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    sets_learning_rate: bool = False
    swaps_averages: bool = False
    appended_file: str = ""
    set_when_opened: frozenset[str] = frozenset()


#: The facts by class name.
KERAS_CALLBACKS: Mapping[str, KerasCallback] = {
    "BackupAndRestore": KerasCallback(
        not_in_specs="it restores only the epoch number, not the complete training state"
    ),
    "CSVLogger": KerasCallback(
        files={"filename": "output"},
        appended_file="filename",
        set_when_opened=frozenset({"append", "append_header", "writer", "csv_file"}),
    ),
    "Callback": KerasCallback(not_in_specs="it is a base class"),
    "CallbackList": KerasCallback(not_in_specs="list the callbacks under train.callbacks"),
    "History": KerasCallback(not_in_specs=f"{_BY_KPIPE}: history.csv"),
    "LambdaCallback": KerasCallback(not_in_specs=_A_FUNCTION),
    "LearningRateScheduler": KerasCallback(
        not_in_specs=f"{_A_FUNCTION}; use a schedule, such as CosineSchedule", sets_learning_rate=True
    ),
    "ModelCheckpoint": KerasCallback(files={"filepath": "template"}),
    "OrbaxCheckpoint": KerasCallback(files={"directory": "output"}, package=("orbax-checkpoint", "orbax")),
    "ProgbarLogger": KerasCallback(not_in_specs=f"{_BY_KPIPE}: the progress on the terminal"),
    "ReduceLROnPlateau": KerasCallback(sets_learning_rate=True),
    "RemoteMonitor": KerasCallback(
        not_in_specs="it sends the results of the training to a server; to use it, write a subclass of it in a file "
        "under `imports`"
    ),
    "SwapEMAWeights": KerasCallback(swaps_averages=True),
    "TensorBoard": KerasCallback(files={"embeddings_metadata": "companion", "log_dir": "output"}),
}

_NO_FACTS = KerasCallback()


def keras_facts(callback: Any) -> KerasCallback:
    """Return the facts about a callback of Keras, or about the one that a custom callback extends.

    Args:
        callback: any callback; the facts are empty unless it extends a callback of Keras.

    Example:
        >>> import keras
        >>> class Plateau(keras.callbacks.ReduceLROnPlateau):
        ...     pass
        >>> keras_facts(Plateau()).sets_learning_rate
        True
    """
    of_keras = [entry for entry in type(callback).__mro__ if entry.__module__.partition(".")[0] == "keras"]
    return next((KERAS_CALLBACKS[entry.__name__] for entry in of_keras if entry.__name__ in KERAS_CALLBACKS), _NO_FACTS)
