"""Networks that were loaded, kept so that the next model that is made of the same ones need not load them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

import torch

from studio.engine.device import ComputeDevice


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """As long as this stays the same, so does the content of the file."""

    path: Path
    size: int
    modified_ns: int
    inode: int


def file_identity(path: Path) -> FileIdentity:
    """Of the file that `path` leads to, whatever links are on the way."""
    real = path.resolve()
    status = real.stat()
    return FileIdentity(real, status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True, slots=True)
class ComponentKey:
    """What decides a loaded network: its class, its files (configuration and weights) and where it computes.

    `prefix` is that of its tensors, where a file holds other parts too.
    """

    class_name: str
    files: tuple[FileIdentity, ...]
    prefix: str
    device: ComputeDevice


class ComponentCache:
    """The networks that were used last, `limit` bytes of them at most; what is in use counts too, but always stays."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept: OrderedDict[ComponentKey, torch.nn.Module] = OrderedDict()

    def get(self, key: ComponentKey, load: Callable[[], torch.nn.Module]) -> torch.nn.Module:
        """The network of `key`, loaded if it is not there."""
        module = self._kept.get(key)
        if module is None:
            module = load()
            self._kept[key] = module
        self._kept.move_to_end(key)
        return module

    def make_room(self, coming: Collection[ComponentKey], needed: int) -> None:
        """Before those `coming` are loaded, which takes `needed` bytes: drop what was used longest ago."""
        for key in [key for key in self._kept if key not in coming]:
            if self.held_bytes + needed <= self._limit:
                return
            del self._kept[key]

    def clear(self) -> None:
        self._kept.clear()

    def __contains__(self, key: ComponentKey) -> bool:
        return key in self._kept

    @property
    def held_bytes(self) -> int:
        return sum(_bytes(module) for module in self._kept.values())


def _bytes(module: torch.nn.Module) -> int:
    tensors = [*module.parameters(), *module.buffers()]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
