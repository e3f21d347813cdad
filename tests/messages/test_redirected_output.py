import io
import sys

from kpipe.messages.redirected_output import own_output, redirected_output


def test_blocks_that_overlap_give_the_programs_own_stream_back():
    own, first, second = sys.stdout, io.StringIO(), io.StringIO()
    one, two = redirected_output(first), redirected_output(second)
    one.__enter__()
    two.__enter__()
    print("a")
    assert own_output() is own
    one.__exit__(None, None, None)
    print("b")
    two.__exit__(None, None, None)
    assert sys.stdout is own
    assert own_output() is own
    assert (first.getvalue(), second.getvalue()) == ("", "a\nb\n")


def test_the_same_stream_twice():
    own, stream = sys.stdout, io.StringIO()
    with redirected_output(stream):
        with redirected_output(stream):
            print("a")
        print("b")
    assert sys.stdout is own
    assert stream.getvalue() == "a\nb\n"
