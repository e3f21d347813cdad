"""Builds and trains specs as two commits do, and reports where their layers, weights or results begin to differ.

By hand, from anywhere in the repository:

    python tests/compare_builds.py COMMIT [COMMIT] [SPEC ...] [--build-only]

    python tests/compare_builds.py main                                # with the working tree, uncommitted changes included
    python tests/compare_builds.py main~20 main                        # two commits
    python tests/compare_builds.py main kpipe:digits kpipe:iris --build-only

A SPEC is `kpipe:NAME` or a YAML file; without one all shipped specs of the first commit are compared, small as in
`small_specs.py` and with random images where their data are not in the repository. A YAML file is taken as it is, for
one epoch. Compared are, to the bit: names and classes of all layers, path, shape and initial values of each weight and
random generator, and after one epoch the history, the results and the trained values of these. Where a training fails at
both commits, the class of the error is compared, not its message; what cannot be built at either counts as different.

The exit status is 0 where all are equal and 1 otherwise. The commits are unpacked into a temporary folder; each runs in
a process of its own, both at the same time. What the commits need besides must be installed: both get the packages of
the Python that runs this.

Not compared: training on GPUs or replicas, other backends, and the full size of the networks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
IMAGES = {"Noise": {"shape": [32, 32, 3], "train": 40, "validation": 8, "test": 8}}


def main() -> int:
    """Compares what the command line asks for; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="+", metavar="COMMIT [COMMIT] [SPEC ...]")
    parser.add_argument("--build-only", action="store_true", help="compare layers and initial weights alone")
    arguments = parser.parse_args()
    commits = [word for word in arguments.what if not is_spec(word)]
    specs = [
        word if word.startswith("kpipe:") else str(Path(word).resolve()) for word in arguments.what if is_spec(word)
    ]
    if not 1 <= len(commits) <= 2:
        parser.error(f"expected one or two commits, got {len(commits)}: {', '.join(commits) or 'none'}")
    with tempfile.TemporaryDirectory() as folder:
        trees = [unpacked(commit, Path(folder) / f"tree{number}") for number, commit in enumerate(commits)]
        trees += [ROOT] * (2 - len(trees))
        specs = specs or shipped(trees[0])
        labels = [*commits, "the working tree"][:2]
        differing = compared(labels, trees, specs, arguments.build_only, Path(folder))
    print(f"{len(specs) - differing} of {len(specs)} specs are equal")
    return 1 if differing else 0


def is_spec(word: str) -> bool:
    """Whether an argument is a spec rather than a commit."""
    return word.startswith("kpipe:") or word.endswith((".yaml", ".yml"))


def shipped(tree: Path) -> list[str]:
    """The names of the specs that a commit ships."""
    folder = tree / "pipelines"
    return sorted(f"kpipe:{path.relative_to(folder).with_suffix('').as_posix()}" for path in folder.rglob("*.yaml"))


def unpacked(commit: str, folder: Path) -> Path:
    """The files of a commit in a new folder."""
    archive = folder.with_suffix(".tar")
    made = subprocess.run(
        ["git", "-C", ROOT, "archive", f"--output={archive}", f"{commit}^{{commit}}"], capture_output=True, text=True
    )
    if made.returncode:
        raise SystemExit(f"{commit} is neither a commit nor a spec; expected a commit, kpipe:NAME or a YAML file")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder


def compared(labels: list[str], trees: list[Path], specs: list[str], build_only: bool, folder: Path) -> int:
    """How many specs differ; a line is printed for each spec as soon as both processes have it."""
    children = [Child(tree, specs, build_only, folder / f"child{number}") for number, tree in enumerate(trees)]
    differing = 0
    try:
        for name, one, other in zip_longest(specs, *(child.found() for child in children)):
            for child, found in zip(children, (one, other), strict=True):
                if found is None:
                    raise SystemExit(f"the process of {child.tree} ended before {name}:\n{child.complaint()}")
            where = first_difference(one, other)
            if where is None and "layers" not in one:
                where = ("error", *(found["message"] for found in (one, other)))
            differing += where is not None
            print(f"{name}: {'equal' if where is None else describe(where, labels)}", flush=True)
    finally:
        for child in children:
            child.end()
    return differing


def describe(where: tuple[str, Any, Any], labels: list[str]) -> str:
    """The difference on a line for each commit, below the place where it is."""
    place, *values = where
    shown = "\n".join(f"    {label}: {json.dumps(value)}" for label, value in zip(labels, values, strict=True))
    return f"DIFFERS at {place}\n{shown}"


def first_difference(one: Any, other: Any, place: str = "") -> tuple[str, Any, Any] | None:
    """Where two results begin to differ, with what each has there; in the order in which things are created."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(key, one.get(key), other.get(key)) for key in [*one, *(key for key in other if key not in one)]]
    elif isinstance(one, list) and isinstance(other, list):
        pairs = [(number, *pair) for number, pair in enumerate(zip_longest(one, other))]
    else:
        # NaN is equal to itself here.
        return None if json.dumps(one) == json.dumps(other) else (place, one, other)
    for key, *values in pairs:
        if key == "message":
            continue
        inner = f"{place}.{key}" if place else str(key)
        if (found := first_difference(*values, inner)) is not None:
            return found
    return None


class Child:
    """A process that imports kpipe from a folder and prints a line of JSON for each spec.

    Args:
        tree: the files of a commit.
        specs: what it builds.
        build_only: whether it trains nothing.
        folder: a new one for its files.
    """

    def __init__(self, tree: Path, specs: list[str], build_only: bool, folder: Path) -> None:
        self.tree = tree
        folder.mkdir()
        self.messages = folder / "messages"
        variables = {
            "PYTHONPATH": os.pathsep.join(map(str, (described(tree, folder), tree, tree / "callbacks"))),
            "PYTHONSAFEPATH": "1",
            "XDG_CACHE_HOME": str(folder / "cache"),
            "CUDA_VISIBLE_DEVICES": "",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }
        with self.messages.open("w") as messages:
            self.process = subprocess.Popen(
                [sys.executable, __file__, "--child", json.dumps([str(tree), specs, build_only, str(folder)])],
                env={**os.environ, **variables},
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=messages,
                text=True,
            )

    def found(self) -> Iterator[Any]:
        """What it found for each spec."""
        return map(json.loads, self.process.stdout or ())

    def complaint(self) -> str:
        """The end of what it wrote to standard error."""
        self.process.wait()
        return "\n".join(self.messages.read_text().splitlines()[-20:])

    def end(self) -> None:
        """Ends it, where it has not ended."""
        self.process.kill()
        self.process.communicate()


def described(tree: Path, folder: Path) -> Path:
    """A folder with the metadata that an installation of a commit would have: its version is read when it is imported."""
    project = tomllib.loads((tree / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    metadata = folder / "metadata" / f"{name.replace('-', '_')}-{version}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return metadata.parent


# -- in the process of a commit; what is used of kpipe is there in all its versions --------------------------------------


def child(tree: str, specs: list[str], build_only: bool, folder: str) -> None:
    """Prints what the commit makes of each spec; all other output goes to standard error."""
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import kpipe

    if not Path(kpipe.__file__ or "").is_relative_to(tree):
        raise SystemExit(f"kpipe comes from {kpipe.__file__}; expected the one of {tree}")
    for number, name in enumerate(specs):
        try:
            found = of_spec(name, build_only, Path(folder) / f"run{number}")
        except kpipe.KpipeError as error:
            found = {"error": type(error).__name__, "message": str(error)}
        print(json.dumps(found), file=results, flush=True)


def of_spec(name: str, build_only: bool, folder: Path) -> dict[str, Any]:
    """Layers and weights of a spec, and what one epoch makes of them."""
    import kpipe

    overrides = smaller(name)
    model = kpipe.load(name, overrides).build()
    found = {"layers": layers(model), "weights": weights(model)}
    if build_only:
        return found
    try:
        run = kpipe.load(name, overrides).run(folder)
    except kpipe.TrainingError as error:
        return {**found, "error": type(error).__name__, "message": str(error)}
    result = {key: value for key, value in run.result.items() if key not in ("seconds", "started", "versions")}
    history = {key: values for key, values in run.history.items() if key != "seconds"}
    return {**found, "history": history, "result": result, "trained weights": weights(run.model)}


def smaller(name: str) -> dict[str, Any]:
    """Overrides that make a shipped spec small and read what is at hand, and any spec train for one epoch."""
    import yaml

    import kpipe

    sys.path.append(str(Path(__file__).parent))
    from small_specs import SMALL

    written = yaml.safe_load(kpipe.load(name).spec.dump())
    overrides = dict(SMALL.get(name.removeprefix("kpipe:"), {})) if name.startswith("kpipe:") else {}
    overrides["vars.epochs" if written["train"]["epochs"] == "=epochs" else "train.epochs"] = 1
    if name.startswith("kpipe:") and "ImageFolder" in written["data"]["source"]:
        overrides["data.source"] = IMAGES
    if written["train"]["start_from"] is not None:
        overrides["train.start_from"] = None
    return overrides


def layers(model: Any) -> list[str]:
    """Name and class of each layer, with those inside of models among the layers."""
    found = []
    for layer in model.layers:
        found.append(f"{layer.name} {type(layer).__name__}")
        found += [f"{layer.name}/{inner}" for inner in layers(layer)] if hasattr(layer, "layers") else []
    return found


def weights(model: Any) -> list[str]:
    """Path, shape and a digest of the values of each variable, states of random generators included, in Keras' order."""
    import numpy as np

    found = []
    for weight in model.variables:
        values = np.ascontiguousarray(weight.numpy())
        found.append(f"{weight.path} {list(values.shape)} {hashlib.sha256(values.tobytes()).hexdigest()[:16]}")
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*json.loads(sys.argv[2]))
    else:
        raise SystemExit(main())
