import pickle
from dataclasses import replace

import numpy as np
import pytest
from golden import expect_message, expect_messages, raises

from kpipe.data.encoding.table_coding import TableCoding
from kpipe.data.prepare.one_hot import OneHot
from kpipe.data.prepared import PreparedData
from kpipe.data.sources.table import Table
from kpipe.errors import ArgumentError, DataError


@pytest.fixture
def written(tmp_path):
    def write(content, name="houses.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


HOUSES = "area,town,price,kind\n50,Rom,1.5,flat\n70,Ulm,2.5,house\n60,Rom,2.0,flat\n"


def columns(dataset):
    return {column.name: column.kind for column in dataset.inputs["table"].columns}


def test_columns_in_the_order_of_the_file(written, listener):
    dataset = Table(written(HOUSES), targets=["price", "kind"]).open(listener.context())
    assert columns(dataset) == {"area": "numeric", "town": "categorical"}
    assert dataset.inputs["table"].shape == (2,)
    read = dataset.read(np.array([2, 1]))["table"]
    assert read["numeric"].tolist() == [[60], [70]]
    assert read["categorical"].tolist() == [["Rom"], ["Ulm"]]
    assert dataset.targets["kind"].classes == ("flat", "house")
    assert dataset.labels["kind"].tolist() == [0, 1, 0]
    assert (dataset.labels["price"].dtype, dataset.labels["price"].tolist()) == (np.float32, [1.5, 2.5, 2.0])
    expect_messages(listener.said, 3)
    assert dataset.sample_name(1).endswith("houses.csv:3")


def test_a_single_target_keeps_its_name(written, context):
    dataset = Table(written(HOUSES), target="kind").open(context)
    assert list(dataset.targets) == ["kind"]
    assert columns(dataset) == {"area": "numeric", "town": "categorical", "price": "numeric"}


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        (["0", "1", "0", "1"], "classification", ("0", "1")),
        (["10", "9", "10", "9.0"], "classification", ("9", "10")),
        (["0.5", "1", "2", "3"], "regression", None),
        ([str(value) for value in range(20)], "classification", tuple(map(str, range(20)))),
        ([str(value) for value in range(21)], "regression", None),
        (["yes", "no", "yes", "no"], "classification", ("no", "yes")),
    ],
)
def test_what_a_target_is(written, context, values, task, classes):
    rows = "\n".join(f"{index},{value}" for index, value in enumerate(values))
    target = Table(written(f"a,y\n{rows}\n"), "y").open(context).targets["y"]
    assert (target.task, target.classes) == (task, classes)


def test_the_task_can_be_given(written, context):
    path = written("a,n,m\n1,0,1.5\n2,1,2.5\n3,0,1.5\n")
    assert Table(path, "n", task="regression").open(context).targets["n"].task == "regression"
    dataset = Table(path, "m", task="classification").open(context)
    assert dataset.targets["m"].classes == ("1.5", "2.5")
    both = Table(path, targets=["n", "m"], numeric=["n"], categorical=["m"]).open(context)
    assert [target.task for target in both.targets.values()] == ["regression", "classification"]


def test_column_types_can_be_given(written, context):
    path = written("zip,size,y\n10115,S,a\n80331,7,b\n10115,M,a\n")
    assert columns(Table(path, "y").open(context)) == {"zip": "numeric", "size": "categorical"}
    dataset = Table(path, "y", categorical=["zip"], columns=["zip"]).open(context)
    assert columns(dataset) == {"zip": "categorical"}
    assert dataset.read(np.array([1]))["table"]["categorical"].tolist() == [["80331"]]


def test_bad_rows(written, listener):
    rows = [
        "50,Rom,a",
        "",
        "n/a,Rom,b",
        ",Rom,a",
        "60,,a",
        "70,Ulm,",
        "80,Ulm,b",
        "inf,Ulm,b",
        "90,x,a",
        "65,y,b",
        "75,z,a",
    ]
    path = written("area,town,y\n" + "\n".join(rows))
    dataset = Table(path, "y", numeric=["area"]).open(listener.context(0.6))
    assert [(entry.sample.rsplit("/", 1)[1], entry.reason) for entry in dataset.bad] == [
        ("houses.csv:4", "column 'area': 'n/a' is not a number"),
        ("houses.csv:5", "column 'area' is empty"),
        ("houses.csv:6", "column 'town' is empty"),
        ("houses.csv:7", "column 'y' is empty"),
        ("houses.csv:9", "column 'area': 'inf' is not a number"),
    ]
    assert dataset.read(dataset.parts["train"])["table"]["numeric"].ravel().tolist() == [50, 80, 90, 65, 75]
    assert dataset.labels["y"].tolist() == [0, 1, 0, 1, 0]
    assert [dataset.sample_name(index).rsplit(":", 1)[1] for index in range(5)] == ["2", "8", "10", "11", "12"]
    expect_message(listener.text)
    with raises(DataError):
        Table(path, "y").open(listener.context())


def test_a_regression_target_that_is_not_a_number(written, listener):
    path = written("a,y\n1,0.5\n2,?\n3,1.5\n4,2.5\n")
    dataset = Table(path, "y").open(listener.context(0.3))
    expect_message(dataset.bad[0].reason)
    assert dataset.labels["y"].tolist() == [0.5, 1.5, 2.5]


def test_ready_parts(written, context):
    test = written("kind,price,area,town,more\nflat,9,99,Paris,1\n", "test.csv")
    validation = written("area,town,price,kind\n1,Ulm,3,house\n", "validation.csv")
    dataset = Table(written(HOUSES), "kind", test=test, validation=validation).open(context)
    assert {part: indices.tolist() for part, indices in dataset.parts.items()} == {
        "train": [0, 1, 2],
        "validation": [3],
        "test": [4],
    }
    read = dataset.read(dataset.parts["test"])["table"]
    assert (read["numeric"].tolist(), read["categorical"].tolist()) == ([[99, 9]], [["Paris"]])
    assert dataset.sample_name(4).endswith("test.csv:2")


def test_a_class_that_training_lacks(written, context):
    test = written("area,town,price,kind\n1,Ulm,3,castle\n", "test.csv")
    with raises(DataError):
        Table(written(HOUSES), "kind", test=test).open(context)


def test_images_named_by_a_column(tmp_path, written, listener, image_bytes):
    (tmp_path / "photos").mkdir()
    for index, size in enumerate([(4, 5, 3), (4, 5, 3), (6, 6, 3)]):
        (tmp_path / "photos" / f"{index} é.png").write_bytes(image_bytes(np.full(size, index)))
    (tmp_path / "photos" / "bad.png").write_bytes(b"")
    rows = ["photos/0 é.png", "photos/bad.png", "photos/2 é.png", "photos/0 é.png", "photos/gone.png", ""]
    path = written("area,photo,y\n" + "".join(f"{i},{name},{'ab'[i % 2]}\n" for i, name in enumerate(rows)))
    dataset = Table(path, "y", images={"image": "photo"}).open(listener.context(0.6))
    assert columns(dataset) == {"area": "numeric"}
    assert dataset.inputs["image"].shape == (None, None, 3)
    read = dataset.read(np.array([1, 2]))
    assert [image.shape for image in read["image"]] == [(6, 6, 3), (4, 5, 3)]
    assert read["table"]["numeric"].ravel().tolist() == [2, 3]
    expect_message(dataset.bad[0].reason)
    expect_message(dataset.bad[1].reason)
    expect_message(dataset.bad[2].reason)
    (tmp_path / "photos" / "2 é.png").write_bytes(b"")
    with raises(DataError):
        dataset.read(np.array([1]))


def test_images_alone(tmp_path, written, context, image_bytes):
    (tmp_path / "a.png").write_bytes(image_bytes(np.zeros((4, 5))))
    dataset = Table(written("photo,y\na.png,1.5\na.png,2.5\n"), "y", images={"left": "photo"}).open(context)
    assert {name: entry.shape for name, entry in dataset.inputs.items()} == {"left": (4, 5, 1)}
    assert list(dataset.read(np.array([0]))) == ["left"]


def test_parquet_with_nulls(tmp_path, listener):
    import pyarrow as pa
    import pyarrow.parquet

    path = tmp_path / "data.parquet"
    data = {"a": [1, None, 3, 4], "town": ["x", "y", None, "x"], "ok": [True, False, True, True], "y": [0, 1, 0, 1]}
    pyarrow.parquet.write_table(pa.table(data), path)
    dataset = Table(path, "y").open(listener.context(0.5))
    assert columns(dataset) == {"a": "numeric", "town": "categorical", "ok": "categorical"}
    assert [entry.sample for entry in dataset.bad] == [f"{path}:row 2", f"{path}:row 3"]
    assert dataset.read(np.array([1]))["table"]["categorical"].tolist() == [["x", "true"]]
    assert dataset.labels["y"].tolist() == [0, 1]


def test_a_date_column_has_to_be_excluded(tmp_path, context):
    import pyarrow as pa
    import pyarrow.parquet

    path = tmp_path / "data.parquet"
    table = pa.table({"a": [1.0, 2.0], "day": pa.array([0, 1], pa.date32()), "y": ["p", "q"]})
    pyarrow.parquet.write_table(table, path)
    with raises(ArgumentError):
        Table(path, "y").open(context)
    assert columns(Table(path, "y", columns=["a"]).open(context)) == {"a": "numeric"}


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"target": "cost"}, "targets"),
        ({"target": "kind", "columns": ["size"]}, "columns"),
        ({"target": "kind", "columns": ["kind", "area"]}, "columns"),
        ({"target": "kind", "numeric": ["area"], "categorical": ["area"]}, "numeric"),
        ({"target": "kind", "images": {"image": "photo"}}, "images"),
        ({"target": "kind", "exclude": ["towm"]}, "exclude"),
        ({"target": "kind", "exclude": ["kind"]}, "exclude"),
        ({"target": "kind", "exclude": ["area", "town", "price"]}, "exclude"),
        ({"target": "kind", "exclude": ["area"], "columns": ["area", "town"]}, "exclude"),
        ({"target": "kind", "exclude": ["area"], "numeric": ["area"]}, "exclude"),
        ({"target": "kind", "exclude": ["area"], "images": {"image": "area"}}, "exclude"),
    ],
)
def test_columns_that_do_not_fit(written, context, arguments, argument):
    with raises(ArgumentError) as caught:
        Table(written(HOUSES), **arguments).open(context)
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({}, "target"),
        ({"targets": []}, "target"),
        ({"target": "a", "targets": ["b"]}, "target"),
        ({"target": "a", "images": {"table": "b"}}, "images"),
        ({"target": "a", "separator": ",", "decimal": ","}, "separator"),
        ({"target": "a", "decimal": ","}, "decimal"),
        ({"target": "a", "separator": "tab"}, "separator"),
    ],
)
def test_arguments(tmp_path, arguments, argument):
    with pytest.raises(ArgumentError) as caught:
        Table(tmp_path / "a.csv", **arguments)
    assert caught.value.argument == argument


def test_excluded_columns_are_not_read(tmp_path, written, context):
    import pyarrow as pa
    import pyarrow.parquet

    test = written("town,area,kind\nUlm,1,flat\n", "test.csv")
    dataset = Table(written(HOUSES), "kind", test=test, exclude=["price"]).open(context)
    assert columns(dataset) == {"area": "numeric", "town": "categorical"}
    index = written(",a,kind\n0,1,a\n1,2,b\n", "index.csv")
    assert columns(Table(index, "kind", exclude=[""]).open(context)) == {"a": "numeric"}
    path = tmp_path / "data.parquet"
    pyarrow.parquet.write_table(pa.table({"a": [1, 2], "day": pa.array([0, 1], pa.date32()), "y": ["p", "q"]}), path)
    assert columns(Table(path, "y", exclude=["day"]).open(context)) == {"a": "numeric"}


def test_a_misspelled_excluded_column_has_a_suggestion(written, context):
    with pytest.raises(ArgumentError) as caught:
        Table(written(HOUSES), "kind", exclude=["aera"]).open(context)
    assert caught.value.suggestion == "area"


EUROPEAN = '\ufeffpreis;größe;ort;y\r\n1,50;70,25;Köln;1,0\r\n\r\n"-,5";80;"a;b";2,5\r\n+3,5e1;;Rom;1\r\n'


def test_separator_and_decimal_comma(written, listener):
    path = written(EUROPEAN)
    dataset = Table(path, "y", separator=";", decimal=",", task="classification").open(listener.context(0.5))
    assert columns(dataset) == {"preis": "numeric", "größe": "numeric", "ort": "categorical"}
    read = dataset.read(np.arange(2))["table"]
    assert read["numeric"].tolist() == [[1.5, 70.25], [-0.5, 80]]
    assert read["categorical"].tolist() == [["Köln"], ["a;b"]]
    assert dataset.targets["y"].classes == ("1", "2.5")
    assert [(entry.sample, entry.reason) for entry in dataset.bad] == [(f"{path}:5", "column 'größe' is empty")]
    assert (dataset.csv_format.separator, dataset.csv_format.decimal) == (";", ",")


@pytest.mark.parametrize("decimal", [".", ","])
def test_categories_in_two_notations_are_equal(tmp_path, listener, decimal):
    train, test = tmp_path / "a.csv", tmp_path / "b.csv"
    train.write_text("zone;v;y\n1.0;1;0\n2.5;2;1\n".replace(".", decimal))
    test.write_text("zone;v;y\n1;1;0\n2.50;2;1\n".replace(".", decimal))
    dataset = Table(train, "y", test=test, categorical=["zone"], separator=";", decimal=decimal).open(
        listener.context()
    )
    coding = TableCoding(dataset.inputs["table"])
    coding.find([dataset.read(np.arange(2))["table"]])
    assert coding.categories == {"zone": ("1", "2.5")}
    assert coding.code(dataset.read(np.arange(4))["table"])[:, 0].tolist() == [1, 2, 1, 2]


@pytest.mark.parametrize("separator", ["\t", "|", " "])
def test_other_separators(written, context, separator):
    path = written('a,b,y\n1,"x,y",p\n2,"z",q\n'.replace(",", separator))
    read = Table(path, "y", separator=separator).open(context).read(np.arange(2))["table"]
    assert (read["numeric"].tolist(), read["categorical"].tolist()) == ([[1], [2]], [[f"x{separator}y"], ["z"]])


def test_image_paths_are_no_numbers(tmp_path, written, context, image_bytes):
    for name in ("1,5", "2,5"):
        (tmp_path / name).write_bytes(image_bytes(np.zeros((4, 5))))
    path = written("photo;y\n1,5;a\n2,5;b\n")
    dataset = Table(path, "y", images={"image": "photo"}, separator=";", decimal=",").open(context)
    assert dataset.inputs["image"].shape == (4, 5, 1)


@pytest.mark.parametrize(
    ("content", "arguments"),
    [
        (EUROPEAN, {}),
        (EUROPEAN, {"separator": "\t"}),
        (EUROPEAN.replace(",", "."), {}),
        (HOUSES, {"separator": ";", "decimal": ","}),
        (HOUSES.replace(",", "\t"), {}),
        (HOUSES.replace(",", "|"), {}),
    ],
    ids=["european", "tab", "points", "commas", "tabs", "bars"],
)
def test_files_with_another_separator(written, context, content, arguments):
    with raises(ArgumentError) as caught:
        Table(written(content), "y", **arguments).open(context)
    assert caught.value.argument == "separator"


@pytest.mark.parametrize("arguments", [{"separator": ";"}, {"decimal": "."}])
def test_parquet_has_no_separator(tmp_path, written, context, arguments):
    with raises(ArgumentError):
        Table(tmp_path / "a.parquet", "y", **arguments)
    Table(tmp_path / "a.parquet", "y", test=tmp_path / "b.csv", **arguments)


def test_formatted_numbers_are_reported_before_their_rows_are_refused(written, listener):
    rows = "".join(f'{500 + 10 * index},1.5,a\n"1,0{index:02}",2.5,b\n' for index in range(30))
    with pytest.raises(DataError):
        Table(written(f"p,v,y\n{rows}"), "y").open(listener.context())
    expect_message(listener.text)


def test_formatted_numbers_and_identifiers_are_reported_once(written, listener):
    rows = "".join(f'{7 * index % 40},"{index + 1},000",k{index},{"ab"[index % 2]}\n' for index in range(40))
    path = written(f"id,price,key,y\n{rows}")
    Table(path, "y").open(listener.context())
    expect_messages(listener.said, 4)
    listener.said.clear()
    Table(path, "y", categorical=["price", "key"], exclude=["id"]).open(listener.context())
    assert len(listener.said) == 2


def test_formatted_numbers_of_a_target(written, listener):
    rows = "".join(f'{index},"{index % 3 + 1},200"\n' for index in range(9))
    Table(written(f"x,y\n{rows}"), "y").open(listener.context())
    expect_message(listener.said[0])


DAYS = np.arange("2021-01-01", "2021-02-02", dtype="datetime64[D]").astype(str).tolist()


@pytest.mark.parametrize("suffix", ["", "T10:30", " 10:30:00", "T10:30:00.5Z", "T10:30:00+02:00"])
def test_more_dates_than_days_of_a_month_are_refused(written, context, suffix):
    rows = [f"{day}{suffix},{index % 7}.5,{'ab'[index % 2]}\n" for index, day in enumerate(DAYS)]
    path = written("day,v,y\n" + "".join(rows))
    with raises(ArgumentError) as caught:
        Table(path, "y").open(context)
    assert caught.value.argument == "columns"
    assert columns(Table(path, "y", exclude=["day"]).open(context)) == {"v": "numeric"}
    assert columns(Table(path, "y", categorical=["day"]).open(context)) == {"day": "categorical", "v": "numeric"}
    few = written("day,v,y\n" + "".join(rows[:31] + rows[:1]))
    assert columns(Table(few, "y").open(context)) == {"day": "categorical", "v": "numeric"}


def test_all_columns_of_dates_are_refused_together(written, context):
    path = written("sold,built,y\n" + "".join(f"{day},{day},{index % 2}\n" for index, day in enumerate(DAYS)))
    with raises(ArgumentError):
        Table(path, "y").open(context)


def test_a_target_of_dates_is_refused(written, context):
    path = written("v,day\n" + "".join(f"{index},{day}\n" for index, day in enumerate([*DAYS, "NA"])))
    with raises(ArgumentError) as caught:
        Table(path, "day").open(context)
    assert caught.value.argument == "targets"
    assert len(Table(path, "day", task="classification").open(context).targets["day"].classes) == 33


@pytest.mark.parametrize(
    "arguments",
    [
        {"target": "n"},
        {"target": "f"},
        {"targets": ["n", "y"]},
        {"target": "n", "task": "regression"},
        {"target": "y", "numeric": ["y"]},
    ],
    ids=["integers", "fractions", "several", "task", "numeric"],
)
def test_why_a_target_is_a_number(written, context, arguments):
    path = written("x,n,f,y\n" + "".join(f"{index % 5},{index},{index}.5,{index % 2}\n" for index in range(30)))
    targets = Table(path, **arguments).open(context).targets
    expect_messages([target.reason for target in targets.values() if target.classes is None], 1)
    assert all(not target.reason for target in targets.values() if target.classes)


@pytest.mark.parametrize("form", [(",", "."), (";", ",")], ids=["point", "comma"])
@pytest.mark.parametrize("name", ["digits", "iris", "wine", "breast_cancer", "diabetes", "diabetes_unscaled"])
def test_the_tables_of_scikit_learn_are_not_reported(tmp_path, listener, name, form):
    from sklearn import datasets

    settings = {"scaled": False} if name == "diabetes_unscaled" else {}
    bunch = getattr(datasets, f"load_{name.removesuffix('_unscaled')}")(**settings)
    separator, decimal = form
    path, names = tmp_path / "a.csv", [*bunch.feature_names, "y"]
    rows = [[*map(repr, values), str(label)] for values, label in zip(bunch.data.tolist(), bunch.target, strict=True)]
    cells = [separator.join(row).replace(".", decimal) for row in rows]
    path.write_text("\n".join([separator.join(names), *cells]))
    dataset = Table(path, "y", separator=separator, decimal=decimal).open(listener.context())
    assert len(listener.said) == 2, listener.text
    assert np.array_equal(dataset.read(dataset.parts["train"])["table"]["numeric"], bunch.data)


def test_missing_files_and_columns(written, context, tmp_path):
    path = written(HOUSES)
    short = written("area,town\n1,Ulm\n", "short.csv")
    for source, argument in [
        (Table(tmp_path / "gone.csv", "y"), "path"),
        (Table(tmp_path, "y"), "path"),
        (Table(path, "kind", test=tmp_path / "gone.csv"), "test"),
        (Table(path, "kind", validation=short), "validation"),
        (Table(written("kind\na\nb\n", "only.csv"), "kind"), "columns"),
        (Table(written(",a,kind\n0,1,a\n1,2,b\n", "index.csv"), "kind"), "columns"),
    ]:
        with raises(ArgumentError) as caught:
            source.open(context)
        assert caught.value.argument == argument


def test_no_usable_row(written, listener):
    with raises(DataError):
        Table(written("a,y\n,1.5\n,2.5\n"), "y", numeric=["a"]).open(listener.context(1))


@pytest.mark.parametrize("task", ["auto", "classification"])
@pytest.mark.parametrize("empty", ["", "NA", "inf", "-Infinity"])
def test_an_empty_cell_does_not_change_how_a_target_is_read(tmp_path, listener, task, empty):
    path = tmp_path / "a.csv"
    labels = [*range(1, 13), empty]
    path.write_text("v,month\n" + "".join(f"{row},{label}\n" for row, label in enumerate(labels)))
    dataset = Table(path, "month", task=task).open(listener.context(0.5))
    assert dataset.targets["month"].classes == tuple(map(str, range(1, 13)))
    assert dataset.labels["month"].tolist() == list(range(12))
    assert [entry.sample for entry in dataset.bad] == [f"{path}:14"]


@pytest.mark.parametrize("empty", ["", "NA", "?", " null"])
def test_an_empty_cell_does_not_change_how_booleans_are_read(written, listener, empty):
    rows = "".join(f"{i},{flag},{flag}\n" for i, flag in enumerate(["true", "False", "TRUE", "false"] * 50))
    path = written(f"x,z,y\n{rows}7,{empty},true\n8,true,{empty}\n")
    dataset = Table(path, targets=["y"]).open(listener.context(0.5))
    assert dataset.targets["y"].classes == ("False", "True")
    assert dataset.labels["y"].tolist() == [1, 0] * 100
    expect_messages([bad.reason for bad in dataset.bad], 2)
    coding = TableCoding(dataset.inputs["table"])
    coding.find([dataset.read(np.arange(200))["table"]])
    assert coding.categories == {"z": ("False", "True")}


def test_a_missing_value_marker_among_names_is_a_name(written, listener):
    rows = "".join(f"{i},{name}\n" for i, name in enumerate(["NA", "true", "DE"] * 5))
    assert Table(written(f"x,y\n{rows}"), targets=["y"]).open(listener.context()).targets["y"].classes == (
        "DE",
        "NA",
        "true",
    )


@pytest.mark.parametrize(("task", "form"), [("auto", "{}"), ("classification", "{}"), ("classification", "{}.0")])
def test_classes_of_a_further_file_may_be_spelled_in_another_way(tmp_path, listener, task, form):
    """As pandas writes an integer column in which one is missing."""
    train, test = tmp_path / "a.csv", tmp_path / "b.csv"
    train.write_text("v,y\n" + "".join(f"1,{form.format(label)}\n" for label in (0, 1, 2)))
    test.write_text("v,y\n1,2.0\n1,\n1,1\n1,+0\n")
    dataset = Table(train, "y", test=test, task=task).open(listener.context(0.5))
    assert dataset.targets["y"].classes == ("0", "1", "2")
    assert dataset.labels["y"].tolist() == [0, 1, 2, 2, 1, 0]


def test_classes_that_are_long_numbers_keep_all_digits(tmp_path, context):
    path = tmp_path / "a.csv"
    path.write_text("v,y\n1,9007199254740993\n2,9007199254740992\n3,9007199254740993.0\n4,017\n5,17\n")
    target = Table(path, "y").open(context)
    assert target.targets["y"].classes == ("017", "17", "9007199254740992", "9007199254740993")
    assert target.labels["y"].tolist() == [3, 2, 3, 0, 1]


def test_classes_with_fractions_and_an_empty_cell(tmp_path, listener):
    path = tmp_path / "a.csv"
    path.write_text("v,y\n1,10.5\n2,9.50\n3,\n4,9.5\n5,n/a\n")
    dataset = Table(path, "y", task="classification").open(listener.context(0.5))
    assert dataset.targets["y"].classes == ("9.5", "10.5")
    assert dataset.labels["y"].tolist() == [1, 0, 0]
    assert len(dataset.bad) == 2


def test_parquet_and_csv_contain_the_same_values(tmp_path, context):
    from decimal import Decimal

    import pyarrow as pa
    import pyarrow.parquet

    train, test = tmp_path / "a.parquet", tmp_path / "b.csv"
    columns = {
        "i": pa.array([1, 2**53 + 1]),
        "f": pa.array([1.0, 0.1], pa.float32()),
        "w": pa.array([2.0**60, 2.0**30], pa.float32()),
        "h": pa.array(np.array([65504, 0.1], np.float16)),
        "d": pa.array([Decimal("1.50"), Decimal("20.00")]),
        "b": pa.array([True, False]),
        "t": pa.array(["1.0", "x"]).dictionary_encode(),
        "y": pa.array([True, False]),
    }
    pyarrow.parquet.write_table(pa.table(columns), train)
    test.write_text(
        "i,f,w,h,d,b,t,y\n"
        "1.0,1,1152921504606846976,65504,1.5,True,1,False\n"
        "9007199254740993,0.1,1073741824.0,0.10,2e1,FALSE,x,true\n"
    )
    names = ["i", "f", "w", "h", "d", "b", "t"]
    dataset = Table(train, "y", test=test, categorical=names).open(context)
    said = []
    data = PreparedData(dataset, dataset.parts, {"table": [OneHot()]})
    data.fit(said.append)
    assert said == []
    rows = TableCoding(dataset.inputs["table"], data.categories["table"]).code(dataset.read(np.arange(4))["table"])
    assert np.array_equal(rows[:2], rows[2:])
    assert dataset.targets["y"].classes == ("False", "True")
    assert dataset.labels["y"].tolist() == [1, 0, 0, 1]


def test_names_are_exact_in_the_data_and_escaped_in_messages(tmp_path, listener):
    path = tmp_path / "a.csv"
    path.write_text('v,"y\x1b[31m"\n1,"red\nforged: line"\n2,\u202eblue\n3,\n', encoding="utf-8")
    dataset = Table(path, "y\x1b[31m").open(listener.context(0.5))
    assert dataset.targets["y\x1b[31m"].classes == ("red\nforged: line", "\u202eblue")
    expect_message(listener.said[-1])
    expect_message(listener.said[0])


PATIENTS = "age,patient,dose,kind\n50,7,1.5,flat\n70,7.0,2.5,house\n60,x,2.0,flat\n61,,2.0,flat\n"


def test_the_column_of_groups_is_not_an_input(written, listener):
    context = replace(listener.context(0.5), group="patient")
    dataset = Table(written(PATIENTS), target="kind").opened(context)
    assert columns(dataset) == {"age": "numeric", "dose": "numeric"}
    assert dataset.groups.tolist() == ["7", "7", "x"]
    assert [entry.reason for entry in dataset.bad] == ["column 'patient' is empty"]


def test_groups_of_all_files(written, listener):
    context = replace(listener.context(), group="town")
    test = written(HOUSES.replace("Ulm", "Bonn"), "test.csv")
    dataset = Table(written(HOUSES), target="kind", test=test).opened(context)
    assert dataset.groups.tolist() == ["Rom", "Ulm", "Rom", "Rom", "Bonn", "Rom"]


@pytest.mark.parametrize(
    ("group", "arguments"),
    [("patients", {}), ("kind", {}), ("patient", {"columns": ["age", "patient"]})],
    ids=["unknown", "target", "input"],
)
def test_columns_that_cannot_be_groups(written, listener, group, arguments):
    with raises(ArgumentError):
        Table(written(PATIENTS), target="kind", **arguments).open(replace(listener.context(0.5), group=group))


def test_a_test_file_without_the_column_of_groups(written, listener):
    test = written("age,dose,kind\n50,1.5,flat\n", "test.csv")
    with raises(ArgumentError):
        Table(written(PATIENTS), target="kind", test=test).open(replace(listener.context(0.5), group="patient"))


def test_a_pickled_copy_reads_and_names_rows(tmp_path, written, listener, image_bytes):
    for name in ("a", "b"):
        (tmp_path / f"{name}.png").write_bytes(image_bytes(np.full((2, 2, 3), ord(name))))
    path = written("area,photo,y\n1,a.png,0\n,b.png,1\n3,b.png,1\n")
    test = written("area,photo,y\n4,a.png,1\n", "test.csv")
    dataset = Table(path, "y", test=test, images={"image": "photo"}).open(listener.context(0.6))
    again = pickle.loads(pickle.dumps(dataset))
    indices = np.arange(3)
    for one, other in zip(_leaves(dataset.read(indices)), _leaves(again.read(indices)), strict=True):
        np.testing.assert_array_equal(one, other)
    names = [again.sample_name(index) for index in indices]
    assert names == [dataset.sample_name(index) for index in indices] == [f"{path}:2", f"{path}:4", f"{test}:2"]


def _leaves(read):
    return [read["image"], *read["table"].values()]


RATINGS = "user,movie,age,town,rating\n1,7,20,Rom,0.5\n2,8,30,Ulm,1.5\n1,8,,Rom,2.5\n"


def test_columns_are_divided_among_inputs(written, listener):
    inputs = {"person": ["user"], "other": "rest", "film": ["movie"]}
    source = Table(written(RATINGS), target="rating", categorical=["user", "movie"], inputs=inputs)
    dataset = source.open(replace(listener.context(), filled=["other"]))
    assert source.input_names() == ("person", "other", "film")
    found = {name: [column.name for column in entry.columns] for name, entry in dataset.inputs.items()}
    assert found == {"person": ["user"], "other": ["age", "town"], "film": ["movie"]}
    rows = dataset.rows("other", np.array([2]))
    np.testing.assert_array_equal(rows["numeric"], [[np.nan]])
    assert rows["categorical"].tolist() == [["Rom"]]
    expect_messages(listener.said, 4)


def test_only_missing_values_of_filled_inputs_are_kept(written, context):
    inputs = {"person": ["user"], "other": "rest"}
    source = Table(written(RATINGS), target="rating", categorical=["user", "movie"], inputs=inputs)
    dataset = source.open(replace(context, max_bad=0.5, filled=["person"]))
    assert len(dataset.parts["train"]) == 2


def test_columns_in_no_input_are_reported(written, listener):
    source = Table(written(RATINGS), target="rating", categorical=["user"], inputs={"person": ["user"]})
    dataset = source.open(listener.context())
    assert list(dataset.inputs) == ["person"]
    expect_message(listener.said[1])


@pytest.mark.parametrize(
    "arguments",
    [
        {"inputs": {"person": ["usr"]}},
        {"inputs": {"person": ["user"], "other": ["user", "age"]}},
        {"inputs": {"person": ["rating"]}},
        {"inputs": {"person": ["user"]}, "exclude": ["user"]},
        {"inputs": {"person": "user"}},
        {"inputs": {"person": []}},
        {"inputs": {"person": "rest", "film": "rest"}},
        {"inputs": {"person": ["user", "movie", "age", "town"], "other": "rest"}},
        {"inputs": {"person": ["user"]}, "columns": ["user"]},
        {"inputs": {"person": ["user"]}, "images": {"person": "town"}},
    ],
)
def test_inputs_that_do_not_fit_the_columns(written, context, arguments):
    path = written(RATINGS)
    with raises(ArgumentError):
        Table(path, target="rating", **arguments).open(replace(context, filled=None))


WEIGHTED = "area,weight,price\n50,2,1.5\n70,0.5,2.5\n60,-1,2.0\n65,,2.0\n"


def test_a_column_of_weights_is_not_an_input(written, context):
    source = Table(written(WEIGHTED), target="price")
    dataset = source.open(replace(context, max_bad=0.5, weights="weight"))
    assert columns(dataset) == {"area": "numeric"}
    assert (dataset.weights.dtype, dataset.weights.tolist()) == (np.float32, [2, 0.5])
    expect_messages([entry.reason for entry in dataset.bad], 2)


@pytest.mark.parametrize("weights", ["size", "price"])
def test_columns_that_cannot_be_weights(written, context, weights):
    with raises(ArgumentError):
        Table(written(WEIGHTED), target="price").open(replace(context, weights=weights))


def test_weights_that_are_all_0_are_refused(written, context):
    with raises(DataError):
        Table(written("area,weight,price\n50,0,1.5\n70,0,2.5\n"), target="price").opened(
            replace(context, weights="weight")
        )


THOUSANDS = "x,y\n" + "".join(f'{index},"1,{index:03}"\n' for index in range(60))


def test_formatted_numbers_of_a_target_are_the_cause_of_too_many_classes(written, listener):
    path = written(THOUSANDS)
    with raises(ArgumentError) as caught:
        Table(path, "y").open(listener.context())
    assert caught.value.argument == "targets"
    with raises(ArgumentError):
        Table(path, targets=["y"]).open(listener.context())
    assert len(Table(path, "y", task="classification").open(listener.context()).targets["y"].classes) == 60
    assert len(Table(path, "y", categorical=["y"]).open(listener.context()).targets["y"].classes) == 60


@pytest.mark.parametrize("arguments", [{"task": "regression"}, {"numeric": ["y"]}])
def test_formatted_numbers_are_the_cause_of_skipped_rows(written, context, arguments):
    with raises(DataError):
        Table(written(THOUSANDS), "y", **arguments).open(context)


@pytest.mark.parametrize("content", ["0,61.9,0\n1,2,3\n", "5.1,3.5,0\n4.9,3.0,1\n"])
def test_a_file_without_a_header(written, context, content):
    with raises((DataError, ArgumentError)):
        Table(written(content), "y").open(context)
