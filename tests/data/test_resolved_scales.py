import pytest

import kpipe
from kpipe.data.prepare.rescale import Rescale
from kpipe.data.resolved_scales import resolved_scales
from kpipe.spec.yaml_text.yaml_reader import read_text
from kpipe.train.setup.prepare_data import prepare_data
from kpipe.train.setup.spec_session import spec_session

SPEC = """
name: small
vars: {unused}
data: {{source: {{Noise: {{shape: [4, 4, 1], classes: 2, train: 8}}}}, prepare: {prepare}}}
model: [Flatten, {{Dense: {{units: =classes}}}}]
"""


@pytest.mark.parametrize(
    ("prepare", "variables", "expected"),
    [
        ("[Rescale]", "{}", [{"Rescale": {"scale": 1 / 255}}]),
        ("[Center, {Rescale: {offset: =o}}]", "{o: 1}", ["Center", {"Rescale": {"offset": 1, "scale": 1 / 255}}]),
        ("[{Rescale: {scale: auto}}]", "{}", [{"Rescale": {"scale": 1 / 255}}]),
        ("[{Rescale: {scale: 0.5}}, Center]", "{}", [{"Rescale": {"scale": 0.5}}, "Center"]),
        ("{image: [Rescale]}", "{}", {"image": [{"Rescale": {"scale": 1 / 255}}]}),
        ("=steps", "{steps: [Rescale]}", [{"Rescale": {"scale": 1 / 255}}]),
        ("[Center, '=steps[0]']", "{steps: [Rescale]}", ["Center", {"Rescale": {"scale": 1 / 255}}]),
        ("[Center]", "{}", ["Center"]),
    ],
)
def test_the_resolved_spec_has_the_number(tmp_path, prepare, variables, expected):
    path = tmp_path / "spec.yaml"
    path.write_text(SPEC.format(prepare=prepare, unused=variables))
    spec = kpipe.load(path).spec
    with spec_session(spec):
        prepared = prepare_data(spec, lambda line: None)
    assert read_text(spec.dump(resolved_scales(spec, prepared)), "dumped").plain()["data"]["prepare"] == expected
    assert all(isinstance(stage.scale, float) for stage in prepared.preparations["image"] if isinstance(stage, Rescale))
