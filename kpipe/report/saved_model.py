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
    """Load the uncompiled model of a run, which accepts raw inputs.

    Args:
        folder: the folder of the run.
        say: receives a message about each file or module of `imports` that is run.

    Raises:
        SpecError: the imported code fails.
        DataError: the folder does not exist, contains no model, or the file is damaged.
    """
    if not folder.path.is_dir():
        raise DataError(f"not a folder; expected the folder of a finished run, such as runs/NAME/1, got {folder.path}")
    path = folder.model_file()
    # Importing the package registers its layers in Keras.
    importlib.import_module("kpipe.layers")
    make_loadable(folder / RunFile.SPEC, say)
    try:
        return keras.saving.load_model(path, compile=False)
    except MemoryError:
        raise
    except Exception as error:
        _check_spec(folder)
        # Keras, zipfile and h5py raise different exceptions for a damaged file.
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{path} cannot be loaded: {first}") from error


def _check_spec(folder: RunFolder) -> None:
    """Raise an error if the spec of a run is not valid, for example because a plug-in was removed."""
    if not (folder / RunFile.SPEC).is_file():
        return
    try:
        checked(folder / RunFile.SPEC)
    except SpecError as error:
        raise DataError(
            f"{folder / RunFile.MODEL} cannot be loaded, because its spec is not valid in this installation:\n{error}"
        ) from None


def training_model(raw_model: Any) -> Any:
    """Return the model inside a saved model that accepts batches of the dataset: resized images, encoded tables.

    Args:
        raw_model: a model from `saved_model`.

    Returns:
        The nested model without the conversion of raw inputs, with the same weights; the model itself if raw inputs
        need no conversion.
    """
    name = raw_model.name.removesuffix("_raw")
    inner = [layer for layer in raw_model.layers if isinstance(layer, keras.Model) and layer.name == name]
    return inner[0] if inner and name != raw_model.name else raw_model
