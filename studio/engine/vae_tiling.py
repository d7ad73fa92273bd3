"""Decoding in tiles: where the plan says so, and where the whole picture turns out not to fit."""

from __future__ import annotations

import traceback
from typing import Protocol, cast

import torch

from studio.engine.device_memory import trim_heap
from studio.engine.failures import is_out_of_memory, release_memory


class _TilingVae(Protocol):
    def enable_tiling(self) -> None: ...
    def disable_tiling(self) -> None: ...
    def decode(self, *args: object, **kwargs: object) -> object: ...


class VaeTiling:
    """Watches over the `decode` of a VAE: what has no room is decoded once more, in tiles, from the same latents.

    A large decode fails at the very end of the work, where starting again would cost the most. Tiles change the picture
    a little (their seams are blended over an overlap), so they are never used without need.
    """

    def __init__(self, vae: torch.nn.Module) -> None:
        self._vae = cast("_TilingVae", vae)
        self._thrifty = True
        self.needed = False
        """Whether the latest decode had to go on in tiles."""
        self._vae.decode = self._decode

    def set(self, tiled: bool, *, thrifty: bool = True) -> None:
        """Decode in tiles from the start, or only if there is need. `thrifty`: give back what denoising left before,
        which costs the next picture the time to have it again."""
        self.needed = False
        self._thrifty = thrifty
        if tiled:
            self._vae.enable_tiling()
        else:
            self._vae.disable_tiling()

    def _decode(self, *args: object, **kwargs: object) -> object:
        whole = type(self._vae).decode
        if self._thrifty:
            trim_heap()
        try:
            return whole(self._vae, *args, **kwargs)
        except (MemoryError, RuntimeError) as error:
            if self.needed or not is_out_of_memory(error):
                raise
            traceback.clear_frames(error.__traceback__)  # they hold the tensors that took the room
        release_memory()
        self._vae.enable_tiling()
        self.needed = True
        return whole(self._vae, *args, **kwargs)
