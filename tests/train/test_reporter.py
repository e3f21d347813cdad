"""What is reported before the run folder exists is in its log too."""

import io

from kpipe.train.reporter import Reporter


def test_the_log_begins_with_what_was_reported_before_its_folder_existed(tmp_path):
    reporter = Reporter(messages=io.StringIO())
    reporter.say("y holds floats")
    reporter.log_to(tmp_path / "log.txt")
    reporter.say("epoch 1")
    assert (tmp_path / "log.txt").read_text() == "y holds floats\nepoch 1\n"


def test_quiet_messages_are_in_the_log_as_well(tmp_path):
    reporter = Reporter(quiet=True, messages=io.StringIO())
    reporter.say("2 rows were skipped")
    reporter.log_to(tmp_path / "log.txt")
    assert (tmp_path / "log.txt").read_text() == "2 rows were skipped\n"
    assert reporter.messages.getvalue() == ""
