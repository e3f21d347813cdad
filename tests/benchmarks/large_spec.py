"""How long validating a spec of 1 MB takes, against one of half its size: `python tests/benchmarks/large_spec.py`.

Printed are seconds of the processor, the best of three, and their ratio, which is 2 where the time grows with the size.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kpipe.checks.checked_spec import checked

HEAD = "name: large\ndata: {source: Digits}\n"
END = "  - Dense: {units: =classes}\n"


def layers(count: int) -> str:
    """Layers with comments and expressions."""
    items = (
        f"  - Dense:   # layer {i}\n      units: =width * 2 + {i % 7}\n      activation: =activation\n"
        for i in range(count)
    )
    return f"{HEAD}vars: {{width: 8, activation: relu}}\nmodel:\n  - Flatten\n{''.join(items)}{END}"


def literals(count: int) -> str:
    """Layers with comments, without expressions."""
    comment = "  # a comment such as people write above their layers, layer"
    items = (f"{comment} {i}\n  - Dense: {{units: 8, activation: relu}}\n" for i in range(count))
    return f"{HEAD}model:\n  - Flatten\n{''.join(items)}{END}"


def variables(count: int) -> str:
    """Variables, each of which reads the one before, and layers that read them."""
    lines = (f"  v{i}: =v{i - 1} + 1   # a comment on this variable\n" for i in range(1, count))
    items = (f"  - Dense: {{units: =v{i}}}\n" for i in range(count))
    return f"{HEAD}vars:\n  v0: 1\n{''.join(lines)}model:\n  - Flatten\n{''.join(items)}{END}"


def lists(count: int) -> str:
    """Long lists that a loop goes through side by side and by index."""
    numbers = ", ".join(str(10**7 + i) for i in range(count))
    lines = "".join(f"  w{k}: [{numbers}]\n" for k in range(9))
    units = "=a + w2[i] - w3[i] + w4[i] - w5[i] + w6[i] - w7[i] + w8[i]"
    loop = f"  - Repeat: {{each: {{a: =w0, b: =w1}}, index: i, of: [Dense: {{units: '{units}'}}]}}\n"
    return f"{HEAD}vars:\n{lines}model:\n  - Flatten\n{loop}{END}"


def blocks(count: int) -> str:
    """Blocks, each of which is used once, and items with names."""
    body = "    layers: [Dense: {units: =units, activation: relu}, Dropout: {rate: =rate}]\n"
    lines = (f"  b{i}:\n    params: [units, {{rate: 0.5}}]   # a comment\n{body}" for i in range(count))
    items = (f"  - b{i}: {{units: 8, name: item_{i}}}\n" for i in range(count))
    return f"{HEAD}blocks:\n{''.join(lines)}model:\n  - Flatten\n{''.join(items)}{END}"


def seconds(text: str, folder: Path) -> float:
    """Seconds of the processor for one validation."""
    path = folder / "large.yaml"
    path.write_text(text)
    began = time.process_time()
    checked(path)
    return time.process_time() - began


def main() -> None:
    """Prints a line for each kind of spec."""
    kinds: dict[Callable[[int], str], int] = {
        layers: 10_000,
        literals: 9_000,
        variables: 10_000,
        lists: 11_000,
        blocks: 5_000,
    }
    with tempfile.TemporaryDirectory() as folder:
        seconds(layers(10), Path(folder))  # loads the vocabulary
        for make, count in kinds.items():
            whole, half = make(count), make(count // 2)
            times = [min(seconds(text, Path(folder)) for _ in range(3)) for text in (whole, half)]
            print(f"{make.__name__:10} {len(whole) / 1e6:.2f} MB {times[0]:.2f} s, half {times[1]:.2f} s, ", end="")
            print(f"ratio {times[0] / times[1]:.2f}")


if __name__ == "__main__":
    main()
