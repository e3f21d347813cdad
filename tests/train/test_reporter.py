"""What is reported before the run folder exists is in its log too."""

import io

import pytest

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


def test_warnings_are_printed_where_messages_are_not(tmp_path):
    reporter = Reporter(quiet=True, messages=io.StringIO())
    reporter.log_to(tmp_path / "log.txt")
    reporter.warn("CSVLogger writes /etc/a")
    assert reporter.messages.getvalue() == (tmp_path / "log.txt").read_text() == "CSVLogger writes /etc/a\n"


def test_the_warnings_of_a_silent_reporter_are_those_of_python():
    with pytest.warns(UserWarning, match="CSVLogger writes"):
        Reporter.silent().warn("CSVLogger writes /etc/a")
