import numpy as np

from kpipe.data.dataset import Target
from kpipe.data.splits.strata import Strata
from tests.data.splits.labelled import Labelled, dataset


def test_the_first_target_with_classes():
    targets = {
        "price": Target("price", "regression", None, ()),
        "tags": Target("tags", "classification", ("x", "y"), (3,)),
        "kind": Target("kind", "classification", ("a", "b"), ()),
    }
    labels = {"price": np.zeros(3), "tags": np.zeros((3, 3), np.int64), "kind": np.array([1, 0, 1])}
    strata = Strata.of(Labelled({}, targets, labels, {"train": np.arange(3)}), np.array([0, 2]))
    assert (strata.target, strata.labels.tolist(), strata.counts().tolist()) == ("kind", [1, 1], [0, 2])
    assert Strata.of(dataset([0.5], task="regression"), np.arange(1)) is None


def test_many_names_are_shortened():
    strata = Strata("y", tuple(map(str, range(12))), np.arange(12))
    assert strata.named(strata.counts() > 0).endswith("'9' and 2 more")
