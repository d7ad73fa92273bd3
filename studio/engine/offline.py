"""Keeps the libraries off the network and quiet. Import this before diffusers, transformers or huggingface_hub.

The hub reads these variables once, when it is imported; set later they do nothing.
"""

from __future__ import annotations

import os

os.environ.update(
    {
        # Nothing is fetched, reported or signed in, whatever a model folder says.
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
        "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
        # Bars on the terminal are the command line's own.
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        # Their warnings are facts that the engine tells in its own words (a prompt that was cut, missing weights) or
        # that concern nobody here (torchvision is absent, a tiny VAE is of another class than the pipeline declares).
        "TRANSFORMERS_VERBOSITY": "error",
        "DIFFUSERS_VERBOSITY": "error",
    }
)
