"""Which files of a repository make a usable model. Names only; nothing is asked of anybody."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from studio.checkpoints.weights_file import PICKLE_ENDINGS
from studio.core.download import RemoteFile
from studio.core.errors import NothingToDownload

_WEIGHTS = ".safetensors"
_SUPPORT_ENDINGS = (".json", ".txt", ".model", ".jinja")
_NOT_NEEDED = frozenset({"safety_checker", "feature_extractor"})
"""Parts of older models that the program does not load."""
_SHARD = re.compile(r"-\d{5}-of-\d{5}")
_OTHER_VARIANTS = ("non_ema", "ema_only", "bf16", "fp32", "int8", "openvino", "onnx", "flax")


def choose_files(
    files: Iterable[RemoteFile], page: str, components: frozenset[str] | None, prefix: str = ""
) -> tuple[RemoteFile, ...]:
    """Of a diffusers model (`components` are the folders of its index) every part; else the one file of weights.

    `prefix` is the folder that the model lies in, with a slash at its end, or "".

    Raises:
        NothingToDownload: `page` offers no safetensors for the model, or for a part of it.
    """
    every = tuple(files)
    if components is not None:
        return _diffusers_model(every, page, components - _NOT_NEEDED, prefix)
    weights = [file for file in every if file.path.endswith(_WEIGHTS)]
    if not weights:
        raise NothingToDownload(page, _why_nothing(every))
    return (min(weights, key=_single_file_rank),)


def _diffusers_model(
    files: tuple[RemoteFile, ...], page: str, components: frozenset[str], prefix: str
) -> tuple[RemoteFile, ...]:
    chosen = [file for file in files if file.path == f"{prefix}model_index.json"]
    for component in sorted(components):
        inside = [file for file in files if file.path.startswith(f"{prefix}{component}/")]
        weights = _weights_of(inside)
        if not weights and any(_is_weights(file.path) for file in inside):
            raise NothingToDownload(page, f"{component}: {_why_nothing(inside)}")
        chosen += [file for file in inside if _is_support(file.path)] + weights
    return tuple(chosen)


def _weights_of(files: Iterable[RemoteFile]) -> list[RemoteFile]:
    """One variant of a component, with all its shards and their index."""
    variants: dict[str, list[RemoteFile]] = defaultdict(list)
    for file in files:
        if file.path.endswith((_WEIGHTS, f"{_WEIGHTS}.index.json")) or _is_variant_index(file.path):
            variants[_variant(file.path)].append(file)
    complete = {name: found for name, found in variants.items() if any(_is_safetensors(file) for file in found)}
    usable = [name for name in ("fp16", "") if name in complete]
    best = usable[0] if usable else min(complete, default=None)
    return complete[best] if best is not None else []


def _variant(path: str) -> str:
    """`model.fp16.safetensors` and `model.safetensors.index.fp16.json` are "fp16"; `model.safetensors` is ""."""
    name = _SHARD.sub("", path.rpartition("/")[2])
    parts = name.split(".")[1:]
    return ".".join(part for part in parts if part not in {"safetensors", "index", "json"})


def _is_variant_index(path: str) -> bool:
    return re.search(r"\.safetensors\.index\.[\w-]+\.json$", path) is not None


def _is_safetensors(file: RemoteFile) -> bool:
    return file.path.endswith(_WEIGHTS)


def _is_support(path: str) -> bool:
    return path.endswith(_SUPPORT_ENDINGS) and ".index." not in path


def _is_weights(path: str) -> bool:
    return path.endswith((_WEIGHTS, *PICKLE_ENDINGS))


def _single_file_rank(file: RemoteFile) -> tuple[bool, int, bool, int, str]:
    """The smallest is the best: at the top of the repository, half precision, the pruned one, the smaller one."""
    name = file.path.lower()
    return (
        any(variant in name for variant in _OTHER_VARIANTS),
        name.count("/"),
        "fp16" not in name,
        file.size or 0,
        name,
    )


def _why_nothing(files: Iterable[RemoteFile]) -> str:
    if any(file.path.endswith(tuple(PICKLE_ENDINGS)) for file in files):
        return "only pickle files, which can run code when they are opened"
    return "no safetensors file"
