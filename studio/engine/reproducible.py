"""The same picture from the same numbers, wherever in memory they lie.

Weights are read in place, wherever a file has them. Without this, oneMKL multiplies matrices that do not begin at a
multiple of 64 bytes in another order, where the processor has AVX2 only: some pixels of a picture then differ by one
level between a folder and a single file with the same weights (oneMKL's Developer Guide, "Obtaining Numerically
Reproducible Results"). The best code path of the processor is still chosen.
"""

from __future__ import annotations

import os

os.environ.setdefault("MKL_CBWR", "AUTO,STRICT")
