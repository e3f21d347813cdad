"""Evidence from a few curves."""

import numpy as np

from kpipe.judge.diagnosis.evidence import Evidence


def evidence_of(
    loss=(2.0, 1.0, 0.5, 0.4, 0.3),
    val_loss=(2.0, 1.1, 0.6, 0.5, 0.45),
    *,
    accuracy=None,
    val_accuracy=None,
    training=None,
    training_accuracy=None,
    rate=None,
    ratio=2e-3,
    penalty=0.0,
    trivial=2.0,
    status="completed",
    **more,
):
    """Evidence of a healthy run with changed curves; `training` is that of a sample in inference mode."""
    count = len(loss)
    history = {
        "epoch": np.arange(1.0, count + 1),
        "loss": np.array(loss) + penalty,
        "val_loss": np.array(val_loss) + penalty,
    }
    if accuracy is not None:
        history |= {"accuracy": np.array(accuracy), "val_accuracy": np.array(val_accuracy)}
    history["learning_rate"] = np.full(count, 0.01) if rate is None else np.array(rate)
    measurements = {
        "epoch": history["epoch"],
        "update_ratio": np.full(count, ratio) if np.isscalar(ratio) else np.array(ratio),
        "penalty": np.full(count, penalty),
        "loss": np.array(loss if training is None else training) + penalty,
    }
    if accuracy is not None:
        measurements["accuracy"] = np.array(accuracy if training_accuracy is None else training_accuracy)
    return Evidence(
        status=status, best_epoch=count, trivial=trivial, history=history, measurements=measurements, **more
    )
