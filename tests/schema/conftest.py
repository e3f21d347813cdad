import json

import jsonschema
import pytest

from kpipe.components import vocabulary
from kpipe.schema.json_schema import json_schema
from kpipe.spec.yaml_text.yaml_reader import read_text

HEAD = {"name": "t", "data": {"source": "Digits"}, "model": ["ReLU"]}


class Editor:
    """Holds specs against the schema, as an editor does."""

    def __init__(self):
        self.schema = json_schema(vocabulary())
        self.validator = jsonschema.Draft7Validator(self.schema)

    def mistakes(self, spec):
        """All errors as `path: message`, those inside alternatives too."""
        return sorted(_told(self.validator.iter_errors(spec)))

    def of(self, text):
        """The errors of a spec that has these keys and, unless they are among them, those that are required."""
        return self.mistakes({**HEAD, **read_text(text, "t.yaml").plain()})

    def part(self, text):
        """The errors of a file that has these keys alone."""
        return self.mistakes(read_text(text, "t.yaml").plain())

    def accepts_as(self, schema, value):
        """Whether a value fits a part of the schema."""
        part = {**schema, "definitions": self.schema["definitions"]}
        return jsonschema.Draft7Validator(part).is_valid(value)


def _told(errors):
    for error in errors:
        if error.context:
            yield from _told(error.context)
        else:
            path = ".".join(str(part) for part in error.absolute_path)
            yield f"{path}: {error.message}" if len(error.message) < 200 else f"{path}: {error.validator}"


@pytest.fixture(scope="session")
def _editor():
    return Editor()


@pytest.fixture(scope="module")
def editor(_editor):
    return _editor


@pytest.fixture(scope="module")
def as_text(editor):
    return json.dumps(editor.schema)
