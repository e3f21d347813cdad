"""Short titles of the parameters of a sweep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def parameter_titles(names: Sequence[str]) -> dict[str, str]:
    """Return the shortest title of each parameter that differs from the others: the last parts of its name.

    A title does not begin with a number, which is the position in a list, and that of the epochs of a stage says
    which stage, since `epochs` are those of the whole trial.

    Args:
        names: the names of the parameters.

    Example:
        >>> parameter_titles(["train.optimizer.learning_rate", "data.batch_size", "vars.width"])
        {'train.optimizer.learning_rate': 'learning_rate', 'data.batch_size': 'batch_size', 'vars.width': 'width'}
    """
    titles = dict.fromkeys(names, "")
    for length in range(1, max((name.count(".") for name in names), default=0) + 2):
        short = {name: ".".join(name.split(".")[-length:]) for name in names}
        count = Counter(short.values())
        for name in names:
            if not titles[name] and count[short[name]] == 1 and not _is_taken(short[name], name):
                titles[name] = short[name]
    return titles


def _is_taken(title: str, name: str) -> bool:
    if name.startswith("train.stages.") and name.endswith(".epochs"):
        return not title.startswith(("stages.", "train."))
    return title[0].isdecimal() or (title == "epochs" and name != "train.epochs")
