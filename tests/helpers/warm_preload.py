"""What a warm process has imported when it begins (`warm_process`)."""

from __future__ import annotations

import gc

import studio.app.cli
import studio.app.generate_command
import studio.engine.session  # noqa: F401

gc.collect()
gc.freeze()  # else the first collection of each process copies the memory of all of it
