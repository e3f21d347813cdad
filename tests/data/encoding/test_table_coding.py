import numpy as np
import pytest

from kpipe.data.dataset import Column, Input
from kpipe.data.encoding.table_coding import TableCoding

ENTRY = Input("table", "table", (1,), "float64", (Column("zone", "categorical"),))


def coded(coding, cells):
    rows = {"numeric": np.empty((len(cells), 0)), "categorical": np.array(cells, object).reshape(-1, 1)}
    return coding.code(rows)[:, 0].tolist()


def found(cells):
    coding = TableCoding(ENTRY)
    coding.find([{"categorical": np.array(cells, object).reshape(-1, 1)}])
    return coding


@pytest.mark.parametrize(
    ("train", "test", "codes"),
    [
        (["0.0", "1.0", "2.0"], ["0", "1", "2", "3"], [1, 2, 3, 0]),
        (["0", "1"], ["0.0", "-0", "1.00", "+1", " 1", "1e0", "01"], [1, 1, 2, 2, 2, 2, 0]),
        (["17", "017"], ["17.0", "017", "17", "0017"], [2, 1, 2, 0]),
        (["9007199254740993", "9007199254740992"], ["9007199254740993", "9007199254740992.0"], [2, 1]),
        (["True", "False"], ["true", "FALSE", "TRUE", "1"], [2, 1, 2, 0]),
        (["True", "maybe"], ["true", "True"], [0, 1]),
        (["red", "nan"], [" red", "NaN", "nan"], [0, 0, 1]),
    ],
)
def test_cells_are_compared_as_values(train, test, codes):
    assert coded(found(train), test) == codes


def test_categories_of_an_earlier_version_keep_their_spelling_and_order():
    coding = TableCoding(ENTRY, {"zone": ("1", "1.0", "10.0", "2.0")})
    assert coded(coding, ["1", "1.0", "2", "10", "1.00"]) == [1, 2, 4, 3, 1]
    assert coding.categories == {"zone": ("1", "1.0", "10.0", "2.0")}


def test_missing_categories_are_neither_categories_nor_unknown():
    import keras

    coding = TableCoding(ENTRY, has_missing=True)
    coding.find([{"categorical": np.array([["b"], [""], ["a"]], object)}])
    cells = ["a", "b", "", "c"]
    assert coding.categories == {"zone": ("a", "b")}
    assert coded(coding, cells) == [1, 2, -1, 0]
    raw = {"numeric": np.empty((4, 0)), "categorical": np.array(cells, object).reshape(-1, 1)}
    assert coding.unknown(raw) == {"zone": {"c": 1}}
    inputs = coding.raw_inputs()
    model = keras.Model(inputs, coding.from_raw(inputs))
    assert model({"zone": keras.ops.convert_to_tensor(np.array([[cell] for cell in cells]))}).numpy()[
        :, 0
    ].tolist() == [1, 2, -1, 0]
