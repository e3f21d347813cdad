"""Components: looks up the class of a name in a spec, checks its arguments, and constructs the object.

Importing this package does not import Keras, which is imported when one of its classes is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpipe.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from kpipe.components.argument_check import check_arguments
    from kpipe.components.builder import build
    from kpipe.components.checker import Place, check
    from kpipe.components.custom_code.register import register
    from kpipe.components.inspection.class_info import ArgumentInfo, ClassInfo
    from kpipe.components.registry.registry import Vocabulary, vocabulary

__all__ = [
    "ArgumentInfo",
    "ClassInfo",
    "Place",
    "Vocabulary",
    "build",
    "check",
    "check_arguments",
    "register",
    "vocabulary",
]

# No module has the name of an export, because importing a module binds its name in this package.
_MODULES = {
    "ArgumentInfo": "inspection.class_info",
    "ClassInfo": "inspection.class_info",
    "Place": "checker",
    "Vocabulary": "registry.registry",
    "build": "builder",
    "check": "checker",
    "check_arguments": "argument_check",
    "register": "custom_code.register",
    "vocabulary": "registry.registry",
}
__getattr__, __dir__ = lazy_exports(__name__, _MODULES)
