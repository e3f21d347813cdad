from kpipe.schema.shared_definitions import share_definitions

LONG = {"type": "string", "description": "a long text " * 9}


def test_short_or_unique_definitions_are_not_shared():
    schema = {"properties": {"a": LONG, "b": {"type": "string"}, "c": {"properties": {"b": {"type": "string"}}}}}
    assert share_definitions(schema) == {**schema, "definitions": {}}


def test_definitions_of_one_name_are_told_apart():
    other = {**LONG, "description": "another long text " * 9}
    inner = [{"properties": {"name": entry}} for entry in (LONG, LONG, other, other)]
    shared = share_definitions({"anyOf": inner, "definitions": {"name": {"type": "null"}}})
    assert shared["definitions"] == {"name": {"type": "null"}, "name.2": LONG, "name.3": other}
    assert [entry["properties"]["name"]["$ref"] for entry in shared["anyOf"]] == [
        "#/definitions/name.2", "#/definitions/name.2", "#/definitions/name.3", "#/definitions/name.3",
    ]  # fmt: skip


def test_the_schema_given_is_not_changed():
    schema = {"properties": {"a": {"properties": {"x": LONG}}, "b": {"properties": {"x": LONG}}}}
    share_definitions(schema)
    assert schema["properties"]["a"] == {"properties": {"x": LONG}}
