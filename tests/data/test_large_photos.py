"""Photos that are far larger than what Resize makes of them: memory is bounded by cores, not by their number."""

import json
import os
import sys

import numpy as np
import pytest
import warm_process

SPEC = """
name: photos
data: {source: {source}, validation: 0, batch_size: 32, memory: {memory}, prepare: [{Resize: {height: 32, width: 32}}]}
model: [Flatten, {Dense: {units: =classes}}]
train: {epochs: 1}
"""

#: Trains on small images first, then, with little more memory than that took, on the large ones.
CHILD = """
import resource, sys
import kpipe
from kpipe.data.cores import cores

folder, decoded = sys.argv[1], int(sys.argv[2])
kpipe.load(f"{folder}/small.yaml").run(f"{folder}/small")
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
taken = int(status["VmData"].split()[0]) * 1024
limit = taken + 6 * cores() * decoded + 128 * 2**20
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
for name in sys.argv[3:]:
    kpipe.load(f"{folder}/{name}.yaml").run(f"{folder}/{name}")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on memory is that of Linux")
def test_250_photos_of_24_megapixels_under_a_limit_on_memory(tmp_path):
    """Two grey files, which decode fast, named by 250 rows, 6 GB decoded; and 32 of them in folders, read again in the epoch."""
    from PIL import Image

    height, width, rows = 4000, 6000, 250
    for name, shape in (("small", (40, 60)), ("large", (height, width))):
        for number, shade in enumerate((40, 200)):
            Image.fromarray(np.full(shape, shade, np.uint8)).save(tmp_path / f"{name}{number}.bmp")
    for name, count in (("small", 40), ("large", rows)):
        lines = [f"{name}{row % 2}.bmp,{row % 2}" for row in range(count)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["file,y", *lines]))
        source = f"{{Table: {{path: {name}.csv, target: y, images: {{image: file}}}}}}"
        (tmp_path / f"{name}.yaml").write_text(SPEC.replace("{source}", source).replace("{memory}", "1"))
    for number in range(32):
        link = tmp_path / "photos" / str(number % 2) / f"{number}.bmp"
        link.parent.mkdir(parents=True, exist_ok=True)
        os.link(tmp_path / f"large{number % 2}.bmp", link)
    source = "{ImageFolder: {train: photos}}"
    (tmp_path / "read.yaml").write_text(SPEC.replace("{source}", source).replace("{memory}", "0"))
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(height * width), "large", "read"]
    done = warm_process.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for name, count in (("large", rows), ("read", 32)):
        assert json.loads((tmp_path / name / "data.json").read_text())["parts"] == {"train": count}
        assert json.loads((tmp_path / name / "result.json").read_text())["status"] == "completed"
