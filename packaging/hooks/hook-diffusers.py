"""diffusers asks for the versions of what it can work with."""

from PyInstaller.utils.hooks import copy_metadata

datas = [
    entry
    for name in (
        "diffusers",
        "accelerate",
        "peft",
        "torch",
        "safetensors",
        "transformers",
        "huggingface_hub",
        "gguf",
        "requests",
    )
    for entry in copy_metadata(name)
]
