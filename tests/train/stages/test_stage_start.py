from kpipe.train.stages.stage_record import StageRecord
from kpipe.train.stages.stage_start import StageStart

RECORDS = [
    StageRecord(stage=1, epochs=5, steps=20, status="stopped_early"),
    StageRecord(stage=2, epochs=1, steps=8, status="completed"),
    StageRecord(stage=3, epochs=4, steps=4, status="completed"),
]


def test_a_stage_starts_after_the_epochs_and_steps_of_the_earlier_ones():
    starts = [StageStart.after(RECORDS[:count]) for count in range(4)]
    assert starts == [StageStart(0, 0, 0), StageStart(1, 5, 20), StageStart(2, 6, 28), StageStart(3, 10, 32)]


def test_an_epoch_belongs_to_one_stage():
    found = {epoch: StageStart.of_epoch(epoch, RECORDS).stage for epoch in range(1, 11)}
    assert found == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 1, 7: 2, 8: 2, 9: 2, 10: 2}


def test_an_event_is_counted_through_all_stages():
    event = {"epoch": 2, "step": 5, "good_step": 4, "loss": 9.0}
    assert StageStart.after(RECORDS[:2]).within_training(event) == {
        "epoch": 8,
        "step": 33,
        "good_step": 32,
        "loss": 9.0,
    }
