"""Labels and outputs of exclusive classes, and metrics that see them in batches."""

import numpy as np

#: Sizes of batches, which differ.
SIZES = (1, 44, 55)
#: Sizes for tests with many metrics, each of which Keras traces again for another size.
EQUAL = (50, 50)


def labels_and_outputs(classes, absent=(), seed=0):
    """100 labels that never are one of `absent`, and outputs that never choose one of them."""
    random = np.random.default_rng(seed)
    present = [index for index in range(classes) if index not in absent]
    labels = random.choice(present, 100, p=np.arange(1, len(present) + 1) / sum(range(1, len(present) + 1)))
    outputs = random.normal(size=(100, classes)) + 0.8 * np.eye(classes)[labels]
    outputs[:, list(absent)] = -9
    return labels, outputs.astype(np.float32)


def softmax(outputs):
    wide = np.exp(outputs.astype(np.float64) - outputs.max(axis=-1, keepdims=True))
    return wide / wide.sum(axis=-1, keepdims=True)


def accumulated(metric, labels, outputs, weights=None, sizes=SIZES):
    """The value of a metric after batches of differing sizes."""
    metric.reset_state()
    first = 0
    for size in sizes:
        part = slice(first, first + size)
        metric.update_state(labels[part], outputs[part], None if weights is None else weights[part])
        first += size
    assert first == len(labels)
    return np.asarray(metric.result())
