"""Tokenizers from their files, which can be hostile."""

# pyright: reportUnknownMemberType=false
# (transformers types its constructors in part)

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast

from studio.core.components import ClassPair
from studio.core.errors import CheckpointDamaged, CheckpointIncomplete
from studio.engine.failures import blame_no_file
from studio.engine.network_loading import class_of, first_line
from studio.engine.pipeline_types import Tokenizer

_LARGEST_TOKENIZER = 32 * 2**20


def load_tokenizer(root: Path, folder: Path, pair: ClassPair, **options: object) -> Tokenizer:
    """The tokenizer in `folder`; faults name it relative to `root`."""
    _check_tokenizer_files(root, folder)
    from_pretrained = cast("Callable[..., Tokenizer]", class_of(pair).from_pretrained)
    try:
        return from_pretrained(folder, local_files_only=True, **options)
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        # The tokenizers library raises bare Exception and, for a bad pattern, a PanicException that is no Exception.
        blame_no_file(error)
        raise CheckpointDamaged(folder, first_line(error)) from error


def _check_tokenizer_files(root: Path, folder: Path) -> None:
    """Without these files transformers makes up an empty tokenizer."""
    if not (folder / "tokenizer.json").is_file():
        for name in ("vocab.json", "merges.txt"):
            if not (folder / name).is_file():
                missing = folder / name
                raise CheckpointIncomplete(
                    root, str(missing.relative_to(root)) if missing.is_relative_to(root) else name
                )
    for path in sorted(folder.iterdir()):
        if path.stat().st_size > _LARGEST_TOKENIZER:
            raise CheckpointDamaged(path, "larger than 32 MiB")
