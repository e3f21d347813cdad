import pickle

from golden import expect_message

from kpipe.data.csv_format import CsvFormat
from kpipe.data.sources.separator_error import SeparatorError


def test_the_message_and_the_arguments():
    error = SeparatorError("a.csv:1", ",", CsvFormat(";", ","), ".")
    expect_message(str(error))
    assert error.arguments == 'separator: ";", decimal: ","'
    assert SeparatorError("a.csv:1", ",", CsvFormat("\t", "."), ".").arguments == 'separator: "\\t"'


def test_a_pickled_copy():
    error = SeparatorError("a.csv:1", ",", CsvFormat(";", ","), ".")
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.arguments) == (str(error), error.arguments)
