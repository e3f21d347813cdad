"""Compare the files of a checkout with those of its sdist and its wheels.

Arguments: the checkout, the sdist, the wheel built from the sdist, the wheel built from the checkout.
"""

import sys
import tarfile
import zipfile
from pathlib import Path

#: Folders of the wheel, and the folders of the checkout that they are copied from.
PLACES = {"kpipe/pipelines": "pipelines", "kpipe_callbacks": "callbacks/kpipe_callbacks", "kpipe": "kpipe"}
#: Folders that are only in the checkout.
CHECKOUT_ONLY = (".ci/",)


def files_of_sdist(path: Path) -> set[str]:
    """Return the names without the top-level folder."""
    with tarfile.open(path) as archive:
        return {entry.name.partition("/")[2] for entry in archive.getmembers() if entry.isfile()} - {"PKG-INFO"}


def files_of_wheel(path: Path) -> set[str]:
    """Return the names without the metadata."""
    with zipfile.ZipFile(path) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def place_in_checkout(name: str) -> str:
    """Return the file of the checkout that a file of the wheel is a copy of."""
    start = next(start for start in PLACES if name.startswith(f"{start}/"))
    return PLACES[start] + name.removeprefix(start)


def main(checkout: Path, sdist: Path, wheel: Path, direct: Path) -> None:
    """Exit with all differences, or print the number of files."""
    tracked = {path.relative_to(checkout).as_posix() for path in checkout.rglob("*") if path.is_file()}
    tracked = {name for name in tracked if not name.startswith(CHECKOUT_ONLY)}
    in_sdist, in_wheel = files_of_sdist(sdist), files_of_wheel(wheel)
    packaged = {name for name in tracked if name.startswith(tuple(f"{place}/" for place in PLACES.values()))}
    found = {place_in_checkout(name) for name in in_wheel}
    problems = [f"missing in the sdist: {name}" for name in sorted(tracked - in_sdist)]
    problems += [f"missing in the wheel: {name}" for name in sorted(packaged - found)]
    problems += [f"in the wheel and not in the checkout: {name}" for name in sorted(found - packaged)]
    problems += [f"in one wheel only: {name}" for name in sorted(in_wheel ^ files_of_wheel(direct))]
    if problems:
        sys.exit("\n".join(problems))
    print(f"The sdist contains {len(in_sdist)} files, the wheel {len(in_wheel)}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
