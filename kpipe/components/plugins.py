"""Plug-ins: installed packages that offer components through the entry points `kpipe.plugins`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from kpipe.components.foreign import loading
from kpipe.errors import Problem, SpecError

GROUP = "kpipe.plugins"


@dataclass(frozen=True)
class Plugin:
    """One entry point.

    Args:
        name: its name.
        module: the module that it names; its components are those of the plug-in.
        package: the distribution that it belongs to.
        version: of that distribution.
    """

    name: str
    module: str
    package: str
    version: str


def plugins() -> list[Plugin]:
    """The plug-ins that are installed, in the order of their names; none of them is imported for it."""
    found = [
        Plugin(point.name, point.value.partition(":")[0], point.dist.name, point.dist.version)
        for point in entry_points(group=GROUP)
        if point.dist is not None
    ]
    return sorted(found, key=lambda plugin: (plugin.name, plugin.package))


def load_plugin(plugin: Plugin) -> ModuleType:
    """The plug-in's module, imported.

    Raises:
        SpecError: its import fails.
    """
    try:
        with loading(plugin.module):
            return import_module(plugin.module)
    except Exception as error:
        # Whatever foreign code raises while it is imported, the user must learn whose it is.
        message = (
            f"the plug-in {plugin.name!r} ({plugin.package} {plugin.version}, module {plugin.module}) cannot be "
            f"imported: {type(error).__name__}: {error}; repair the package or uninstall it"
        )
        raise SpecError([Problem(None, "", message)]) from error
