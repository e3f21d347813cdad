import kpipe
from kpipe.train.notices.notices import notices

from ..stand_in import blobs, classifier, train_section

SPEC = """
name: twice
data: {{source: {{Arrays: {{path: {path}}}}}, validation: 0, batch_size: 32, prepare: [Rescale]}}
model: [BatchNormalization, Dense: {{units: =classes}}]
train: {{metrics: [Precision]}}
"""


def test_nothing_is_reported_of_what_is_right():
    assert notices(classifier(), train_section(callbacks=["BatchStatistics"]), blobs()) == []


def test_run_and_check_and_show_report_the_same(tmp_path):
    import numpy as np

    from kpipe.report.overview import overview
    from kpipe.report.verdict import verdict

    x = np.random.default_rng(0).random((33, 4)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=x, y=np.arange(33) % 2)
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(path=tmp_path / "data.npz"))
    wanted = (
        "the last batch of an epoch has 1 sample",
        "at the end, after 20 steps, 82% of the moving statistics",
        "the values of x are",
        "precision: the positive class is 1",
    )
    checked, shown, validated = [], [], []
    pipeline = kpipe.load(path)
    pipeline.validate(say=checked.append)
    overview(pipeline.spec, shown.append)
    _, is_right = verdict([str(path)], [], "text", validated.append, build=True)
    assert is_right
    for beginning in wanted:
        assert sum(line.startswith(beginning) for line in checked) == 1
        assert sum(line.startswith(f"{path}: {beginning}") for line in validated) == 1
    for beginning in wanted[:3]:
        assert sum(line.startswith(beginning) for line in shown) == 1
    pipeline.validate()
