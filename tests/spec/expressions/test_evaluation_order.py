import random

from kpipe.spec.expressions.evaluation_order import evaluation_order


def test_the_given_order_is_kept_where_uses_allow_it():
    assert evaluation_order({"a": [], "b": ["a"], "c": ["other"]}) == (["a", "b", "c"], [])
    assert evaluation_order({"a": ["c"], "b": [], "c": ["b"]}) == (["b", "c", "a"], [])


def test_each_variable_follows_those_that_it_uses():
    generator = random.Random(0)
    names = [f"v{index}" for index in range(300)]
    uses = {name: set(generator.sample(names[:index], min(index, 4))) for index, name in enumerate(names)}
    shuffled = {name: uses[name] for name in generator.sample(names, len(names))}
    order, cycles = evaluation_order(shuffled)
    assert (sorted(order), cycles) == (sorted(names), [])
    assert all(order.index(used) < order.index(name) for name in names for used in uses[name])


def test_cycles_are_returned_and_other_variables_ordered():
    order, cycles = evaluation_order({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["d", "e"], "e": [], "f": ["a"]})
    assert cycles == [["a", "b", "c"], ["d"]]
    assert sorted(order) == [*"abcdef"]
    assert order.index("e") < order.index("d")


def test_a_long_chain_needs_no_recursion():
    names = [f"v{index}" for index in range(50_000)]
    order, cycles = evaluation_order({name: names[index + 1 : index + 2] for index, name in enumerate(names)})
    assert (order, cycles) == (names[::-1], [])
