import numpy as np
import pytest

from kpipe.checks.checked_spec import checked
from kpipe.train.setup.spec_session import spec_session


@pytest.mark.slow
@pytest.mark.parametrize(("epochs", "at_end"), [(1, 64), (60, 1024)])
def test_the_sample_is_a_part_of_the_training_part(epochs, at_end):
    spec = checked("kpipe:digits", {"train.epochs": epochs})
    with spec_session(spec):
        from kpipe.train.measurements.epoch_measurements import penalty
        from kpipe.train.measurements.training_sample import TrainingSample
        from kpipe.train.plan import check_plan
        from kpipe.train.setup.setup import set_up

        setup = set_up(spec, lambda line: None)
        plan = check_plan(setup)
        sample = TrainingSample(setup.prepared, plan.objective, plan.validator.evaluator, epochs)
        model, seen = setup.built.model, []
        few, again, many = sample.evaluate(), sample.evaluate(), sample.evaluate_at_end()
        images = setup.prepared._samples.tensors()["image"]
        doubled = setup.prepared.with_features({"x": 2 * images}, np.arange(len(images)))
        sample.use(doubled)
        other = next(iter(sample._few))[0]["x"].numpy()
        sample.use(setup.prepared)
        assert (other == 2 * next(iter(sample._few))[0].numpy()).all()
        chosen = setup.prepared.parts["train"][np.sort(sample._order[:at_end])]
        batches = setup.prepared.with_part("chosen", chosen).batches("chosen", labels=plan.objective.labels)
        for x, y in batches:
            logits = np.asarray(model(x, training=False), np.float64)
            logits -= logits.max(axis=1, keepdims=True)
            losses = (
                np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(y)), np.argmax(y, -1) if y.ndim > 1 else y]
            )
            seen.append(losses)
    assert few == again
    assert many["loss"] == pytest.approx(np.concatenate(seen).mean() + penalty(model), rel=1e-4)
    assert len(np.concatenate(seen)) == at_end


def test_a_sample_is_kept_in_memory_only_if_it_is_small():
    import tensorflow as tf

    from kpipe.train.measurements.training_sample import KEPT, _is_small

    image = tf.TensorSpec((None, 32, 32, 3), tf.float32)
    label = tf.TensorSpec((None,), tf.int64)
    most = KEPT // (32 * 32 * 3 * 4 + 8)
    assert _is_small((image, label), most)
    assert not _is_small((image, label), most + 1)
    assert not _is_small(tf.TensorSpec((None, None), tf.float32), 1)
    assert not _is_small(tf.TensorSpec((None, 3), tf.string), 1)
