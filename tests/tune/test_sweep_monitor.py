from kpipe.tune.sweep_monitor import best_trial, sweep_monitor


def test_titles_of_the_best_spec(tmp_path):
    for title, expected in (
        ("# Trial 6 of the sweep a: b: val_loss 0.14\n", ("val_loss", 6)),
        ("# Trial 12 of the sweep iris: val_accuracy 1e-05, the mean of 3 runs\n# further\n", ("val_accuracy", 12)),
        ("name: iris\n", (None, None)),
    ):
        (tmp_path / "best.yaml").write_text(title + "name: x\n")
        assert (sweep_monitor(tmp_path), best_trial(tmp_path)) == expected
    assert sweep_monitor(tmp_path / "absent") is None
