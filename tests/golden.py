"""Complete messages that tests compare, kept in one file per test package: `tests/spec/messages.golden` and its like.

Write ``with raises(SpecError): ...`` for an error, and ``expect_message(text)`` for any other text.
After a change of wording, run ``pytest --update-golden`` on the file of the test and review the diff of its
`messages.golden`; the failure prints the command, the entry and the message.
A message without an entry, an entry without a message and an entry without a test all fail until then.

An entry is the test's file and id, followed by the message, indented. The second message of a test has the suffix
`` #2``; `` @jax`` marks a message that differs on that backend. Folders, addresses and versions are replaced by names
such as ``<tmp>``. Where a message quotes another library, pass ``foreign=``, a regular expression of the quoted part.
Use ``pytest.raises(X, match=...)`` for errors that another library or the test itself raises.
"""

import os
import re
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")
INDENT = "    "
KEY = re.compile(r"(?P<test>.*?)(?: #(?P<number>\d+))?(?: @(?P<backend>\w+))?")
LIBRARIES = "TensorFlow|tensorflow|Keras|keras|NumPy|numpy|Python|kpipe|JAX|jax"
#: Layers, optimizers and tensors whose automatic names count those that the process made before.
LAYERS = sorted(path.stem for path in (HERE.parent / "kpipe" / "layers").glob("[a-z]*.py"))
COUNTED = "|".join(["adam", "batch_normalization", "dense", "keras_tensor", "rescaling", "sequential", "sgd", *LAYERS])
#: What Keras writes around an error in the call of a layer.
KERAS_CALL = r"(?s)^Exception encountered.*?\x1b\[1m|\x1b\[0m\n.*"
VOLATILE = [
    # A message is cut at a length that includes the folder.
    (re.compile(r"(.)\1{99,}"), r"\1<repeated>"),
    (re.compile(rf"\b({COUNTED})_\d+\b"), r"\1"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "<hash>"),
    (re.compile(r"\b\d{19}\b"), "<time>"),
    (re.compile(r"(?<= at )0x[0-9a-f]+\b"), "<address>"),
    (re.compile(r"\b[0-9a-f]{32}/\d+-\d+\b"), "<digest>"),
    (re.compile(rf"\b({LIBRARIES})( |==)\d+\.\d+[\w.+]*\w"), r"\1\2<version>"),
    (re.compile(re.escape(tempfile.gettempdir()) + r"/tmp[a-z0-9_]{8}\b"), "<tmp>"),
]


@contextmanager
def raises(expected, foreign=None):
    """Like ``pytest.raises``, and compare the complete message with the golden file of the package."""
    __tracebackhide__ = True
    with pytest.raises(expected) as caught:
        yield caught
    expect_message(str(caught.value), foreign)


@contextmanager
def warns(expected):
    """Like ``pytest.warns``, and compare all warnings of the block."""
    __tracebackhide__ = True
    with pytest.warns(expected) as caught:
        yield caught
    expect_messages(str(warning.message) for warning in caught)


def expect_message(text, foreign=None):
    """Compare `text` with the next entry of the running test; `foreign` is replaced by ``<foreign>`` and must match."""
    __tracebackhide__ = True
    if foreign is not None:
        text, found = re.subn(foreign, "<foreign>", text)
        assert found, f"no part of the message matches {foreign!r}: {text}"
    MESSAGES.compare(text)


def expect_messages(texts, count=None):
    """Compare each of `texts`, of which there are `count` where it is given."""
    __tracebackhide__ = True
    texts = list(texts)
    assert count in (None, len(texts)), f"expected {count} messages, got {len(texts)}: {texts}"
    for text in texts:
        expect_message(text)


class Messages:
    """Plug-in of pytest that holds the golden files and the running test."""

    def __init__(self):
        self.update, self.folders = False, []
        self.files, self.changed, self.stale = {}, set(), []
        self.entries, self.test, self.number = {}, None, 0

    def pytest_configure(self, config):
        self.update = config.getoption("--update-golden")
        if self.update and (hasattr(config, "workerinput") or config.getoption("numprocesses", None)):
            raise pytest.UsageError("--update-golden writes files of whole packages; run it without -n")

    def name_folders(self, base):
        """Name the folders that differ from one run or machine to the next; `base` is that of all `tmp_path`."""
        paths = sysconfig.get_paths()
        names = {
            str(HERE.parent): "<root>",
            paths["purelib"]: "<site-packages>",
            paths["stdlib"]: "<python>",
            sys.prefix: "<prefix>",
        }
        self.folders = [(re.compile(re.escape(str(base)) + r"/[\w.-]+"), "<tmp>")]
        self.folders += [(re.compile(re.escape(p)), names[p]) for p in sorted(names, key=len, reverse=True)]
        self.folders += [(re.compile(rf"(?<![\w.>]){re.escape(str(Path.home()))}(?=/)"), "<home>")]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config, items):
        """Find the entries of tests that no longer exist, in the files that were collected whole."""
        if any("::" in argument for argument in config.args) or config.getoption("lf", False):
            return
        tests = {place for item in items if (place := _place(item))}
        modules = {(path, test.partition("::")[0]) for path, test in tests}
        for path in HERE.rglob("messages.golden"):
            for key in list(self._read(path)):
                module = key[0].partition("::")[0]
                deleted = not (path.parent / module).is_file()
                if deleted or ((path, module) in modules and (path, key[0]) not in tests):
                    self.stale.append(f"{path.relative_to(HERE)}: {_title(key)}")
                    if self.update:
                        del self.files[path][key]
                        self.changed.add(path)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        path, self.test = _place(item) or (None, None)
        self.number, self.entries, self.path = 0, self._read(path) if path else {}, path
        try:
            result = yield
            self._all_used()
        finally:
            self.test = None
        return result

    def pytest_sessionfinish(self):
        for path in self.changed:
            _write(path, self.files[path])

    def compare(self, text):
        __tracebackhide__ = True
        assert self.test, "a message is compared while a test runs, and this one is not collected below tests/"
        self.number += 1
        for pattern, name in [*self.folders, *VOLATILE]:
            text = pattern.sub(name, text)
        text = _encoded(text)
        key, own = (self.test, self.number, None), (self.test, self.number, BACKEND)
        if self.update:
            self._record(key, own, text)
            return
        known = self.entries.get(own, self.entries.get(key))
        assert known is not None, f"{_title(key)} has no entry; {self._remedy()}\nmessage:\n{_indented(text)}"
        both = f"entry:\n{_indented(known)}\nmessage:\n{_indented(text)}" if text != known else ""
        assert text == known, f"{_title(key)} differs from its entry; {self._remedy()}\n{both}"

    def _record(self, key, own, text):
        before = dict(self.entries)
        self.entries.pop(own, None)
        if BACKEND == "tensorflow" or key not in self.entries:
            self.entries[key] = text
        elif self.entries[key] != text:
            self.entries[own] = text
        if self.entries != before:
            self.changed.add(self.path)

    def _all_used(self):
        left = [key for key in self.entries if key[0] == self.test and key[1] > self.number]
        if left and self.update:
            for key in left:
                del self.entries[key]
            self.changed.add(self.path)
        elif left:
            entries = ", ".join(map(_title, left))
            pytest.fail(f"no message was compared with {entries}; {self._remedy()}", pytrace=False)

    def _remedy(self):
        file = (self.path.parent / self.test.partition("::")[0]).relative_to(HERE.parent)
        return f"run pytest --update-golden {file.as_posix()} and review the diff"

    def _read(self, path):
        if path not in self.files:
            self.files[path] = _parsed(path.read_text(encoding="utf-8")) if path.exists() else {}
        return self.files[path]


MESSAGES = Messages()


def _place(item):
    """Path of the golden file and name of the test in it."""
    place = _module_place(item.path)
    return place and (place[0], f"{place[1]}::{item.nodeid.partition('::')[2]}")


@cache
def _module_place(path):
    if not path.is_relative_to(HERE):
        return None
    file = path.relative_to(HERE)
    folder = HERE / file.parts[0] if len(file.parts) > 1 else HERE
    return folder / "messages.golden", path.relative_to(folder).as_posix()


def _title(key):
    test, number, backend = key
    return test + (f" #{number}" if number > 1 else "") + (f" @{backend}" if backend else "")


def _indented(text):
    return "\n".join(INDENT + line if line else "" for line in text.split("\n"))


def _encoded(text):
    """Return `text` with control characters, and spaces and line ends that an editor would remove, as escapes."""
    lines = ["".join(c if c.isprintable() else ascii(c)[1:-1] for c in line) for line in text.split("\n")]
    lines = [re.sub(r" +$", lambda spaces: r"\x20" * len(spaces[0]), line) for line in lines]
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
        lines[-1] += r"\n"
    return "\n".join(lines)


def _parsed(text):
    entries, key = {}, None
    for line in text.split("\n"):
        if line and not line.startswith(INDENT):
            found = KEY.fullmatch(line)
            key = (found["test"], int(found["number"] or 1), found["backend"])
            assert key not in entries, f"duplicate entry {line}"
            entries[key] = []
        elif key:
            entries[key].append(line.removeprefix(INDENT))
    return {key: "\n".join(lines).rstrip("\n") for key, lines in entries.items()}


def _write(path, entries):
    blocks = []
    for key in sorted(entries, key=lambda key: (key[0], key[1], key[2] or "")):
        blocks.append(f"{_title(key)}\n{_indented(entries[key])}\n")
    path.write_text("\n".join(blocks), encoding="utf-8")
    if not blocks:
        path.unlink()
