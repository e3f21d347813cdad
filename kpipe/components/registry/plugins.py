"""Plug-ins: installed packages with entry points `kpipe.plugins`, whose modules have components."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from kpipe.components.inspection.module_components import loading
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

    @property
    def text(self) -> str:
        """For messages."""
        return f"the plug-in {self.name!r} ({self.package} {self.version}, module {self.module})"


def plugins() -> list[Plugin]:
    """The plug-ins that are installed, in the order of their names; none of them is imported for it."""
    found = [
        Plugin(point.name, point.module, point.dist.name or "no name", point.dist.version or "of no version")
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
    except (Exception, SystemExit) as error:
        # Any error of the plug-in is reported with its name.
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"{plugin.text} cannot be imported: {reason}; fix the package or uninstall it"
        raise SpecError([Problem(None, "", message)]) from error
