"""A model on disk: arrays without pickle and a JSON description in one `.npz`, the same bytes each time."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

_DESCRIPTION = "model.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold: a build has no clock


class ModelFileError(Exception):
    """The file is not a model of this program; the message says so in Chinese."""


def write_archive(path: Path, arrays: Arrays, description: Mapping[str, Any]) -> str:
    """Write both into one zip and return the hex SHA-256 of its bytes. The file appears whole or not at all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        text = json.dumps(description, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
        _add(archive, _DESCRIPTION, text.encode())
        for name in sorted(arrays):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(arrays[name]), version=(1, 0), allow_pickle=False)
            _add(archive, f"{name}.npy", member.getvalue())
    data = buffer.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(data)
    fresh.replace(path)
    return hashlib.sha256(data).hexdigest()


def read_archive(path: Path) -> tuple[Arrays, dict[str, Any], str]:
    """Arrays, description and hex SHA-256 of a model file; raises `ModelFileError` if it is not one."""
    try:
        data = path.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            description = json.loads(archive.read(_DESCRIPTION))
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            arrays = {name[:-4]: _array(archive.read(name)) for name in names}
    except FileNotFoundError:
        raise ModelFileError(f"没有模型文件 {path.name}；运行 huiying model train 或 huiying model reset") from None
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ModelFileError(
            f"模型文件 {path.name} 已损坏（{error}）；运行 huiying model reset 用回随附的模型"
        ) from error
    return arrays, description, hashlib.sha256(data).hexdigest()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    # Stored, not deflated: weights hardly shrink, and unpacking them would be a sixth of every cold start.
    entry.compress_type = zipfile.ZIP_STORED
    entry.create_system = 3  # otherwise the zip would differ between Windows and the rest
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, data)


def _array(data: bytes) -> NDArray[Any]:
    """The array of a `.npy` member where its bytes lie: `read_array` would copy them bit by bit on every cold start."""
    head = io.BytesIO(data)
    if np.lib.format.read_magic(head) != (1, 0):
        raise ValueError("npy version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(head)
    array: NDArray[Any] = np.frombuffer(data, dtype, offset=head.tell()).reshape(shape, order="F" if fortran else "C")
    return array
