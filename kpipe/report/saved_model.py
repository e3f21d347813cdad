"""The model of a finished run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from kpipe.checks.checked_spec import checked
from kpipe.components.custom_code.imports import make_loadable
from kpipe.components.quiet_import import import_keras
from kpipe.errors import DataError, SpecError
from kpipe.run_files import RunFile
from kpipe.train.run_folder.run_folder import RunFolder

keras = import_keras()


def saved_model(folder: RunFolder, say: Callable[[str], None] | None = None) -> Any:
    """The model that a run kept, not compiled; it accepts raw inputs.

    Args:
        folder: of the run.
        say: receives a line about which code of the run's `imports` is run.

    Raises:
        SpecError: that code fails.
        DataError: there is no such folder, it contains no model, or the file is damaged.
    """
    if not folder.path.is_dir():
        raise DataError(f"{folder.path} is not a folder; expected the folder of a finished run, such as runs/NAME/1")
    path = folder.model_file()
    # Keras finds classes by their registration, which happens on import.
    importlib.import_module("kpipe.layers")
    make_loadable(folder / RunFile.SPEC, say)
    try:
        return keras.saving.load_model(path, compile=False)
    except MemoryError:
        raise
    except Exception as error:
        _refuse_missing_code(folder)
        # Keras, zipfile and h5py each complain in their own way about a damaged file.
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{path} cannot be loaded: {first}") from error


def _refuse_missing_code(folder: RunFolder) -> None:
    """Refuse a run whose spec has names that are unknown here, as after a plug-in was removed."""
    if not (folder / RunFile.SPEC).is_file():
        return
    try:
        checked(folder / RunFile.SPEC)
    except SpecError as error:
        raise DataError(
            f"{folder / RunFile.MODEL} cannot be loaded, since its spec is not valid here:\n{error}"
        ) from None


def training_model(raw_model: Any) -> Any:
    """The model inside a saved one that accepts batches of the data: resized images, coded tables.

    Args:
        raw_model: as `saved_model` returns it.

    Returns:
        The nested model that `kpipe.model.build` put behind the raw inputs, with the same weights; the model itself
        where raw inputs need no step of their own.
    """
    name = raw_model.name.removesuffix("_raw")
    inner = [layer for layer in raw_model.layers if isinstance(layer, keras.Model) and layer.name == name]
    return inner[0] if inner and name != raw_model.name else raw_model
