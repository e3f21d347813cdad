"""Checking many image files once: the results are remembered by path, size and time of change."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from kpipe.atomic import write_bytes
from kpipe.data.cores import cores
from kpipe.data.image_file import ImageInfo, ImageProblemError, check, printable, require_size
from kpipe.data.sources.source import OpenContext

Result = ImageInfo | ImageProblemError

_FORMAT = 2
_RUN = 64
_SAY_EVERY = 20_000

#: Bytes a file, on average, below which threads only get in each other's way (measured: x 0.9 at 4 kB, x 1.9
#: at 43 kB).
_WORTH_THREADS = 8192


def check_images(folder: Path, names: Sequence[str], context: OpenContext) -> list[Result]:
    """Decodes every image that is new or changed since it was last checked.

    Args:
        folder: the folder that the names start from; the results are kept in one file for each folder.
        names: paths relative to the folder.
        context: where the results are kept, and what receives messages.

    Returns:
        For each name its size, or why it cannot be used.

    Example:
        >>> check_images(Path("photos"), [], OpenContext(print, 0.01, Path("cache")))
        []
    """
    memory = context.cache_folder / "images" / f"{_digest(folder)}.json"
    known = _remembered(memory)
    stamps = [_stamp(folder / name) for name in names]
    results = [_recall(known.get(name), stamp, context.max_pixels) for name, stamp in zip(names, stamps, strict=True)]
    fresh = [position for position, result in enumerate(results) if result is None]
    if fresh:
        paths = [folder / names[position] for position in fresh]
        size = sum(stamp[0] for stamp in (stamps[position] for position in fresh) if stamp is not None)
        if len(fresh) >= 1000:
            context.say(f"checking {len(fresh):,} images in {printable(folder)}; this is done once")
        try:
            checked = _check_all(paths, size, context.max_pixels)
            for count, (position, result) in enumerate(zip(fresh, checked, strict=True), start=1):
                results[position] = result
                if (stamp := stamps[position]) is not None and (isinstance(result, ImageInfo) or result.lasting):
                    known[names[position]] = [*stamp, *_entry(result)]
                if count % _SAY_EVERY == 0 and count < len(fresh):
                    context.say(f"checked {count:,} of {len(fresh):,} images")
        finally:
            # Also when the user has had enough: the next run continues from here.
            _remember(memory, known, context)
    return [result for result in results if result is not None]


def _check_all(paths: Sequence[Path], size: int, max_pixels: int) -> Iterator[Result]:
    """The results in the order of the paths; decoding releases the GIL, so larger files go to threads."""
    threads = cores() if size >= _WORTH_THREADS * len(paths) else 1
    runs = [paths[start : start + _RUN] for start in range(0, len(paths), _RUN)]
    pool = ThreadPoolExecutor(threads)
    try:
        for results in pool.map(lambda run: [_check(path, max_pixels) for path in run], runs):
            yield from results
    finally:
        pool.shutdown(cancel_futures=True)


def _check(path: Path, max_pixels: int) -> Result:
    try:
        return check(path, max_pixels)
    except ImageProblemError as problem:
        return problem


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns


def _entry(result: Result) -> list[Any]:
    if isinstance(result, ImageInfo):
        return [result.height, result.width, result.channels, result.depth]
    return [str(result)]


def _recall(entry: Any, stamp: tuple[int, int] | None, max_pixels: int) -> Result | None:
    match entry:
        case [size, changed, *rest] if stamp == (size, changed):
            match rest:
                case [int(height), int(width), int(channels), int(depth)]:
                    return _within(ImageInfo(height, width, channels, depth), max_pixels)
                case [str(reason)]:
                    return ImageProblemError(reason)
    return None


def _within(info: ImageInfo, max_pixels: int) -> Result:
    try:
        require_size(info.height, info.width, max_pixels)
    except ImageProblemError as problem:
        return problem
    return info


def _remembered(memory: Path) -> dict[str, Any]:
    """What earlier runs found; nothing where the file is missing, damaged, or of another decoder."""
    try:
        content = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(content, dict) or content.get("decoder") != _decoder():
        return {}
    files = content.get("files")
    return files if isinstance(files, dict) else {}


def _remember(memory: Path, known: dict[str, Any], context: OpenContext) -> None:
    content = json.dumps({"decoder": _decoder(), "files": known}, separators=(",", ":")).encode("ascii")
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(memory, content)
    except OSError as error:
        context.say(
            f"the checks of the images cannot be kept in {memory.parent} ({error.strerror}): run again, "
            "they are done again"
        )


def _decoder() -> str:
    import cv2
    import PIL

    return f"{_FORMAT}; Pillow {PIL.__version__}; OpenCV {cv2.__version__}"


def _digest(folder: Path) -> str:
    resolved = folder
    with contextlib.suppress(OSError):
        resolved = folder.resolve()
    return hashlib.sha256(os.fsencode(resolved)).hexdigest()[:32]
