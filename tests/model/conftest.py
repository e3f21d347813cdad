import pytest

from kpipe.components.quiet_import import import_keras
from kpipe.errors import SpecError
from kpipe.model.builder import Builder
from kpipe.model.definition_check import definition_problems
from kpipe.spec.expressions.scope import Name
from kpipe.spec.node import Node
from kpipe.spec.reader import read

keras = import_keras()
HEAD = "name: t\ndata: {source: Digits}\n"


class Workshop:
    """Builds models from the text of `model`, `blocks` and `vars` alone."""

    def __init__(self, folder):
        self.folder = folder

    def spec(self, text, head=HEAD):
        path = self.folder / "t.yaml"
        path.write_text(head + text)
        return read(path)

    def model(self, text, shapes=(8, 8, 3), classes=10, targets=(), head=HEAD):
        if isinstance(shapes, dict) and head == HEAD:
            head = f"name: t\ndata: {{source: {{Arrays: {{path: t.npz, inputs: [{', '.join(shapes)}]}}}}}}\n"
        spec = self.spec(text, head)
        problems = definition_problems(spec)
        if problems:
            raise SpecError(problems)
        shapes = shapes if isinstance(shapes, dict) else {"image": shapes}
        inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
        one = next(iter(shapes.values()))
        names = {"classes": Name(classes), "input_shape": Name(list(one))}
        outputs = Builder(spec, inputs, names).build({t: Node(t, spec.model.mark) for t in targets})
        return keras.Model(inputs if len(inputs) > 1 else next(iter(inputs.values())), outputs)

    def errors(self, text, **arguments):
        with pytest.raises(SpecError) as caught:
            self.model(text, **arguments)
        return [str(problem).replace(str(self.folder / "t.yaml") + ":", "") for problem in caught.value.problems]


@pytest.fixture
def workshop(tmp_path):
    return Workshop(tmp_path)
