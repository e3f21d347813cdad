import io
import os

from kpipe.messages.message_stream import MessageStream
from kpipe.messages.reporter import Reporter


def test_a_closed_pipe_is_not_an_error():
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="utf-8", buffering=1) as target:
        stream = MessageStream(target)
        print("first", file=stream)
        assert os.read(reader, 100) == b"first\n"
        os.close(reader)
        print("second", file=stream)
        print("third", file=stream)
        assert not stream.isatty()
        # What the pipe did not take would be an error once more when the file is closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), writer)


def test_a_program_without_standard_error():
    assert MessageStream(None).write("text") == 4


def test_a_reporter_continues_and_its_log_has_everything(tmp_path):
    class Full(io.StringIO):
        def flush(self):
            raise OSError(28, "No space left on device")

    reporter = Reporter(messages=MessageStream(Full()), terminal=False)
    reporter.log_to(tmp_path / "log.txt")
    reporter.say("first")
    reporter.say("second")
    assert (tmp_path / "log.txt").read_text() == "first\nsecond\n"


def test_what_the_stream_cannot_encode_is_spelled_out():
    target = io.TextIOWrapper(io.BytesIO(), "cp1252")
    stream = MessageStream(target)
    assert stream.encoding == "cp1252"
    print("\u65e5 \u00e9", file=stream)
    assert target.buffer.getvalue() == b"\\u65e5 \xe9\n"
    assert MessageStream(None).encoding is None
