"""A source of specs in the corpus of the diagnosis: datasets of scikit-learn whose labels or parts are wrong."""

import numpy as np
from sklearn import datasets

from kpipe.data import ArrayDataset, OpenContext, Source, Target

_NAMED = {
    "digits": datasets.load_digits,
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
}
#: The share of the validation part, if the source defines it.
_VALIDATION = 0.25


class Altered(Source):
    """A dataset of scikit-learn of which something is wrong.

    Args:
        name: digits, iris, wine, cancer or diabetes.
        shuffled: whether the labels are in another order than the inputs.
        wrong: the share of labels that are replaced by another class.
        copies: the number of samples of which there is a copy.
        contradictions: the number of samples of which there is a copy with another label.
        blank: whether all inputs are zero.
        harder: the deviation of noise in the training part, relative to that of a feature; the validation part is
            clean.
        relabeled: the share of wrong labels in the training part; the validation part is clean.
        outlier: the value of a tenth of the rows, default none.
        noise: the deviation of noise in all inputs, relative to that of a feature.
    """

    def __init__(
        self,
        name: str,
        shuffled: bool = False,
        wrong: float = 0.0,
        copies: int = 0,
        contradictions: int = 0,
        blank: bool = False,
        harder: float = 0.0,
        relabeled: float = 0.0,
        outlier: float = 0.0,
        noise: float = 0.0,
    ):
        self.name, self.shuffled, self.wrong, self.copies = name, shuffled, wrong, copies
        self.contradictions, self.blank, self.harder = contradictions, blank, harder
        self.relabeled, self.outlier, self.noise = relabeled, outlier, noise

    def open(self, context: OpenContext):
        random, bunch = np.random.default_rng(5), _NAMED[self.name]()
        is_digits, is_numbers = self.name == "digits", self.name == "diabetes"
        x = (bunch.images[..., None] if is_digits else bunch.data).astype(np.float32)
        x /= 1.0 if is_digits else x.std(axis=0)
        labels = bunch.target.astype(np.float32 if is_numbers else np.int64)
        count = 0 if is_numbers else len(bunch.target_names)
        labels = random.permutation(labels) if self.shuffled else labels
        everywhere = np.arange(len(x))
        labels = _other(labels, random.permutation(everywhere)[: int(self.wrong * len(x))], count, random)
        x = np.zeros_like(x) if self.blank else x + self.noise * x.std() * random.normal(size=x.shape)
        if self.outlier:
            x[random.permutation(everywhere)[: len(x) // 10]] = self.outlier
        again = random.permutation(everywhere)[: self.copies + self.contradictions]
        x, copied = np.concatenate([x, x[again]]), np.concatenate([labels, labels[again]])
        labels = _other(copied, np.arange(len(labels) + self.copies, len(copied)), count, random)
        parts = {"train": np.arange(len(x))}
        if self.harder or self.relabeled:
            order = random.permutation(len(x))
            train, held = np.split(order, [int((1 - _VALIDATION) * len(x))])
            x[train] += self.harder * x.std() * random.normal(size=x[train].shape)
            labels = _other(labels, train[: int(self.relabeled * len(train))], count, random)
            parts = {"train": np.sort(train), "validation": np.sort(held)}
        names = None if is_numbers else tuple(map(str, range(count)))
        target = Target("y", "regression" if is_numbers else "classification", names, ())
        inputs = {part: x[rows].astype(np.float32) for part, rows in parts.items()}
        order = np.concatenate([*parts.values()])
        ends = np.cumsum([0, *(len(rows) for rows in parts.values())])
        rows = {part: np.arange(ends[i], ends[i + 1]) for i, part in enumerate(parts)}
        if is_digits and not (self.noise or self.harder or self.outlier):
            inputs = {part: values.astype(np.uint8) for part, values in inputs.items()}
        return ArrayDataset({"x": inputs}, {"y": target}, {"y": labels[order]}, rows)


def _other(labels, rows, count, random):
    """Return labels of which some are replaced by another class."""
    found = labels.copy()
    if len(rows):
        found[rows] = (labels[rows] + random.integers(1, count, len(rows))) % count
    return found
