from kpipe.train.step_sizes import step_sizes

from .stand_in import blobs, train_section


def test_an_epoch_has_a_step_per_batch_or_one():
    data = blobs(batch_size=30)  # 80 training samples
    assert step_sizes(train_section(optimizer="SGD"), data) == [30, 30, 20]
    assert step_sizes(train_section(optimizer="LBFGS"), data) == [80]
