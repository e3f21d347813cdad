from kpipe.train.stages.stage_record import StageRecord


def test_the_state_is_the_whole_record():
    record = StageRecord(stage=2, epochs=3, steps=12, status="completed", explosions=[{"step": 4, "loss": 9.0}])
    assert StageRecord(**record.state()) == record


def test_the_result_has_no_explosions_since_those_of_all_stages_are_elsewhere():
    record = StageRecord(stage=2, epochs=3, steps=12, status="exploded", explosions=[{"step": 4, "loss": 9.0}])
    assert record.to_dict() == {"stage": 2, "epochs": 3, "steps": 12, "status": "exploded"}
