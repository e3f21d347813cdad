"""Suggestions for misspelled words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import SequenceMatcher

#: Maximum length of a word for which a suggestion is searched.
LONGEST = 100
#: Maximum number of words compared in one check, which bounds the time for a spec with thousands of misspelled names.
MOST_COMPARED = 100_000
#: Maximum number of words in a message.
MOST_LISTED = 60

_left: ContextVar[list[int] | None] = ContextVar("number of words left to compare", default=None)

#: Terms of PyTorch and common abbreviations, with the terms of Keras and kpipe for the same thing in the order in which
#: they are tried.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "activationfunction": ("activation",),
    "alpha": ("negative_slope", "learning_rate"),
    "avgpool2d": ("AveragePooling2D",),
    "batch": ("batch_size",),
    "batchnorm": ("BatchNormalization",),
    "batchnorm1d": ("BatchNormalization",),
    "batchnorm2d": ("BatchNormalization",),
    "batchnorm3d": ("BatchNormalization",),
    "bce": ("BinaryCrossentropy",),
    "acc": ("accuracy",),
    "bceloss": ("BinaryCrossentropy",),
    "bcewithlogitsloss": ("BinaryCrossentropy",),
    "bias": ("use_bias",),
    "bs": ("batch_size",),
    "channels": ("filters",),
    "conv": ("Conv2D",),
    "crossentropyloss": ("SparseCategoricalCrossentropy",),
    "dataset": ("source",),
    "defaults": ("extends",),
    "dilation": ("dilation_rate",),
    "dim": ("axis", "output_dim"),
    "dropout2d": ("SpatialDropout2D",),
    "embeddingdim": ("output_dim",),
    "eps": ("epsilon",),
    "f1": ("F1Score",),
    "fc": ("Dense",),
    "globalavgpool2d": ("GlobalAveragePooling2D",),
    "hiddensize": ("units",),
    "include": ("extends",),
    "inherit": ("extends",),
    "kernel": ("kernel_size",),
    "ksize": ("kernel_size",),
    "l1loss": ("MeanAbsoluteError",),
    "linear": ("Dense",),
    "loadbreastcancer": ("BreastCancer",),
    "loaddiabetes": ("Diabetes",),
    "loaddigits": ("Digits",),
    "loadiris": ("Iris",),
    "loadwine": ("Wine",),
    "lr": ("learning_rate",),
    "layernorm": ("LayerNormalization",),
    "maxepochs": ("epochs",),
    "maxpool2d": ("MaxPooling2D",),
    "mae": ("MeanAbsoluteError",),
    "mape": ("MeanAbsolutePercentageError",),
    "mse": ("MeanSquaredError",),
    "mseloss": ("MeanSquaredError",),
    "msle": ("MeanSquaredLogarithmicError",),
    "nepochs": ("epochs",),
    "numepochs": ("epochs",),
    "numfilters": ("filters",),
    "numunits": ("units",),
    "outchannels": ("filters",),
    "outfeatures": ("units",),
    "p": ("rate",),
    "pad": ("padding",),
    "params": ("vars",),
    "prob": ("rate",),
    "steps": ("every_steps",),
    "stride": ("strides",),
    "testsplit": ("test",),
    "valsplit": ("validation",),
    "validationsplit": ("validation",),
    "warmup": ("warmup_epochs",),
    "wd": ("weight_decay",),
    "weightdecay": ("weight_decay",),
    "fp16": ("mixed_float16",),
    "float16": ("mixed_float16",),
    "halfprecision": ("mixed_float16",),
    "bf16": ("mixed_bfloat16",),
    "bfloat16": ("mixed_bfloat16",),
}


@contextmanager
def few_suggestions() -> Iterator[None]:
    """Limit the number of words compared for suggestions in one check; beyond the limit there are no suggestions.

    Example:
        >>> with few_suggestions():
        ...     nearest("unit", ["units"])
        'units'
    """
    if _left.get() is not None:
        yield
        return
    token = _left.set([MOST_COMPARED])
    try:
        yield
    finally:
        _left.reset(token)


def equivalents(word: str) -> tuple[str, ...]:
    """Return the terms of Keras and kpipe for a term of another library; empty if there are none.

    Example:
        >>> equivalents("validation_split"), equivalents("rate")
        (('validation',), ())
    """
    return ALIASES.get(_folded(word), ())


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant, or None.

    The candidates, in this order, are: the same word except for case and underscores; the equivalent of a term of
    another library; a word with this prefix; a word with few letters dropped, added, swapped or changed (the distance
    of Damerau, "A technique for computer detection and correction of spelling errors", 1964); the most similar word.

    Args:
        word: the misspelled word.
        known: the allowed words.

    Example:
        >>> nearest("lr", ["units", "learning_rate"]), nearest("strdies", ["strides"]), nearest("xyz", ["strides"])
        ('learning_rate', 'strides', None)
    """
    known = known if isinstance(known, Collection) else list(known)
    if len(word) > LONGEST or not _pay(len(known)):
        return None
    by_folded: dict[str, str] = {}
    short = (entry for entry in known if len(entry) <= LONGEST)
    for entry in sorted(short, key=lambda entry: entry[:1].isupper() != word[:1].isupper()):
        by_folded.setdefault(_folded(entry), entry)
    meant = _folded(word)
    if meant in by_folded:
        return by_folded[meant]
    alias = next((entry for entry in ALIASES.get(meant, ()) if _folded(entry) in by_folded), None)
    if alias is not None:
        return by_folded[_folded(alias)]
    longer = sorted((entry for entry in by_folded if len(meant) > 3 and entry.startswith(meant)), key=len)
    if longer:
        return by_folded[longer[0]]
    near = [entry for entry in by_folded if _may_be(meant, entry)]
    scored = sorted((distance(meant, entry), *_unlikeness(meant, entry), entry) for entry in near)
    if scored and scored[0][0] <= max(1, len(meant) // 4) and scored[0][0] < max(len(meant), len(scored[0][-1])):
        return by_folded[scored[0][-1]]
    alike = sorted((-_likeness(meant, entry), entry) for entry in by_folded if _may_be_alike(meant, entry))
    return by_folded[alike[0][1]] if alike and -alike[0][0] >= _ALIKE else None


def distance(first: str, second: str) -> int:
    """Return how many letters to drop, add, change or swap with their neighbor turn one string into the other.

    Example:
        >>> distance("strdies", "strides"), distance("filter", "filters"), distance("", "ab")
        (1, 1, 2)
    """
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        here = [row]
        for column, other in enumerate(second, 1):
            best = min(above[column] + 1, here[column - 1] + 1, above[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and letter == second[column - 2] and first[row - 2] == other
            here.append(min(best, before[column - 2] + 1) if swapped else best)
        before, above = above, here
    return above[-1]


#: Minimum similarity of a suggestion.
_ALIKE = 0.75


def _pay(words: int) -> bool:
    """Return whether this number of words may still be compared; always true outside of a check."""
    left = _left.get()
    if left is None:
        return True
    left[0] -= words
    return left[0] >= 0


def _may_be_alike(first: str, second: str) -> bool:
    """Whether two words can be similar enough, judging by their lengths."""
    return 2 * min(len(first), len(second)) >= _ALIKE * (len(first) + len(second))


def _folded(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "")


def _may_be(first: str, second: str) -> bool:
    """Whether the distance of two words can be small enough, judging by their lengths."""
    return abs(len(first) - len(second)) <= max(1, len(first) // 4)


def _unlikeness(first: str, second: str) -> tuple[bool, bool, float]:
    """A sort key for words at the same distance: first the same letters, then the same length, then similarity."""
    return sorted(first) != sorted(second), len(first) != len(second), -_likeness(first, second)


def _likeness(first: str, second: str) -> float:
    return SequenceMatcher(None, first, second).ratio()


def listed(known: Iterable[str], meant: str | None = None, most: int = 8) -> str:
    """Return words for a message: all, or only the first few of many if there is a suggestion.

    Example:
        >>> listed(["a", "b"]), listed(map(str, range(20)), "3")
        ('a, b', '0, 1, 2, 3, 4, 5, 6, 7, ...')
    """
    words = list(known)
    most = most if meant is not None else max(most, MOST_LISTED)
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])}, ..."
