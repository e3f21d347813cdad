"""The checks of the samples of a spec before several runs of it, without TensorFlow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kpipe.components import build
from kpipe.data.cache.sample_store import SampleStore, Say
from kpipe.data.checks.checked_samples import CheckedSamples
from kpipe.data.checks.finding import Finding
from kpipe.data.dataset import Dataset, Indices
from kpipe.data.prepare.resize import Resize
from kpipe.data.reader import Reader
from kpipe.data.splits.fold_split import fold_split
from kpipe.spec.error_places import located
from kpipe.spec.node import Node
from kpipe.spec.spec import Spec
from kpipe.train.setup.by_input import by_input
from kpipe.train.setup.check_samples import check_samples
from kpipe.train.setup.evaluated_inputs import evaluated_inputs


def check_dataset(spec: Spec, dataset: Dataset, parts: Mapping[str, Indices], say: Say) -> list[Finding]:
    """Return what the checks of the samples have found before a cross-validation or a sweep.

    In a cross-validation, samples in several folds are found at once. The samples are read for the checks alone, unless
    they were compared before.

    Args:
        spec: a checked spec whose custom code is in use.
        dataset: the opened source.
        parts: ascending indices keyed by part name, from `split_data`.
        say: reports that images are decoded for the checks alone.

    Raises:
        SpecError: a preparation does not fit the data.
        DataError: the images differ in size, or, with `data.checks: strict`, a finding is a warning.

    Example:
        >>> from kpipe.checks.checked_spec import checked
        >>> from kpipe.train.setup.split_data import split_data
        >>> spec = checked("kpipe:digits", {"data.validation": 0, "data.folds": 3})
        >>> check_dataset(spec, *split_data(spec, print), print)
        []
    """
    if spec.data.checks == "off":
        return []
    reader, folds = _reader(spec, dataset), []
    if spec.data.is_cross_validation and spec.data.folds is not None:
        pool = np.union1d(parts["train"], parts["validation"])
        folds = fold_split(dataset, pool, spec.data.folds, spec.seed, None)
        parts = {"train": pool, **{name: indices for name, indices in parts.items() if name == "test"}}
    samples = CheckedSamples(dataset, parts, SampleStore(reader, parts, cache="none"))
    return check_samples(spec, samples, say, folds)


def _reader(spec: Spec, dataset: Dataset) -> Reader:
    """Return what reads the samples as the runs do, except that tables remain as they are."""
    prepare = spec.data.prepare or Node([], spec.data.source.mark)
    with located(prepare):
        first = {name: node.items[:1] for name, node in by_input(prepare, "data.prepare", list(dataset.inputs)).items()}
        stages = {name: build(items[0], "preparation") for name, items in first.items() if items}
        resizes = {name: stage for name, stage in stages.items() if isinstance(stage, Resize)}
        return Reader(dataset, resizes, {}, evaluations=evaluated_inputs(spec.data, dataset))
