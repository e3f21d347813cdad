import pickle
import re

import pytest

from kpipe.child_processes.carried_exception import CarriedException
from kpipe.errors import ArgumentError, DataError, Mark, Problem, SpecError


class RewordedError(ValueError):
    """Its message is not its argument."""

    def __init__(self, path, *, tries=1):
        self.path, self.tries = path, tries
        super().__init__(f"cannot read {path}")


class ReducedError(Exception):
    def __init__(self, a, b):
        super().__init__(a)
        self.a, self.b = a, b

    def __reduce__(self):
        return ReducedError, (self.a, self.b)


def carried(error):
    try:
        raise error
    except BaseException as caught:
        sent = pickle.dumps(CarriedException.of(caught))
    return pickle.loads(sent).restored("process 5")


PROBLEM = Problem(Mark("a.yaml", 1, 2, 1, 3), "data.source", "wrong", "right")


@pytest.mark.parametrize(
    "error",
    [
        DataError("a.png: truncated"),
        DataError(problem=PROBLEM),
        ArgumentError("rate", "2 is above 1", "ratio"),
        SpecError([PROBLEM]),
        FileNotFoundError(2, "No such file", "a.png"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        KeyError("a"),
        MemoryError(),
        RewordedError("a.png", tries=3),
        ReducedError(1, 2),
    ],
    ids=lambda error: type(error).__name__,
)
def test_type_message_and_attributes_stay(error):
    found = carried(error)
    assert type(found) is type(error)
    assert (str(found), found.args) == (str(error), error.args)
    notes = found.__dict__.pop("__notes__")
    assert found.__dict__ == error.__dict__
    assert notes == [f"raised in process 5:\n{notes[0].partition(chr(10))[2]}"]
    assert "in carried\n    raise error\n" in notes[0]
    if isinstance(error, OSError):
        assert (found.errno, found.strerror, found.filename) == (2, "No such file", "a.png")


def test_the_cause_is_in_the_note():
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            raise DataError("outer") from inner
    except DataError as error:
        found = CarriedException.of(error).restored("process 5")
    assert "KeyError: 'inner'" in found.__notes__[0] and "direct cause" in found.__notes__[0]


def test_notes_are_not_shared_between_restored_exceptions():
    kept = CarriedException.of(DataError("text"))
    assert [len(kept.restored("process 5").__notes__) for _ in range(3)] == [1, 1, 1]


def local_error():
    class LocalError(Exception):
        pass

    return LocalError("text")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (local_error(), r".*LocalError: text"),
        (DataError("text", problem=lambda: 0), "kpipe.errors.DataError: text"),
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
    ids=["local class", "cannot be pickled", "SystemExit", "KeyboardInterrupt"],
)
def test_what_cannot_be_carried_becomes_its_text(error, text):
    found = carried(error)
    assert type(found) is RuntimeError
    assert re.fullmatch(text, str(found))
    assert "in carried" in found.__notes__[0]
