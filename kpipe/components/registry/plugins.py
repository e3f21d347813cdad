"""Plug-ins: modules with components, which installed packages list as entry points `kpipe.plugins`."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from kpipe.components.inspection.module_components import check_exports, loading
from kpipe.errors import Problem, SpecError

GROUP = "kpipe.plugins"


@dataclass(frozen=True)
class Plugin:
    """One plug-in, from an entry point of an installed package.

    Args:
        name: the name of the entry point.
        module: the module with the components.
        package: the distribution that contains the entry point.
        version: the version of the distribution.
    """

    name: str
    module: str
    package: str
    version: str

    @property
    def text(self) -> str:
        """The plug-in as in messages."""
        return f"the plug-in {self.name!r} ({self.package} {self.version}, module {self.module})"


def plugins() -> list[Plugin]:
    """Return the installed plug-ins, sorted by name, without importing them."""
    found = [
        Plugin(point.name, point.module, point.dist.name or "unnamed", point.dist.version or "unknown version")
        for point in entry_points(group=GROUP)
        if point.dist is not None
    ]
    return sorted(found, key=lambda plugin: (plugin.name, plugin.package))


def load_plugin(plugin: Plugin) -> ModuleType:
    """Import and return the module of a plug-in.

    Raises:
        SpecError: the import fails, or `__all__` lists a class that the module does not define.
    """
    try:
        with loading(plugin.module):
            module = import_module(plugin.module)
            check_exports(module)
            return module
    except (Exception, SystemExit) as error:
        # Code of a plug-in can raise any exception.
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        message = f"{plugin.text} cannot be imported: {reason}; fix the package or uninstall it"
        raise SpecError([Problem(None, "", message)]) from error
