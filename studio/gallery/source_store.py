"""What pictures were made from: start pictures and masks, kept beside the pictures by the hash of their content."""

from __future__ import annotations

import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Set
from pathlib import Path
from typing import TYPE_CHECKING

from studio.core.durable_file import storage_error, sync_folder, write_durably
from studio.core.errors import PictureUnreadable, SourceMissing, WriteFailed
from studio.core.pixels import frozen_pixels
from studio.core.sources import ImageRef, image_ref
from studio.imaging.plain_png import encode_plain_png

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

_FOLDER = ".sources"
_SOURCE = re.compile(r"[0-9a-f]{64}\.png")
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.tmp")
_REMEMBERED = 4


class SourceStore:
    """A `PixelSource` on disk: `.sources/ab/abcd....png` in the folder of the pictures, RGB or grey (masks).

    A file that exists is never written again, one that nothing uses is removed after a while. What is read is compared
    with its name, so that a request can never mean other pixels than it did. The folder of the pictures must exist: one
    on an unplugged drive is not made again. The last few are kept in memory, because a picture is put in just before it
    is needed. May be used from any thread.
    """

    def __init__(self, root: Path) -> None:
        """`root` is the folder of the pictures."""
        self._root = root
        self._lock = threading.Lock()
        self._remembered: OrderedDict[str, Pixels | MaskPixels] = OrderedDict()

    def put_image(self, pixels: Pixels) -> ImageRef:
        """Keep a picture; it survives a crash or a power cut when this returns.

        Raises:
            StorageError: it cannot be written.
        """
        return self._put(pixels)

    def put_mask(self, mask: MaskPixels) -> ImageRef:
        """Keep a mask. Raises as `put_image`."""
        return self._put(mask)

    def image(self, ref: ImageRef) -> Pixels:
        """The picture that was put in.

        Raises:
            SourceMissing: it was never put in, or is gone.
            PictureUnreadable: its file is damaged or holds something else.
        """
        return self._get(ref, "RGB")

    def mask(self, ref: ImageRef) -> MaskPixels:
        """The mask that was put in. Raises as `image`."""
        return self._get(ref, "L")

    def path(self, ref: ImageRef) -> Path:
        """Where it is, whether or not it exists: for thumbnails of what a picture was made from."""
        return self._root / _FOLDER / ref.sha256[:2] / f"{ref.sha256}.png"

    def remove_unused(self, used: Set[str], before_ns: int, may_go_on: Callable[[], bool]) -> int:
        """Remove the files whose hash is not in `used` and that were put in before that time of the file system, and
        what a killed run left behind, as long as `may_go_on`; returns how many. Nothing is lost by an end in between.

        Raises:
            StorageError: one cannot be removed.
        """
        removed = 0
        for path in sorted((self._root / _FOLDER).glob("??/*")):
            if not may_go_on():
                break
            is_unused = path.stem not in used if _SOURCE.fullmatch(path.name) else _TEMPORARY.fullmatch(path.name)
            if is_unused and self._remove_old(path, before_ns):
                removed += 1
        return removed

    def _remove_old(self, path: Path, before_ns: int) -> bool:
        with self._lock:
            try:
                if path.lstat().st_mtime_ns >= before_ns:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
            except OSError as error:
                raise storage_error(error, path) from error
            self._remembered.pop(path.stem, None)
            return True

    def _put(self, pixels: Pixels | MaskPixels) -> ImageRef:
        ref = image_ref(pixels)
        path = self.path(ref)
        if not self._is_there_again(path):
            self._make_folder(path)
            _write_once(path, encode_plain_png(pixels))
        self._remember(ref, frozen_pixels(pixels))
        return ref

    def _is_there_again(self, path: Path) -> bool:
        """A file that is put in once more is as young as a new one: what uses it may not be known yet."""
        with self._lock:
            try:
                os.utime(path)
            except OSError:
                return path.exists()
            return True

    def _make_folder(self, path: Path) -> None:
        try:
            for folder in (path.parent.parent, path.parent):
                if not folder.exists():
                    folder.mkdir(exist_ok=True)
                    sync_folder(folder.parent)
        except OSError as error:
            raise storage_error(error, path) from error

    def _get(self, ref: ImageRef, mode: str) -> Pixels:
        with self._lock:
            remembered = self._remembered.get(ref.sha256)
        if remembered is not None:
            return remembered
        pixels = self._read(ref, mode)
        self._remember(ref, pixels)
        return pixels

    def _read(self, ref: ImageRef, mode: str) -> Pixels:
        import numpy as np

        from studio.imaging.decode import open_picture

        path = self.path(ref)
        if not path.exists():
            raise SourceMissing(ref.sha256)
        with open_picture(path) as image:
            if image.mode != mode:
                raise ValueError(f"a picture of kind {image.mode}, not {mode}")
            pixels = frozen_pixels(np.asarray(image))
        if image_ref(pixels) != ref:
            raise PictureUnreadable(path, "it holds other pixels than its name says")
        return pixels

    def _remember(self, ref: ImageRef, pixels: Pixels | MaskPixels) -> None:
        with self._lock:
            self._remembered[ref.sha256] = pixels
            self._remembered.move_to_end(ref.sha256)
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)


def _write_once(path: Path, content: bytes) -> None:
    try:
        write_durably(path, content, overwrite=False)
    except WriteFailed:
        if not path.exists():  # otherwise somebody else wrote the same content meanwhile
            raise
