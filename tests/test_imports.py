"""Packages import in one direction and without cycles, and importing the light ones loads nothing heavy."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from golden import raises

ROOT = Path(__file__).parent.parent
#: A package or module of `kpipe` may import itself and those before it.
ORDER = [
    "errors",
    "keras_internals",
    "atomic",
    "nearest",
    "regular_file",
    "repeated_signals",
    "cache_folder",
    "run_files",
    "distribution",
    "git_commit",
    "listed_object",
    "lazy_exports",
    "messages",
    "child_processes",
    "spec",
    "components",
    "space",
    "data",
    "layers",
    "metrics",
    "optimizers",
    "model",
    "schema",
    "checks",
    "train",
    "judge",
    "trials",
    "tune",
    "report",
    "pipeline",
    "cli",
    "entry",
    "__main__",
]
TREES = {"kpipe": ROOT / "kpipe", "kpipe_callbacks": ROOT / "callbacks" / "kpipe_callbacks"}
MODULE_IN_STRING = re.compile(r"(kpipe(?:_callbacks)?(?:\.\w+)+)(?::\w+)?")


def modules_of(trees):
    """The files of all modules by their names; a package has the name of its folder."""
    found = {}
    for name, folder in trees.items():
        for file in sorted(folder.rglob("*.py")):
            parts = file.relative_to(folder).with_suffix("").parts
            found[".".join((name, *parts)).removesuffix(".__init__")] = file
    return found


def graphs_of(modules):
    """For each module those that it imports, and those that its strings name.

    Imports count anywhere in the text, inside functions and for type checks as well. Strings count as a whole, such as
    `kpipe.data.sources` and `kpipe.data.mix.mix:Mix`.
    """
    imports, strings = {}, {}
    for name, file in modules.items():
        imports[name], strings[name] = set(), set()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports[name].update(_imported(node, name, modules))
            elif isinstance(node, ast.Constant) and (match := MODULE_IN_STRING.fullmatch(str(node.value))):
                strings[name].update(_nearest(match[1], modules))
        imports[name].discard(name)
    return imports, strings


def _imported(node, module, modules):
    if isinstance(node, ast.Import):
        targets = [alias.name for alias in node.names]
    else:
        base = node.module or ""
        if node.level:
            package = module if modules[module].name == "__init__.py" else module.rpartition(".")[0]
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*parents, *([base] if base else [])])
        targets = [f"{base}.{alias.name}" for alias in node.names]
    for target in targets:
        yield from _nearest(target, modules)


def _nearest(target, modules):
    """The module itself, or the one that a name is imported from."""
    while target and target not in modules:
        target = target.rpartition(".")[0]
    if target:
        yield target


def upward(graph):
    """Each pair of modules of which the first uses a package after its own."""
    return [
        f"{name} -> {other}"
        for name, others in graph.items()
        for other in sorted(others)
        if name.startswith("kpipe.") and other.startswith("kpipe.") and _place(other) > _place(name)
    ]


def _place(module):
    return ORDER.index(module.split(".")[1])


def cycle(graph):
    """The modules of one cycle, or None."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def package_cycles(graph, modules):
    """One cycle inside of each package that has any, among its modules and subpackages, each taken as a whole."""
    found = {}
    for package in (name for name, file in modules.items() if file.name == "__init__.py"):
        level = package.count(".") + 2
        among = {}
        for name, others in graph.items():
            inside = [other for other in others if other.startswith(f"{package}.")] if name != package else []
            if name.startswith(f"{package}."):
                own = _cut(name, level)
                among.setdefault(own, set()).update({_cut(other, level) for other in inside} - {own})
        if loop := cycle(among):
            found[package] = loop
    return found


def _cut(name, level):
    return ".".join(name.split(".")[:level])


MODULES = modules_of(TREES)


@pytest.fixture(scope="module")
def graphs():
    return graphs_of(MODULES)


@pytest.fixture(scope="module")
def imports(graphs):
    return graphs[0]


@pytest.fixture(scope="module")
def strings(graphs):
    return graphs[1]


def test_packages_import_only_from_those_before_them(imports):
    assert upward({name: others for name, others in imports.items() if name != "kpipe"}) == []


def test_no_string_names_a_module_of_a_package_after_its_own(strings):
    assert upward({name: others for name, others in strings.items() if name != "kpipe"}) == []


def test_the_callbacks_import_nothing_of_kpipe(imports, strings):
    used = {name: imports[name] | strings[name] for name in MODULES}
    assert not {
        other
        for name, others in used.items()
        if _cut(name, 1) == "kpipe_callbacks"
        for other in others
        if _cut(other, 1) == "kpipe"
    }


def test_modules_import_without_cycles(imports):
    assert cycle(imports) is None


def test_packages_import_without_cycles(imports):
    assert package_cycles(imports, MODULES) == {}


def test_every_file_belongs_to_a_package_of_the_order():
    assert {name.split(".")[1] for name in MODULES if name.startswith("kpipe.")} == set(ORDER)


@pytest.fixture
def planted(tmp_path):
    """What the checks above find in a tree of these files."""

    def find(**files):
        for name, text in {"__init__": "", **files}.items():
            file = tmp_path / "kpipe" / f"{name.replace('__', '/') if name != '__init__' else name}.py"
            for folder in (file.parent, *file.parent.parents):
                if folder.is_relative_to(tmp_path / "kpipe"):
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / "__init__.py").touch()
            file.write_text(text)
        modules = modules_of({"kpipe": tmp_path / "kpipe"})
        graph, named = graphs_of(modules)
        return upward(graph) + upward(named), cycle(graph), package_cycles(graph, modules)

    return find


def test_imports_and_strings_that_point_upward_are_found(planted):
    lazy = "def f():\n    from kpipe.train import plan\n"
    assert planted(data__a=lazy, train__plan="") == (["kpipe.data.a -> kpipe.train.plan"], None, {})
    found, *_ = planted(data__a='NAME = "kpipe.train.plan:Plan"\n', train__plan='NAME = "kpipe.data.a"\n')
    assert found == ["kpipe.data.a -> kpipe.train.plan"]


def test_cycles_of_modules_are_found(planted):
    relative = "if TYPE_CHECKING:\n    from .b import B\n"
    _, loop, _ = planted(train__a=relative, train__b="import kpipe.train.a\n")
    assert set(loop) == {"kpipe.train.a", "kpipe.train.b"}


def test_cycles_of_subpackages_are_found(planted):
    _, loop, packages = planted(
        train__one__a="from kpipe.train.two.a import A\n",
        train__one__b="",
        train__two__a="",
        train__two__b="from kpipe.train.one.b import B\n",
    )
    assert loop is None
    assert set(packages) == {"kpipe.train"}
    assert set(packages["kpipe.train"]) == {"kpipe.train.one", "kpipe.train.two"}


@pytest.mark.parametrize(
    "code",
    [
        "import kpipe",
        "import kpipe.spec.reader",
        "import kpipe.components",
        "import kpipe.data.sources, kpipe.data.prepare",
        "import kpipe.model.build, kpipe.model.calls, kpipe.model.differences, kpipe.model.use_check",
        "import kpipe.cli",
        "from kpipe.spec.reader import read; read('kpipe:digits')",
    ],
)
@pytest.mark.slow
def test_what_is_light_loads_no_tensorflow(code):
    check = (
        "; import sys; heavy = {'tensorflow', 'keras', 'sklearn', 'cv2', 'pyarrow'} & set(sys.modules); print(*heavy)"
    )
    done = subprocess.run([sys.executable, "-c", code + check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.slow
def test_help_loads_no_tensorflow():
    command = [sys.executable, "-X", "importtime", "-m", "kpipe", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Train the model of a spec" in done.stdout
    modules = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert "typer" in modules
    assert not modules & {"tensorflow", "keras", "sklearn", "cv2", "pyarrow"}


def test_public_names_are_there_and_sorted():
    import kpipe

    assert kpipe.__all__ == sorted(kpipe.__all__)
    assert all(getattr(kpipe, name) is not None for name in kpipe.__all__)
    with raises(AttributeError):
        _ = kpipe.nothing
