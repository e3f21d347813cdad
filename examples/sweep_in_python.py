"""Train the shipped digits network with several widths, using the Python API.

Usage: `python examples/sweep_in_python.py`. Trains three small models and prints the accuracy of each.
"""

from __future__ import annotations

import kpipe

for width in (8, 16, 32):
    pipeline = kpipe.load("kpipe:digits", {"vars.width": width, "vars.epochs": 8})
    run = pipeline.run()
    accuracy = run.result["validation"]["accuracy"], run.result["test"]["accuracy"]
    print(f"width {width}: validation {accuracy[0]:.3f}, test {accuracy[1]:.3f}, {run.folder.path}")
