import resource
import subprocess
import sys
import textwrap

import pytest
from golden import expect_message, raises

from kpipe.checks.checked_spec import checked
from kpipe.errors import SpecError
from kpipe.spec.expressions.budget import MAX_WORK, Budget, BudgetError, size_of
from kpipe.spec.expressions.expression import ExpressionError, evaluate, parse
from kpipe.spec.reader import read

HEAD = "name: a\ndata: {source: Iris}\n"
MODEL = "model: [Dense: {units: =classes}, {Dropout: {rate: '=0.1 if v == v else 0.2'}}]\n"

#: Each takes gigabytes or hours where it is computed before it is measured.
BOMBS = [
    "len(str([[[0]*10000]*10000]*10000))",
    "len(sum([[0]*9999]*9999, []))",
    "round(5, -1000000000)",
    "round(5.5, 10 ** 18)",
    "[[[0]*1000]*1000]*1000 == [[[0]*1000]*1000]*1000",
    "[[[[0]*10000]*10000]*10000]",
    "max([[[0]*9000]*9000, [[0]*9000]*9000])",
    "min([[0]*9000]*9000, [[0]*9000]*9000)",
    "[str([0]*3000)]*10000",
    "[[0]*9999, [0]*9999] * 5000",
    "[[[0]*5000]*5000, [[0]*5000]*5000]",
    "[[0]*9000]*9000 + [[0]*9000]*9000",
    "sum([[[0]*100]*100]*5000, [])",
    "9**9**9",
    "(2 ** 100) ** (2 ** 100)",
    "int(str([0]*3000)) ** 2",
    "depth_schedule([[0]*9000]*9000, 1)",
    "[[0]*9000]*9000 < [[0]*9000]*9000",
    "[[0]*9000]*9000 if [[0]*9000]*9000 else 0",
    "0[[[0]*9000]*9000]",
]


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("1 + 2", 3),
        ("[0] * 5", 4 + 1 + 5),
        ("[[0, 0]] * 3", 6 + 2 + 3 + 3 * 3),
        ("len('abc')", 2),
        ("'ab' + 'cd'", 3 + 4),
        ("[1, 2] == [1, 2]", 7 + 4 + 4),
        ("max([1, 2])", 4 + 2 + 2),
    ],
)
def test_nodes_and_elements_are_counted(text, work):
    budget = Budget()
    evaluate(parse(text), {}, budget)
    assert budget.work == work


def test_shared_lists_count_as_often_as_they_appear():
    row = [0] * 10
    assert size_of([row] * 10, Budget()) == 110
    budget = Budget()
    with pytest.raises(BudgetError):
        size_of([[[row] * 1000] * 1000] * 1000, budget)
    assert budget.work <= MAX_WORK + 1000


@pytest.mark.parametrize("text", BOMBS)
def test_bombs_are_refused_before_they_are_computed(text):
    budget = Budget()
    with pytest.raises((BudgetError, ExpressionError)):
        evaluate(parse(text), {}, budget)


def test_memory_stays_bounded_for_any_expression():
    limit = 400 * 2**20
    code = f"""
        import resource
        from kpipe.spec.expressions.budget import Budget, BudgetError
        from kpipe.spec.expressions.expression import ExpressionError, evaluate, parse
        from kpipe.spec.variables import variables
        from kpipe.spec.yaml_text.yaml_reader import read_text
        resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
        refused = 0
        for text in {BOMBS!r}:
            try:
                evaluate(parse(text), {{}}, Budget())
            except (BudgetError, ExpressionError):
                refused += 1
            problems = []
            variables(read_text('{{v: "=' + text + '", w: "=[v, v]", x: [=v, =w], y: =x}}', "a.yaml"), problems)
            assert problems
        print(refused)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, timeout=300
    )
    assert (done.stderr, done.stdout) == ("", f"{len(BOMBS)}\n")


@pytest.mark.parametrize("text", [BOMBS[0], BOMBS[1], BOMBS[4], BOMBS[5]])
def test_one_problem_names_the_first_place_by_each_way_in(tmp_path, text):
    """In the file, by `set`, on the command line, and from Python."""
    whole = tmp_path / "a.yaml"
    whole.write_text(f'{HEAD}vars: {{v: "={text}", w: "=len(v)"}}\n{MODEL}')
    plain = tmp_path / "b.yaml"
    plain.write_text(f"{HEAD}vars: {{v: 1}}\n{MODEL}")
    child = tmp_path / "c.yaml"
    child.write_text(f'extends: b.yaml\nset: {{vars.v: "={text}"}}\n')
    ways = [
        lambda: checked(whole),
        lambda: read(whole),
        lambda: checked(child),
        lambda: checked(plain, [f'vars.v="={text}"']),
        lambda: checked(plain, {"vars.v": f"={text}"}),
        lambda: checked(plain, {"train.epochs": f"={text}"}),
        lambda: checked(plain, {"data.batch_size": f"={text}"}),
        lambda: checked(plain, {"data.source": {"CSV": {"path": f"={text}"}}}),
    ]
    for way in ways:
        with pytest.raises(SpecError) as caught:
            way()
        (problem,) = (p for p in caught.value.problems if "unused variable" not in p.message)
        expect_message(problem.message)
        assert problem.mark is not None
        assert len(problem.message) < 500


def test_one_budget_is_shared_by_all_expressions_of_a_spec(tmp_path):
    """Each of them is small enough by itself."""
    path = tmp_path / "a.yaml"
    lines = "".join(f"  v{i}: '=[0] * 9000'\n" for i in range(200))
    read_all = " + ".join(f"v{i}[0]" for i in range(200))
    path.write_text(f"{HEAD}vars:\n{lines}model: [Dense: {{units: '={read_all}'}}]\n")
    with pytest.raises(SpecError) as caught:
        checked(path)
    (problem,) = caught.value.problems
    expect_message(problem.message)
    assert problem.path.startswith("vars.v")


def test_values_that_variables_repeat_are_paid_for(tmp_path):
    """Each variable doubles the one before, or is one level deeper."""
    path = tmp_path / "a.yaml"
    doubled = "".join(f"  v{i}: [=v{i - 1}, =v{i - 1}]\n" for i in range(1, 40))
    path.write_text(f"{HEAD}vars:\n  v: [1]\n  v0: =v\n{doubled}{MODEL}")
    with raises(SpecError):
        read(path)
    deeper = "".join(f"  v{i}: [=v{i - 1}]\n" for i in range(1, 2000))
    path.write_text(f"{HEAD}vars:\n  v: [1]\n  v0: =v\n{deeper}{MODEL}")
    with raises(SpecError):
        read(path)


def test_a_budget_of_its_own_begins_where_the_other_was():
    budget = Budget()
    budget.spend(MAX_WORK - 5)
    copy = budget.copy()
    copy.spend(5)
    assert (budget.left, copy.left) == (5, 0)
    with pytest.raises(BudgetError):
        copy.spend(1)


def test_the_limit_of_memory_is_one_that_this_system_keeps():
    """So that the test above can fail."""
    code = "import resource; resource.setrlimit(resource.RLIMIT_AS, (400 * 2**20, 400 * 2**20)); [0] * 10**8"
    assert resource.RLIMIT_AS
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MemoryError" in done.stderr
