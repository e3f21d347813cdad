"""Any file is either accepted as a spec or refused with messages, in bounded time."""

import errno
import json
import os
import re
import signal
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest
from golden import expect_message
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from kpipe.checks.checked_spec import checked
from kpipe.cli import app
from kpipe.errors import SpecError
from kpipe.spec.reader import shipped_specs
from kpipe.spec.yaml_text.yaml_reader import read_text

CHECKOUT = Path(__file__).parent.parent.parent
#: Seconds of the processor that one file may take before it counts as endless; the slowest take a hundredth of it.
ENDLESS = 60

MINIMAL = "name: a\ndata: {source: Digits}\nmodel: [Flatten, Dense: {units: =classes}]\n"
#: A spec that lies over another is not right by itself.
SHIPPED = [path for path in shipped_specs().values() if "\nextends:" not in path.read_text(encoding="utf-8")]
FILES = [*SHIPPED, *sorted((CHECKOUT / "examples").glob("*.yaml"))]
TEXTS = [*(path.read_text(encoding="utf-8") for path in FILES), MINIMAL]
TREES = [read_text(text, "a.yaml").plain() for text in TEXTS]
#: What the language gives a meaning, in the places where it has one and in all others.
SECTIONS = ("name", "seed", "vars", "data", "blocks", "model", "train", "imports", "extends", "set")
KEYS = (
    *SECTIONS,
    *("source", "prepare", "validation", "test", "batch_size", "max_bad", "targets", "params", "layers", "inputs"),
    *("outputs", "share", "Repeat", "times", "each", "index", "of", "If", "when", "then", "else", "Residual"),
    *("branch", "shortcut", "Branches", "merge", "epochs", "optimizer", "loss", "metrics", "callbacks", "choose"),
    *("class_weight", "regularize", "validate", "Digits", "ImageFolder", "CSV", "Dense", "units", "Conv2D", "SGD"),
    *("learning_rate", "CosineDecay", "L2", "Rescale", "keras.Dense", "train.epochs", "model.0", "<<", "", "=a", "1"),
)
WORDS = (
    *KEYS,
    *("auto", "none", "=classes", "=1 / 0", "=9 ** 9 ** 9", "=(", "=[1, 2][7]", "=vars", "=x if", "=", "= a", "=a.b"),
    *("kpipe:iris", "kpipe:nothing", "../a.yaml", ".", "/", "~", "~/a", "\n", "\u2028"),
    *("Dens", "Flatten", "relu", "he_normal", "yes", "017", "1e400", "x" * 300, "é", "e\u0301", "\u202e", "\ufeff"),
)
#: Characters that mean something in YAML, and such as no file should hold.
MARKS = ("{", "}", "[", "]", ":", ": ", ",", "- ", "#", " #", "&a ", "*a", "!", "!!str ", "|", ">", "'", '"', "%", "@")
MORE_MARKS = ("`", "\t", "\n", "\r", "=", "?", "? ", "~", "---\n", "...\n", "<<", "\0", "\x85", "\u2028", "\\", " ")
ODD_BYTES = (b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\x1a", b"\x7f", b"\xf4\x90\x80\x80")

_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")

#: Many examples, the same ones each time.
FUZZ = settings(
    derandomize=True, deadline=None, database=None, max_examples=200, suppress_health_check=list(HealthCheck)
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 1, 2, 10**9, 10**30, 10**400, 0.5, -0.0, 1e-320]),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=20),
    st.text("=()[]+-*/%<>!.,ainotrfels0123 ", max_size=20).map(lambda text: f"={text}"),
)
keys = st.sampled_from(KEYS) | st.text(st.characters(exclude_categories=("C",)), max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "a.yaml"


@contextmanager
def ending():
    """Raises inside of a block that does not end."""

    def give_up(number, frame):
        raise AssertionError(f"no end after {ENDLESS} s of the processor")

    before = signal.signal(signal.SIGVTALRM, give_up)
    signal.setitimer(signal.ITIMER_VIRTUAL, ENDLESS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def judged(file, content):
    """Whether a file is taken; where it is not, its problems are such as somebody can read."""
    file.write_bytes(content)
    try:
        with ending():
            checked(file, run=False)
    except SpecError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.message.strip()
            assert "\n\n" not in problem.message
        assert str(error).encode()
        json.dumps([problem.to_dict() for problem in error.problems])
        return False
    return True


def encoded(text):
    return text.encode("utf-8", "surrogatepass")


def written(tree):
    """JSON, which is YAML where it escapes more, and can say everything that a tree holds."""
    text = json.dumps(tree, ensure_ascii=False)
    return _NOT_IN_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", text).encode()


@given(st.binary(max_size=200))
@FUZZ
def test_bytes(file, content):
    judged(file, content)


@given(st.text(max_size=200))
@FUZZ
def test_characters(file, text):
    judged(file, encoded(text))


@given(st.lists(st.sampled_from([*MARKS, *MORE_MARKS, *KEYS, "a", "  ", "\n  "]), max_size=40))
@FUZZ
def test_marks_of_yaml_without_sense(file, parts):
    judged(file, encoded("".join(parts)))


@st.composite
def edited(draw):
    """A spec after some slips of the hand."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 1, 1, 2, 5, 40]))
        lines = text.splitlines(keepends=True) or [""]
        first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
        slip = draw(st.sampled_from(["delete", "insert", "repeat", "cut", "shuffle", "copy line", "indent"]))
        if slip == "delete":
            text = text[:start] + text[end:]
        elif slip == "insert":
            text = (
                text[:start] + draw(st.sampled_from([*MARKS, *MORE_MARKS, *WORDS]) | st.text(max_size=3)) + text[end:]
            )
        elif slip == "repeat":
            text = text[:end] + text[start:]
        elif slip == "cut":
            text = text[:start]
        elif slip == "shuffle":
            lines[first], lines[second] = lines[second], lines[first]
            text = "".join(lines)
        elif slip == "copy line":
            text = "".join([*lines[:first], lines[second], *lines[first:]])
        else:
            blanks = draw(st.sampled_from(["", " ", "  ", "\t", "        "]))
            text = "".join([*lines[:first], blanks + lines[first].lstrip(" "), *lines[first + 1 :]])
    content = bytearray(encoded(text))
    if draw(st.integers(0, 4)) == 0:
        place = draw(st.integers(0, len(content)))
        content[place:place] = draw(st.sampled_from(ODD_BYTES))
    return bytes(content)


@given(edited())
@settings(FUZZ, max_examples=400)
def test_slips_in_right_specs(file, content):
    judged(file, content)


@given(st.one_of(st.fixed_dictionaries({}, optional=dict.fromkeys(SECTIONS, trees)), trees))
@FUZZ
def test_anything_below_the_sections(file, tree):
    judged(file, written(tree))


def places(tree, path=()):
    """The paths of all values below a tree."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


@st.composite
def grafted(draw):
    """A right spec with something else in some places."""
    tree = json.loads(json.dumps(draw(st.sampled_from(TREES))))
    for _ in range(draw(st.integers(1, 3))):
        *parents, key = draw(st.sampled_from(list(places(tree)) or [("name",)]))
        parent = tree
        for name in parents:
            parent = parent[name]
        change = draw(st.sampled_from(["value", "value", "name", "wrap", "remove"]))
        if change == "value":
            parent[key] = draw(trees)
        elif change == "name" and isinstance(parent, dict):
            parent[draw(keys)] = parent.pop(key)
        elif change == "wrap":
            parent[key] = draw(st.sampled_from([[parent[key]], {"a": parent[key]}, [[], parent[key]]]))
        else:
            del parent[key]
    return tree


@given(grafted())
@settings(FUZZ, max_examples=400)
def test_anything_in_right_specs(file, tree):
    judged(file, written(tree))


def test_the_specs_that_are_changed_are_right_themselves(file):
    """Otherwise the tests above would try less than they seem to."""
    shipped = TREES[: len(SHIPPED)]
    assert all(judged(file, written(tree)) for tree in [*shipped, TREES[-1]])


BOMB = [f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}' if i else 'x'] * 10)}]" for i in range(9)]
REFUSED = {
    "UTF-16": MINIMAL.encode("utf-16"),
    "UTF-16 without a mark": MINIMAL.encode("utf-16-le"),
    "UTF-32": MINIMAL.encode("utf-32"),
    "Latin-1": MINIMAL.replace("name: a", "name: é").encode("latin-1"),
    "NUL": MINIMAL.replace("Flatten", "Fla\0tten").encode(),
    "half a character": MINIMAL.encode() + b"# \xc3",
    "empty": b"",
    "a mark alone": b"\xef\xbb\xbf",
    "comments alone": b"# name: a\n\n# data:\n",
    "an empty document": b"---\n...\n",
    "a text": b"digits\n",
    "a list": b"- name: a\n",
    "many MiB": b"# nothing\n" * 2**20,
    "many values": f"vars: {{a: [{'1,' * 500_000}]}}\n{MINIMAL}".encode(),
    "an alias bomb": "\n".join(["vars:", *BOMB, MINIMAL]).encode(),
    "an alias of itself": f"vars: {{a: &a [*a]}}\n{MINIMAL}".encode(),
    "brackets": b"[" * 100_000 + b"]" * 100_000,
    "open brackets": b"{a: " * 100_000,
    "dashes": b"- " * 100_000,
    "keys of keys": b"? " * 100_000,
    "two documents": f"{MINIMAL}---\n{MINIMAL}".encode(),
    "a program": b"\x7fELF\x02\x01\x01\0" + bytes(range(256)),
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_a_spec_ends_with_2_and_one_message(tmp_path, content):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    message = one_message(path)
    expect_message(message)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert CliRunner().invoke(app, ["validate", str(tmp_path / "a.yaml")]).exit_code == 0


def a_folder(path):
    path.mkdir()
    return "is a directory"


def nothing(path):
    return "no such file"


def below_a_file(path):
    path.parent.rmdir()
    path.parent.write_text(MINIMAL)
    return "not a directory"


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    return "it is a socket; expected a file"


def a_link_to_nothing(path):
    path.symlink_to("nowhere")
    return "no such file"


def a_link_to_itself(path):
    path.symlink_to(path.name)
    return os.strerror(errno.ELOOP).lower()


def locked(path):
    path.write_text(MINIMAL)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("nothing is locked for this user")
    return "permission denied"


@pytest.mark.parametrize(
    "make", [a_folder, nothing, below_a_file, a_socket, a_link_to_nothing, a_link_to_itself, locked]
)
def test_what_cannot_be_read_ends_with_2_and_one_message(tmp_path, monkeypatch, make):
    folder = tmp_path / "there"
    folder.mkdir()
    monkeypatch.chdir(folder)  # the path of a socket has to be short
    path = folder / "a.yaml"
    make(path)
    expect_message(one_message(path))


LONG = "a" * 5000
ODD = {
    "a character beyond all": MINIMAL.replace("name: a", r'name: "\U00110000"'),
    "half a pair as a key": rf'{MINIMAL}"\ud83d": 1',
    "half a pair in a base": r'extends: "\ud83d.yaml"',
    "half a pair in an import": rf'{MINIMAL}imports: ["./\ud83d.py"]',
    "half a pair in a path": MINIMAL.replace("Digits", r'{ImageFolder: {train: "\ud83d"}}'),
    "NUL in a base": r'extends: "a\0b.yaml"',
    "NUL in an import": rf'{MINIMAL}imports: ["a\0b.py"]',
    "NUL in a path": MINIMAL.replace("Digits", r'{ImageFolder: {train: "a\0b"}}'),
    "a long base": f"extends: {LONG}.yaml",
    "a long import": f"{MINIMAL}imports: [./{LONG}.py]",
    "a long path": MINIMAL.replace("Digits", f"{{ImageFolder: {{train: {LONG}}}}}"),
    "nobody's home in an import": f"{MINIMAL}imports: [~nobody-of-this-name/a.py]",
    "nobody's home in a path": MINIMAL.replace("Digits", "{ImageFolder: {train: ~nobody-of-this-name/a}}"),
    "a long number": f"{MINIMAL}seed: {'9' * 5000}",
    "a long hexadecimal number": f"{MINIMAL}seed: 0x{'f' * 5000}",
    "a long octal number": f"{MINIMAL}seed: 0o{'7' * 5000}",
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_strings_that_systems_choke_on_end_with_2_and_one_message(tmp_path, text):
    path = tmp_path / "a.yaml"
    path.write_text(text)
    expect_message(one_message(path, "validate"))


def one_message(path, *commands):
    """What the commands say of a file, which is the same."""
    messages = set()
    for command in commands or ("show", "validate"):
        result = CliRunner().invoke(app, [command, str(path)])
        assert result.exit_code == 2, result.output
        assert type(result.exception) is SystemExit
        assert "Traceback" not in result.output
        if command == "validate":
            message, *source, count = result.stdout.splitlines()
            assert (count, result.stderr) == ("1 problem", "")
        else:
            message, *source = result.stderr.splitlines()
            assert result.stdout == ""
        # The source line and the line of its carets, where there is one.
        assert len(source) in (0, 2)
        assert all(line.startswith("    ") for line in source)
        messages.add(message)
    assert len(messages) == 1
    return messages.pop()
