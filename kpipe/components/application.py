"""Construction of the networks of `keras.applications`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kpipe.components.registry.registry import vocabulary
from kpipe.errors import ArgumentError
from kpipe.spec.missing_path import missing_path
from kpipe.spec.node import Node, split_component

#: How Keras begins the message about a download that has failed.
_FAILED_DOWNLOAD = "URL fetch failure on "
#: The shapes and the path of a variable in the message about weights that do not fit.
_SHAPES = re.compile(
    r"variable\.shape=(\([\d, ]*\)), Received: value\.shape=(\([\d, ]*\))\. Target variable: <Variable path=([^,]+),"
)
_ENDINGS = (".weights.h5", ".keras", ".h5")


def build_application(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function of `keras.applications`, and explain why its weights cannot be loaded.

    Args:
        function: the function, such as `keras.applications.MobileNetV2`.
        arguments: its arguments; `weights` is None, `imagenet`, or the path of a file.

    Raises:
        ArgumentError: the file of the weights is missing or belongs to another network, or the download failed.
    """
    weights = arguments.get("weights")
    if isinstance(weights, Path):
        if not weights.is_file():
            contents, meant = missing_path(weights, _ENDINGS)
            raise ArgumentError("weights", f"file not found: {weights}; {contents}", meant)
        try:
            return _loaded(function, arguments, weights)
        except (OSError, ValueError) as error:
            raise ArgumentError("weights", _mismatch(weights, error)) from error
    try:
        return function(**arguments)
    except Exception as error:
        # Keras raises no class of its own.
        if not str(error).startswith(_FAILED_DOWNLOAD):
            raise
        reason = " ".join(str(error).removeprefix(_FAILED_DOWNLOAD).split())
        raise ArgumentError(
            "weights",
            f"the weights cannot be downloaded: {reason}; connect to the internet, write the path of a file that was "
            "downloaded elsewhere, or write `weights: null` for random weights",
        ) from error


def _loaded(function: Callable[..., Any], arguments: Mapping[str, Any], weights: Path) -> Any:
    network = function(**{**arguments, "weights": None})
    with warnings.catch_warnings():
        # Keras warns about each layer before it raises.
        warnings.simplefilter("ignore")
        network.load_weights(weights)
    return network


def _mismatch(weights: Path, error: Exception) -> str:
    reason = " ".join(str(error).strip().split("\n\n", 1)[0].split()).partition(" Example error message")[0].rstrip(".")
    if (shapes := _SHAPES.search(str(error))) is not None:
        expected, got, path = shapes.groups()
        reason = f"{reason}, such as {path}: expected the shape {expected}, got {got}"
    return (
        f"{weights} does not contain the weights of this network: {reason}; expected a file of `save_weights` of the "
        "same network with the same arguments; train.start_from loads only what fits"
    )


def has_weights(item: Node) -> bool:
    """Return whether an item of a model is a network of `keras.applications` with weights.

    Args:
        item: the item.
    """
    name, arguments = split_component(item) or ("", None)
    weights = arguments.get("weights") if arguments is not None else None
    return weights is not None and weights.value is not None and vocabulary().find("application", name) is not None
