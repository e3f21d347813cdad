import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpipe.components import vocabulary
from kpipe.nearest import ALIASES, MOST_COMPARED, distance, few_suggestions, listed, nearest
from kpipe.spec.sections.data import Data
from kpipe.spec.sections.registered import sections
from kpipe.spec.sections.train import Train
from kpipe.spec.top_level import FILE_KEYS, top_level

#: An example may take any time on a busy machine.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
WORDS = st.text("abcd_", max_size=8)
CONV = ["filters", "kernel_size", "strides", "padding", "use_bias", "dilation_rate", "activation", "name"]
LAYERS = ["Dense", "Conv1D", "Conv2D", "MaxPooling2D", "BatchNormalization", "ReLU", "LSTM", "GRU"]


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("useBias", CONV, "use_bias"),
        ("kernel-size", CONV, "kernel_size"),
        ("strdies", CONV, "strides"),
        ("stride", CONV, "strides"),
        ("filter", CONV, "filters"),
        ("paddin", CONV, "padding"),
        ("pading", CONV, "padding"),
        ("paddding", CONV, "padding"),
        ("poding", CONV, "padding"),
        ("dila", CONV, "dilation_rate"),
        ("channels", CONV, "filters"),
        ("activation_function", CONV, "activation"),
        ("xyz", CONV, None),
        ("f", CONV, None),
        ("", CONV, None),
        ("strides", [], None),
        ("conv2d", LAYERS, "Conv2D"),
        ("Conv", LAYERS, "Conv2D"),
        ("BatchNorm", LAYERS, "BatchNormalization"),
        ("BatchNorm2d", LAYERS, "BatchNormalization"),
        ("Linear", LAYERS, "Dense"),
        ("MaxPoling2D", LAYERS, "MaxPooling2D"),
        ("LTSM", LAYERS, "LSTM"),
        ("Attention", LAYERS, None),
    ],
)
def test_what_was_meant(word, known, meant):
    assert nearest(word, known) == meant


def test_a_word_that_is_allowed_comes_before_what_another_library_means_by_it():
    assert nearest("alpha", ["alpha", "negative_slope"]) == "alpha"
    assert nearest("alpha", ["learning_rate", "negative_slope"]) == "negative_slope"
    assert nearest("alpha", ["learning_rate", "units"]) == "learning_rate"


def test_of_several_beginnings_the_shortest_word_is_meant():
    assert nearest("accu", ["accuracy_of_top_five", "accuracy"]) == "accuracy"


def test_a_word_of_another_library_is_one_that_keras_or_kpipe_has():
    components = {name for kind in ("layer", "loss", "metric", "source") for name in vocabulary().names(kind)}
    arguments = {
        argument
        for kind in ("layer", "optimizer", "callback")
        for known in vocabulary().components(kind)
        for argument in known.arguments
    }
    keys = {*sections(), *top_level(), *Data.model_fields, *Train.model_fields, "every_steps"}
    words = {"mixed_float16", "mixed_bfloat16", "accuracy", *FILE_KEYS}
    for alias, meant in ALIASES.items():
        assert alias == alias.lower().replace("_", "").replace("-", ""), alias
        assert set(meant) <= components | arguments | keys | words, alias


@UNTIMED
@given(WORDS, WORDS)
def test_the_distance_is_the_same_in_both_directions_and_0_for_the_same_word_alone(first, second):
    assert distance(first, second) == distance(second, first)
    assert (distance(first, second) == 0) == (first == second)
    assert abs(len(first) - len(second)) <= distance(first, second) <= max(len(first), len(second))


@UNTIMED
@given(WORDS, st.integers(0, 7), st.sampled_from("abcd"))
def test_one_typo_is_a_distance_of_one(word, place, letter):
    place = min(place, len(word))
    assert distance(word, word[:place] + letter + word[place:]) == 1
    swapped = word[: place - 1] + word[place : place + 1] + word[place - 1 : place] + word[place + 1 :]
    assert place == 0 or distance(word, swapped) <= 1


@UNTIMED
@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=8))
def test_what_is_meant_is_always_one_of_the_allowed_words(word, known):
    assert nearest(word, known) in {None, *known}
    assert not known or nearest(known[0], known) in known


def test_many_words_are_cut_only_where_one_was_probably_meant():
    words = [f"w{number}" for number in range(10)]
    assert listed(words) == ", ".join(words)
    assert listed(words, "w3") == "w0, w1, w2, w3, w4, w5, w6, w7, ..."
    assert listed(words, "w3", most=10) == ", ".join(words)
    assert listed([]) == ""


def test_long_words_are_not_searched_for():
    assert nearest("Dense" * 50, ["Dense" * 50 + "s"]) is None


def test_searches_of_one_check_are_bounded_and_the_next_check_starts_again():
    known = [f"name_{i}" for i in range(MOST_COMPARED // 10)]
    for _ in range(2):
        with few_suggestions():
            found = [nearest("nme_1", known) for _ in range(12)]
            with few_suggestions():
                assert nearest("unit", ["units"]) is None
        assert found == ["name_1"] * 10 + [None] * 2
    assert nearest("nme_1", known) == "name_1"
