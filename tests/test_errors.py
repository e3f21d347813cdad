"""The tree in the docstring of `kpipe.errors` is that of the classes, and exceptions survive copies and pickles."""

import copy
import pickle
import re

import pytest
from kpipe_callbacks import ExplosionError
from readme_files import ROOT

import kpipe
from kpipe import errors
from kpipe.data.images.image_file import ImageProblemError
from kpipe.errors import ArgumentError, DataError, KpipeError, Link, Mark, Problem, SpecError, TrainingError
from kpipe.spec.expressions.budget import BudgetError
from kpipe.spec.expressions.expression import ExpressionError

BASES = {
    KpipeError: (Exception,),
    SpecError: (KpipeError, ValueError),
    ArgumentError: (KpipeError, ValueError),
    DataError: (KpipeError, ValueError),
    TrainingError: (KpipeError, RuntimeError),
}
EXIT_CODES = {SpecError: 2, ArgumentError: 2, DataError: 2, TrainingError: 1}
#: Errors of single stages, and the one of `kpipe_callbacks`, which imports nothing of kpipe.
OTHERS = {ExpressionError: (ValueError,), BudgetError: (ValueError,), ImageProblemError: (Exception,)}
OTHERS |= {ExplosionError: (ValueError,)}

FIRST = Mark("a.yaml", 3, 5, 3, 9)
SECOND = Mark("a.yaml", 2, 1, 2, 4)
PROBLEMS = [
    Problem(FIRST, "train.epochs", "expected at least 1, got 0", more_uses=2),
    Problem(SECOND, "nmae", "unknown key 'nmae'", "name", (Link(FIRST, "epochs = 0", "model.3"),)),
    Problem(None, "", "missing key 'model'"),
]
RAISED = [
    SpecError(PROBLEMS),
    ArgumentError("rate", "expected at most 1, got 2"),
    ArgumentError("mode", "unknown mode 'fats'", "fast"),
    DataError("runs/1 is not the folder of a run"),
    DataError(problem=PROBLEMS[0]),
    TrainingError("runs/1: the training exploded"),
    ExpressionError("unknown name 'widht'", unknown="widht"),
    BudgetError(),
    ImageProblemError("it is empty", permanent=False),
    ExplosionError("the loss is nan"),
]


def documented():
    """The bases and the exit code of each class in the tree of the docstring."""
    tree = errors.__doc__.split("```")[1]
    found, parents = {}, []
    for line in tree.splitlines():
        match = re.match(r"(?P<before>[│├└─ ]*)(?P<name>[A-Z]\w+)(?: \((?P<more>\w+)\))?(?: {2,}|$)", line)
        if match is None:
            continue
        del parents[len(match["before"]) // 4 :]
        found[match["name"]] = [name for name in (*parents[-1:], match["more"]) if name]
        parents.append(match["name"])
    return found


def documented_exit_codes():
    """The exit codes in the tree; that of a class is at the end of its first or second line."""
    tree = errors.__doc__.split("```")[1]
    entries = re.split(r"[├└]── (?=\w+Error)", tree)[1:]
    return {re.match(r"\w+", entry)[0]: int(code[1]) for entry in entries if (code := re.search(r" (\d)\n", entry))}


def test_every_public_class_is_in_the_tree():
    public = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, BaseException) and value.__module__ == errors.__name__
    }
    assert public == {error.__name__ for error in BASES}
    assert documented().keys() - {"Exception"} == public


@pytest.mark.parametrize("error", BASES, ids=lambda error: error.__name__)
def test_bases_are_those_of_the_tree(error):
    assert error.__bases__ == BASES[error]
    assert documented()[error.__name__] == [base.__name__ for base in BASES[error]]


@pytest.mark.parametrize("error", OTHERS, ids=lambda error: error.__name__)
def test_bases_of_errors_outside_of_the_tree(error):
    assert error.__bases__ == OTHERS[error]
    text = " ".join(errors.__doc__.split("```")[2].split())
    assert f"`{error.__name__}`" in text
    if error is ExplosionError:
        assert "`ExplosionError` (ValueError)" in text


def test_errors_of_the_call_are_value_errors_and_a_failed_training_is_none():
    for error in (SpecError, ArgumentError, DataError):
        assert issubclass(error, ValueError) and not issubclass(error, RuntimeError)
    assert issubclass(TrainingError, RuntimeError) and not issubclass(TrainingError, ValueError)


def test_exit_codes_are_those_of_the_tree_and_of_the_readme():
    assert {error: error.exit_code for error in EXIT_CODES} == EXIT_CODES
    assert documented_exit_codes() == {error.__name__: code for error, code in EXIT_CODES.items()}
    readme = " ".join((ROOT / "README.md").read_text().split())
    assert re.search(r"\b1 (?:\w+ )*the training failed\b", readme)
    assert re.search(r"\b2 (?:\w+ )*the spec\b", readme)


def test_the_package_exports_what_leaves_it():
    exported = {name for name in kpipe.__all__ if name.endswith("Error")}
    # Where a component of a spec raises it, an ArgumentError becomes a SpecError.
    assert exported == {error.__name__ for error in BASES} - {"ArgumentError"}
    assert all(getattr(kpipe, name) is getattr(errors, name) for name in exported)


def test_the_guide_for_contributors_names_the_base_class():
    assert "`KpipeError` ([kpipe/errors.py](kpipe/errors.py))" in (ROOT / "CONTRIBUTING.md").read_text()


def pickled(error):
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize("copied", [pickled, copy.copy, copy.deepcopy])
@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_a_copy_has_the_same_message_and_attributes(error, copied):
    again = copied(error)
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("copied", [pickled, copy.copy, copy.deepcopy])
def test_a_copy_keeps_the_notes(copied):
    error = SpecError(PROBLEMS)
    error.add_note("in a worker")
    assert copied(error).__notes__ == ["in a worker"]


def test_a_subclass_is_copied_as_what_it_is():
    class CustomError(SpecError):
        """Of the test."""

    assert type(copy.copy(CustomError(PROBLEMS))) is CustomError


def test_problems_are_sorted_by_place_and_listed_once():
    error = SpecError([*PROBLEMS, PROBLEMS[0]])
    assert [problem.path for problem in error.problems] == ["", "nmae", "train.epochs"]
