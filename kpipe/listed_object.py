"""Objects that a list of kpipe contains by module and name, imported when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def listed_object(listing: str, entry: str, module: str, name: str) -> Any:
    """Import and return the object of an entry of a list, such as a class of `_MODULES`.

    An entry that leads nowhere is an `ImportError`, not an `AttributeError`, which `getattr` with a default and
    `hasattr` would hide, so that the class would be missing from `kpipe list` without a message.

    Args:
        listing: the list, such as `kpipe.data.sources._MODULES`, for errors.
        entry: the entry in the list, for errors.
        module: the full name of the module.
        name: the name of the object in the module.

    Raises:
        ImportError: the module does not exist or does not define the name.

    Example:
        >>> listed_object("kpipe.data.sources._MODULES", "Iris", "kpipe.data.sources.iris", "Iris").__name__
        'Iris'
    """
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        # The module may exist and import another one that is missing.
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        message = f"{listing} lists {entry!r}, but there is no module {module}; add its file, or correct the list"
        raise ModuleNotFoundError(message, name=module) from None
    if name not in vars(found):
        own = [key for key, value in vars(found).items() if getattr(value, "__module__", None) == module]
        available = ", ".join(sorted(key for key in own if not key.startswith("_"))) or "nothing"
        message = f"{listing} lists {entry!r}, but {module} does not define {name!r}; available: {available}"
        raise ImportError(message, name=module)
    return vars(found)[name]
