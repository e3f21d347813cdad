import pytest
from golden import raises

import kpipe
from kpipe.errors import SpecError

SPEC = """name: t
data:
  source: {Table: {path: t.csv, target: y, categorical: [TOWN, kind], inputs: {places: [TOWN, kind], other: rest}}}
  prepare: {places: [Encode]}
model:
  - Embedding: {inputs: places, input_dim: SIZE, output_dim: 2}
  - Flatten
  - Dense: {units: 1}
"""


def pipeline(folder, size, town="town", before=""):
    rows = [f"t{i % 6},{'ab'[i % 2]},{i / 2 + 0.25},{i + 0.5}" for i in range(60)]
    (folder / "t.csv").write_text("\n".join([f"{town},kind,area,y", *rows]))
    text = SPEC.replace("SIZE", str(size)).replace("TOWN", town)
    if before:
        text = text.replace("  - Embedding: {inputs: places, ", f"  - {before}: {{inputs: places}}\n  - Embedding: {{")
    (folder / "t.yaml").write_text(text)
    return kpipe.load(folder / "t.yaml")


@pytest.mark.slow
@pytest.mark.parametrize(("town", "before"), [("town", ""), ("town hall", ""), ("class", "Flatten")])
def test_an_embedding_with_fewer_rows_than_codes(tmp_path, town, before):
    with raises(SpecError):
        pipeline(tmp_path, 6, town, before).build()


@pytest.mark.slow
def test_an_embedding_with_a_row_for_each_code(tmp_path):
    for size in (7, "=codes.town"):
        assert pipeline(tmp_path, size).build().count_params() == 7 * 2 + 4 + 1
