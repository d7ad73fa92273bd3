"""Tokenizers from their files, which can be hostile."""

# pyright: reportUnknownMemberType=false
# (transformers types its constructors in part)

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Protocol, cast

from studio.core.components import ClassPair
from studio.core.errors import CheckpointDamaged, CheckpointIncomplete
from studio.engine.component_cache import FileIdentity, file_identity
from studio.engine.failures import blame_no_file
from studio.engine.network_loading import class_of, first_line
from studio.engine.pipeline_types import Tokenizer

_LARGEST_TOKENIZER = 32 * 2**20
_KEPT = 4


class LoadTokenizer(Protocol):
    """`load_tokenizer`, or what stands for it."""

    def __call__(self, root: Path, folder: Path, pair: ClassPair, **options: str) -> Tokenizer: ...


class KeptTokenizers:
    """Those that were loaded last: most models of a family share theirs, and reading one takes a third of a second.

    Nobody changes a tokenizer (`textual_inversion` teaches a copy), but two threads must not use one at a time.
    """

    def __init__(self) -> None:
        self._read = lru_cache(maxsize=_KEPT)(_read)

    def load(self, root: Path, folder: Path, pair: ClassPair, **options: str) -> Tokenizer:
        """As `load_tokenizer`, unless it is there and its files are still the same."""
        _check_tokenizer_files(root, folder)
        files = tuple(file_identity(path) for path in sorted(folder.iterdir()) if path.is_file())
        return self._read(folder.resolve(), pair, tuple(sorted(options.items())), files)


def load_tokenizer(root: Path, folder: Path, pair: ClassPair, **options: str) -> Tokenizer:
    """The tokenizer in `folder`; faults name it relative to `root`."""
    _check_tokenizer_files(root, folder)
    return _read(folder, pair, tuple(options.items()), ())


def _read(
    folder: Path, pair: ClassPair, options: tuple[tuple[str, str], ...], _files: tuple[FileIdentity, ...]
) -> Tokenizer:
    from_pretrained = cast("Callable[..., Tokenizer]", class_of(pair).from_pretrained)
    try:
        return from_pretrained(folder, local_files_only=True, **dict(options))
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
