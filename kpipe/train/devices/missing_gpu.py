"""The notice about an NVIDIA card that TensorFlow does not use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

#: The variable by which a user hides cards.
_VISIBLE = "CUDA_VISIBLE_DEVICES"


def missing_gpu(environment: Mapping[str, str], *, has_cuda: bool = True, root: Path = Path("/")) -> str | None:
    """Return a notice if there is an NVIDIA card; call it if TensorFlow has found no GPU.

    A card is recognized by its device file `/dev/nvidia0` (or another number), through which CUDA opens it, and in the
    Windows Subsystem for Linux by `/dev/dxg` and the CUDA library of its driver. Other traces are less reliable: a
    container on a machine with a card shows `/proc/driver/nvidia` although it may not use the card, and `nvidia-smi`
    can be installed without one.

    Args:
        environment: the environment variables; cards that `CUDA_VISIBLE_DEVICES` hides are not missed.
        has_cuda: whether this build of TensorFlow supports CUDA.
        root: the root of the file system.

    Returns:
        The notice with its remedy; None if there is no card, or if it is hidden.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> missing_gpu({}, root=folder) is None
        True
    """
    if environment.get(_VISIBLE, "0").strip() in ("", "-1") or not _has_card(root):
        return None
    remedy = (
        "install the CUDA libraries: pip install 'kpipe-keras[cuda]', which includes tensorflow[and-cuda]; if they are "
        "installed, update the driver of the card"
    )
    if not has_cuda:
        remedy = "this build of TensorFlow does not support CUDA; install the package tensorflow of Linux on x86-64"
    return f"an NVIDIA card is present, but TensorFlow finds no GPU and uses the CPU; {remedy}"


def _has_card(root: Path) -> bool:
    is_wsl = (root / "dev/dxg").exists() and (root / "usr/lib/wsl/lib/libcuda.so.1").exists()
    return is_wsl or any(entry.name.removeprefix("nvidia").isdecimal() for entry in (root / "dev").glob("nvidia*"))
