"""How well a model tells the noise in a picture."""

from __future__ import annotations

from dataclasses import dataclass

from studio.core.trajectory import NoiseLevel


@dataclass(frozen=True, slots=True)
class NoiseError:
    """At `timestep` (as the network is told it) and `level`: the root mean square of what was predicted less the noise.

    0 is all right; 1 is as wrong as one who says that there is none.
    """

    timestep: float
    level: NoiseLevel
    error: float
