"""Import of custom code: the files and packages under `imports` of a spec."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import importlib
import os
import re
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from kpipe.child_processes.module_sources import keep_source
from kpipe.components.inspection.custom_classes import make_serializable
from kpipe.components.inspection.kinds import BUILT_IN
from kpipe.components.inspection.module_components import check_exports, components_of, loading
from kpipe.components.inspection.targets import store_object
from kpipe.components.registry.plugins import load_plugin, plugins
from kpipe.components.registry.registry import CodeInUse, using, vocabulary
from kpipe.errors import Mark, Problem, SpecError
from kpipe.regular_file import irregular
from kpipe.spec.node import Node, kind_of
from kpipe.spec.paths import path_of
from kpipe.spec.yaml_text.yaml_reader import read_file

_CAMEL = re.compile(r"[A-Z][A-Za-z0-9_]*$")
_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")


@dataclass(frozen=True)
class ImportedCode:
    """One entry of `imports`.

    Args:
        path: the dotted path of the entry in the spec.
        name: the prefix of qualified names in the spec: the file name without `.py`, or the module.
        file: the absolute path of the file; None for a package.
        content: the content of the file when it was read; empty for a package.
    """

    path: str
    name: str
    file: Path | None
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class ImportedFile:
    """One entry of `imports` that is a file.

    Args:
        path: the dotted path of the entry in the spec.
        file: the absolute path of the file.
        content: the content of the file when it was read.
    """

    path: str
    file: Path
    content: bytes = field(repr=False)


@dataclass
class CustomCode:
    """All code that a spec imports.

    Args:
        entries: the entries of `imports`, in the order of the spec.
        in_use: makes the components available; see `using`.
        classes: the components, each with the module that defines it.
    """

    entries: list[ImportedCode] = field(default_factory=list)
    in_use: CodeInUse = field(default_factory=CodeInUse)
    classes: list[tuple[Any, str]] = field(default_factory=list)

    @property
    def files(self) -> list[ImportedFile]:
        """The entries that are files, in the order of the spec."""
        return [ImportedFile(entry.path, entry.file, entry.content) for entry in self.entries if entry.file is not None]

    @property
    def packages(self) -> list[str]:
        """The names of the entries that are packages, in the order of the spec."""
        return [entry.name for entry in self.entries if entry.file is None]

    def claim_names(self) -> None:
        """Make Keras load these classes rather than classes of the same name from the code of another spec."""
        with using(self.in_use):
            for component, origin in self.classes:
                make_serializable(component, origin, vocabulary().is_shared(getattr(component, "__name__", "")))


def import_code(
    node: Node | None, problems: list[Problem], *, run: bool = True, say: Callable[[str], None] | None = None
) -> CustomCode:
    """Run the files and packages that a spec imports, and make their components available.

    Args:
        node: the list `imports`; relative paths are resolved against the folder of the file with the entry.
        problems: receives the problems of code that is not found or raises an exception.
        run: whether to run the code; otherwise only the names of its classes are read.
        say: receives a message about each file or package before it is run.
    """
    code = CustomCode()
    names: dict[str, str] = {}
    is_whole = True
    unchecked = set() if run else _plugin_names()
    for item in _import_strings(node, problems):
        try:
            entry = _entry(item)
            if any(other.name == entry.name for other in code.entries):
                raise _refusal(item, f"two imports have the name {entry.name!r}; rename one of the files")
            code.entries.append(entry)
            if not run:
                unchecked |= _static_names(entry, item)
                continue
            if say is not None:
                say(f"running the code of {entry.file or entry.name} (imported by {item.mark})")
            module = _file_module(entry, item) if entry.file else _package(entry, item)
            names[entry.name] = module.__name__
            code.classes += _add_components(module)
        except SpecError as error:
            problems += error.problems
            is_whole = False
    code.in_use = CodeInUse(names, frozenset(unchecked), run, is_whole)
    code.claim_names()
    return code


def import_again(entries: Sequence[ImportedCode], node: Node) -> CustomCode:
    """Run the code that another process has imported for a spec, as it was read there.

    Args:
        entries: the entries of `CustomCode`; this process must be a child of the other one.
        node: the list `imports`.

    Raises:
        SpecError: the code cannot be imported in this process.
    """
    code, names = CustomCode([*entries]), dict[str, str]()
    items = {item.path: item for item in node.items}
    for entry in entries:
        item = items[entry.path]
        module = _file_module(entry, item) if entry.file else _package(entry, item)
        names[entry.name] = module.__name__
        code.classes += _add_components(module)
    code.in_use = CodeInUse(names)
    code.claim_names()
    return code


def make_loadable(spec: Path, say: Callable[[str], None] | None = None) -> None:
    """Run the code that the spec of a run imports, and plug-ins, so that Keras finds the classes of the model.

    Args:
        spec: the `spec.yaml` of the run; only plug-ins are run if it does not exist.
        say: receives a message about each file or package before it is run.

    Raises:
        SpecError: the code cannot be imported.
    """
    tree = read_file(spec) if spec.is_file() else None
    problems: list[Problem] = []
    code = import_code(tree.get("imports") if tree is not None else None, problems, say=say)
    if problems:
        raise SpecError(problems)
    for plugin in plugins():
        code.classes += [(component, plugin.module) for _, _, component in components_of(load_plugin(plugin))]
    code.claim_names()


def static_names(file: Path) -> set[str]:
    """Return the names in a Python file that can be components, without running the file.

    Raises:
        SyntaxError: the file is not Python.
        OSError: the file cannot be read.
    """
    found: set[str] = set()
    for part in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(part, ast.ClassDef | ast.FunctionDef):
            found.add(part.name)
        elif isinstance(part, ast.ImportFrom):
            found |= {alias.asname or alias.name for alias in part.names}
        elif isinstance(part, ast.keyword) and part.arg == "name" and isinstance(part.value, ast.Constant):
            found.add(str(part.value.value))
    return {name for name in found if _CAMEL.match(name)}


def module_file(module: str) -> Path | None:
    """Return the file of a module without running any code; None if it is not found."""
    top, *rest = module.split(".")
    spec = find_spec(top)
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin else None
    for folder in spec.submodule_search_locations or ():
        base = Path(folder).joinpath(*rest)
        for candidate in (base.with_name(f"{base.name}.py"), base / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def _plugin_names() -> set[str]:
    files = (module_file(plugin.module) for plugin in plugins())
    found: set[str] = set()
    for file in files:
        # The spec is valid even if an installed plug-in cannot be read.
        with contextlib.suppress(SyntaxError, ValueError, OSError):
            found |= static_names(file) if file is not None else set()
    return found


def _import_strings(node: Node | None, problems: list[Problem]) -> list[Node]:
    if node is None or node.value is None:
        return []
    if not node.is_list:
        message = f"expected a list of files and packages, such as [./my_layers.py], got {kind_of(node.value)}"
        problems.append(Problem(node.mark, "imports", message))
        return []
    for item in node.items:
        if not item.is_text or item.is_expression:
            message = f"expected a Python file, such as ./my_layers.py, or a package, got {item.plain()!r}"
            problems.append(Problem(item.mark, item.path, message))
    return [item for item in node.items if item.is_text and not item.is_expression]


def _entry(item: Node) -> ImportedCode:
    text = str(item.value)
    if _MODULE.match(text) and not text.endswith(".py"):
        if text.partition(".")[0] in BUILT_IN:
            raise _refusal(item, f"the components of {text} require no import; remove it")
        return ImportedCode(item.path, text, None)
    file = path_of(item)
    if file.suffix != ".py":
        raise _refusal(item, f"expected a Python file, such as ./my_layers.py, or a package, got {text!r}")
    if kind := irregular(file):
        raise _refusal(item, f"{file} is {kind}; expected a file")
    if not os.path.isfile(file):  # noqa: PTH113  (False for a name that is too long to be one)
        raise _refusal(item, f"the file {file} does not exist")
    if not _MODULE.match(file.stem):
        raise _refusal(item, f"{file.stem!r} is not a valid module name; rename the file")
    if file.stem in BUILT_IN:
        raise _refusal(item, f"the file name {file.name} conflicts with the package {file.stem}; rename the file")
    try:
        return ImportedCode(item.path, file.stem, file.resolve(), file.read_bytes())
    except OSError as error:
        raise _refusal(item, f"{file} cannot be read: {error.strerror or error}") from error


def _file_module(entry: ImportedCode, item: Node) -> ModuleType:
    """Return the module of a file; a file is run again only if it has changed."""
    file = Path(str(entry.file))
    digest = hashlib.sha256(str(file).encode() + b"\0" + entry.content).hexdigest()[:12]
    name = f"kpipe_import_{entry.name}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise _refusal(item, f"{file} cannot be imported")
    module = module_from_spec(spec)
    sys.modules[name] = module
    try:
        with loading(name):
            # The content that was read is compiled, rather than a later version or an outdated `.pyc`.
            exec(compile(entry.content, str(file), "exec", dont_inherit=True), vars(module))
            check_exports(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise _failure(item, str(file), error, file) from error
    keep_source(name, str(file), entry.content)
    return module


def _package(entry: ImportedCode, item: Node) -> ModuleType:
    try:
        if entry.name not in sys.modules:
            with loading(entry.name):
                importlib.import_module(entry.name)
        module = sys.modules[entry.name]
        check_exports(module)
        return module
    except (Exception, SystemExit) as error:
        raise _failure(item, entry.name, error, None) from error


def _failure(item: Node, what: str, error: BaseException, file: Path | None) -> SpecError:
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    line = error.lineno if isinstance(error, SyntaxError) else (lines[-1] if lines else None)
    where = f" (line {line})" if line and file else ""
    missing = error.name if isinstance(error, ModuleNotFoundError) and error.name else ""
    reason = " ".join(f"{error.msg if isinstance(error, SyntaxError) else error}".split())
    remedy = ""
    if file is not None and missing and (file.parent / f"{missing.partition('.')[0]}.py").is_file():
        remedy = "; put files that import each other into an installed package, and list the package in `imports`"
    elif missing:
        remedy = f"; install {missing.partition('.')[0]}"
    return _refusal(item, f"{what} cannot be imported: {type(error).__name__}: {reason}{where}{remedy}")


def _add_components(module: ModuleType) -> list[tuple[Any, str]]:
    """Add the components of a module to the vocabulary, and return them with their origin."""
    # A spec without custom code is validated without it.
    from kpipe.components.inspection.inspect_class import inspect_class

    origin, found = module.__name__, components_of(module)
    for kind, name, component in found:
        vocabulary().add(inspect_class(name, kind, origin, store_object(component, name, origin)), imported=True)
    return [(component, origin) for _, _, component in found]


def _static_names(entry: ImportedCode, item: Node) -> set[str]:
    file = entry.file or module_file(entry.name)
    if file is None:
        raise _refusal(item, f"the package {entry.name} is not installed")
    try:
        return static_names(file)
    except SyntaxError as error:
        raise _failure(item, str(file), error, file) from error


def _refusal(item: Node, message: str) -> SpecError:
    mark: Mark = item.mark
    return SpecError([Problem(mark, item.path, message, related=item.chain)])
