"""What is reported before the run folder exists is in its log too."""

import io
import json

import pytest

from kpipe.messages.reporter import Reporter


def test_the_log_begins_with_what_was_reported_before_its_folder_existed(tmp_path):
    reporter = Reporter(messages=io.StringIO())
    reporter.say("y holds floats")
    reporter.log_to(tmp_path / "log.txt")
    reporter.say("epoch 1")
    assert (tmp_path / "log.txt").read_text() == "y holds floats\nepoch 1\n"


def test_the_messages_of_a_start_are_taken_once_and_no_more_are_kept_until_the_run_ends(tmp_path):
    reporter = Reporter.silent()
    reporter.say("y holds floats")
    with pytest.raises(ValueError, match="broken"), reporter.logging_to(tmp_path / "log.txt"):
        with pytest.warns(UserWarning, match="CSVLogger"):
            reporter.warn("CSVLogger writes /etc/a")
        reporter.note("only for the log")
        assert reporter.take_messages() == ["y holds floats", "CSVLogger writes /etc/a"]
        reporter.say("epoch 1")
        assert reporter.take_messages() == []
        raise ValueError("broken")
    reporter.say("the next run's")
    assert reporter.take_messages() == ["the next run's"]
    log = (tmp_path / "log.txt").read_text().splitlines()
    assert log[:4] == ["y holds floats", "CSVLogger writes /etc/a", "only for the log", "epoch 1"]
    assert log[4].startswith("Traceback")
    assert log[-1] == "ValueError: broken"


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


NAME = "\x1b[31mcaf\u00e9 \u65e5\u202e"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_names_reach_no_stream_and_no_log_as_they_are(tmp_path):
    reporter = Reporter(messages=io.StringIO(), results=io.StringIO())
    reporter.log_to(tmp_path / "log.txt")
    reporter.say(f"first\n    {NAME}\udcff")
    reporter.show(f"\t{NAME}")
    expected = "first\n    \\x1b[31mcaf\u00e9 \u65e5\\u202e\\udcff\n", "\t\\x1b[31mcaf\u00e9 \u65e5\\u202e\n"
    assert (reporter.messages.getvalue(), reporter.results.getvalue()) == expected
    assert (tmp_path / "log.txt").read_text(encoding="utf-8") == "".join(expected)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_what_a_stream_cannot_encode_is_spelled_out(tmp_path, encoding):
    streams = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
    reporter = Reporter(messages=streams[0], results=streams[1])
    reporter.say(NAME)
    reporter.show(NAME)
    for stream in streams:
        shown = stream.buffer.getvalue().decode(encoding)
        assert shown.encode("ascii", "backslashreplace") == b"\\x1b[31mcaf\\xe9 \\u65e5\\u202e\n"


def test_json_is_exact_on_every_stream():
    text = json.dumps({NAME: 1}, ensure_ascii=False)
    for stream in (io.StringIO(), Terminal(), io.TextIOWrapper(io.BytesIO(), "cp1252")):
        Reporter(results=stream).show(text, "json")
        stream.seek(0)
        assert json.loads(stream.read()) == {NAME: 1}


def test_a_program_without_standard_output_shows_nothing(monkeypatch):
    monkeypatch.setattr("sys.stdout", None)
    reporter = Reporter(quiet=True)
    for form in ("text", "csv", "json"):
        reporter.show('"a"', form)
    assert not reporter.shows_on_terminal


def test_csv_is_exact_except_on_a_terminal():
    shown = {}
    for stream in (io.StringIO(), Terminal()):
        Reporter(results=stream).show(f"a,{NAME}", "csv")
        shown[stream.isatty()] = stream.getvalue()
    assert shown == {False: f"a,{NAME}\n", True: "a,\\x1b[31mcaf\u00e9 \u65e5\\u202e\n"}
