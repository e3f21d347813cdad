"""What kpipe knows about Keras' own callbacks beyond their signatures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_A_FUNCTION = "it needs a Python function"
_BY_KPIPE = "kpipe does this for every run"


@dataclass(frozen=True, slots=True)
class KerasCallback:
    """One of Keras' callbacks.

    Args:
        not_in_specs: why a spec cannot use it; empty where it can.
        package: the package that it needs and that kpipe does not install, with the name by which it is imported.
        files: the arguments that name files, with the use of each, one of `FILE_USES`.
        sets_learning_rate: whether it sets the optimizer's learning rate.
        swaps_averages: whether it gives the model the averages of its optimizer for the validation.
        appended_file: the attribute with the file to which it appends a row an epoch; empty where it has none.
        set_when_opened: attributes that it sets when it opens that file, which no checkpoint restores.
    """

    not_in_specs: str = ""
    package: tuple[str, str] | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    sets_learning_rate: bool = False
    swaps_averages: bool = False
    appended_file: str = ""
    set_when_opened: frozenset[str] = frozenset()


#: By class name.
KERAS_CALLBACKS: Mapping[str, KerasCallback] = {
    "BackupAndRestore": KerasCallback(
        not_in_specs="it restores the number of the epoch only, not the whole state of the training"
    ),
    "CSVLogger": KerasCallback(
        files={"filename": "output"},
        appended_file="filename",
        set_when_opened=frozenset({"append", "append_header", "writer", "csv_file"}),
    ),
    "Callback": KerasCallback(not_in_specs="it is a base class"),
    "CallbackList": KerasCallback(not_in_specs="write the callbacks as a list"),
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

_NOTHING = KerasCallback()


def keras_facts(callback: Any) -> KerasCallback:
    """What is known about a callback of Keras, or about the one that a custom callback extends.

    Args:
        callback: any callback; nothing is known about one that extends none of Keras'.

    Example:
        >>> import keras
        >>> class Plateau(keras.callbacks.ReduceLROnPlateau):
        ...     pass
        >>> keras_facts(Plateau()).sets_learning_rate
        True
    """
    of_keras = [entry for entry in type(callback).__mro__ if entry.__module__.partition(".")[0] == "keras"]
    return next((KERAS_CALLBACKS[entry.__name__] for entry in of_keras if entry.__name__ in KERAS_CALLBACKS), _NOTHING)
