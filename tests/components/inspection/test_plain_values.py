"""Every argument of the installed Keras that could hold a path, a URL, code or a serialized object."""

import inspect
import re
from fnmatch import fnmatchcase
from functools import cache

import pytest
from golden import expect_message

from kpipe.components import check, vocabulary
from kpipe.components.inspection.class_info import ArgumentInfo
from kpipe.components.inspection.kinds import KINDS
from kpipe.components.inspection.overlay import OVERLAYS, overlay
from kpipe.components.inspection.plain_values import restricted
from kpipe.components.inspection.targets import load_target
from kpipe.errors import Mark
from kpipe.spec.node import Node

from ..marked import node, problems
from .test_overlay import KERAS_KINDS, arguments, keras_classes

#: What a serialized object looks like, as Keras' own files have it and as loaders of other libraries have it.
SERIALIZED = [
    "{class_name: function, module: os, config: system}",
    "{class_name: Lambda}",
    "{module: keras.layers, class_name: Dense, config: {units: 1}, registered_name: null}",
    "{class_name: __lambda__, config: {value: 4wAAAA==}}",
    "{class_name: __tensor__, config: {value: [1], dtype: float32}}",
    "{registered_name: 'own>Layer'}",
    "[{class_name: function, module: os, config: system}]",
    "[[{class_name: __numpy__, config: {value: [1], dtype: float32}}]]",
]
#: The strings by which libraries find code and files.
NAMES = ["os.system", "os:system", "keras_hub>Backbone", "__import__('os')", "https://example.org/a", "/etc/passwd"]
#: Arguments of mappings, and what is in them.
MAPPINGS = {"renorm_clipping": {"float"}, "embeddings_metadata": {"str"}}


def keys(table, known, argument):
    full = f"{known}.{argument}"
    return [key for key in table if fnmatchcase(full if "." in key else argument, key)]


@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_every_plain_argument_is_numbers_or_a_classified_text(kind):
    """Fails where a new version of Keras has an argument of any text, of any value, or of a mapping."""
    for known, name, argument in arguments(kind):
        where = f"{kind} {known.name}.{argument.name}: {sorted(argument.types)} {sorted(argument.item_types)}"
        assert not {"any"} & (argument.types | argument.item_types), where
        if "dict" in argument.types:
            assert set(argument.item_types) == MAPPINGS[argument.name], where
        assert not {"dict", "list"} & argument.item_types, where
        if argument.object_kind is None and argument.choices is None:
            is_text = "str" in argument.types | argument.item_types
            found = [*keys(overlay(kind).texts, name, argument.name), *keys(overlay(kind).files, name, argument.name)]
            assert len(found) <= 1, where
            assert is_text == bool(found), where


@pytest.mark.parametrize("table", ["texts", "files"])
def test_every_entry_applies_to_some_argument(table):
    for kind in KERAS_KINDS:
        entries = getattr(OVERLAYS[kind], table)
        words = vocabulary()
        pairs = [
            (known.load().__name__, name)
            for entry in words.names(kind)
            for origin in ("keras", "kpipe")
            for known in [words.find(kind, f"{origin}.{entry}")]
            if known is not None
            for name in known.arguments
        ]
        for key in entries:
            used = any(fnmatchcase(f"{a}.{b}" if "." in key else b, key) for a, b in pairs)
            # The package of this one is not installed.
            assert used or key == "OrbaxCheckpoint.directory", f"{kind} {key}"


@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_no_argument_of_the_vocabulary_takes_a_serialized_object(kind):
    for known in keras_classes(kind):
        for text in SERIALIZED:
            # File names by layer name, of which Keras makes no object.
            names = [name for name in known.arguments if name != "embeddings_metadata" or text.startswith("[")]
            found = refused(kind, known.name, dict.fromkeys(names, text))
            assert [name for name in names if name not in found] == [], f"{known.name}: {text}"


parsed = cache(node)


def refused(kind, name, values):
    """The arguments of a class at or in which something is wrong."""
    mark = Mark("spec.yaml", 1, 1, 1, 1)
    found = []
    given = Node({argument: parsed(text) for argument, text in values.items()}, mark)
    check(Node({name: given}, mark), kind, "here", found)
    where = f"here.{name}."
    paths = [problem.path for problem in found]
    return {path.removeprefix(where).partition(".")[0] for path in paths if path.startswith(where)}


@pytest.mark.parametrize("kind", KERAS_KINDS)
def test_no_argument_takes_the_name_of_code_or_of_a_file_but_those_that_are_classified(kind):
    for known in keras_classes(kind):
        defined = known.load().__name__
        tables = (overlay(kind).texts, overlay(kind).files)
        names = [name for name in known.arguments if not any(keys(table, defined, name) for table in tables)]
        for text in NAMES:
            found = refused(kind, known.name, dict.fromkeys(names, f'"{text}"'))
            assert [name for name in names if name not in found] == [], f"{known.name}: {text}"


#: Keywords in Keras' sources by which a class reads, writes, runs, loads or reaches out.
REACHES = re.compile(
    r"\bopen\(|gfile|file_utils|urlopen|\brequests\b|get_file|load_model|import_module|importlib|\beval\(|\bexec\(|pickle"
    r"|marshal|func_load|subprocess|socket|shutil|h5py|np\.load|\bos\.\w|saved_model|profiler|create_file_writer|ctypes"
    r"|load_weights"
)
#: The classes that do, and why a spec may use them all the same.
LOOKED_AT = {
    "layer": {
        "IntegerLookup": "reads the vocabulary, whose file is read with the spec",
        "StringLookup": "reads the vocabulary, whose file is read with the spec",
    },
    "callback": {
        "CSVLogger": "writes its output",
        "ModelCheckpoint": "writes its output",
        "TensorBoard": "writes its output, also that of the profiler",
    },
}


@pytest.mark.parametrize("kind", [kind for kind in KERAS_KINDS if kind != "application"])
def test_every_class_with_external_access_is_classified(kind):
    shared = {*inspect.getmro(load_target(KINDS[kind].base))}
    found = {known.name for known in keras_classes(kind) if REACHES.search(_source(known.load(), shared))}
    assert found == set(LOOKED_AT.get(kind, {}))


def _source(component, shared):
    bases = [base for base in inspect.getmro(component) if base.__module__.startswith("keras.") and base not in shared]
    # Docstrings show how models are loaded.
    return "\n".join(map(_code, bases))


@cache
def _code(base):
    return re.sub(r'"""(?:.|\n)*?"""', "", inspect.getsource(base))


def test_networks_require_weights_that_are_null_or_a_string():
    for known in keras_classes("application"):
        for text in ("", "weights: [1]", "weights: {a: 1}", "weights: 3"):
            messages = [p.message for p in problems(f"{{{known.name}: {{{text}}}}}", "application")]
            assert any("`weights: null` is random" in message for message in messages), text
        for text in ("null", "imagenet", "a.weights.h5"):
            assert problems(f"{{{known.name}: {{weights: {text}}}}}", "application") == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("layer", "TFSMLayer: {filepath: a}"),
        ("layer", "keras.TFSMLayer: {filepath: a}"),
        ("layer", "TimeDistributed: {layer: {TFSMLayer: {filepath: a}}}"),
        ("layer", "Dense: {units: 1, quantization_config: {a: 1}}"),
        ("callback", "RemoteMonitor"),
    ],
)
def test_what_executes_or_reaches_out_is_refused_with_the_reason_and_the_remedy(kind, text):
    (problem,) = problems(text, kind)
    expect_message(problem.message)


def test_unclassified_arguments_accept_only_numbers():
    """What a new version of Keras brings is refused until it is classified."""
    some = frozenset({"any", "str", "dict", "list"})
    found = restricted(ArgumentInfo("source_folder", types=some), "layer", "New", "keras")
    assert found.types == {"bool", "int", "float", "null", "list"}
    assert found.item_types == {"bool", "int", "float", "null"}
    found = restricted(ArgumentInfo("path", types=frozenset({"str", "null"})), "callback", "New", "keras")
    assert found.types == {"null"}
    kept = restricted(ArgumentInfo("layers", types=frozenset({"any"})), "layer", "New", "kpipe")
    assert kept.types == {"any"}
    assert set(OVERLAYS) <= set(KINDS)
