"""One entry of a catalogue of models, and how it is read from JSON: strictly, by hand.

By hand and not with pydantic, because the first entry is read before the window is painted and the import of pydantic
takes 0.14 s. Keys that this version does not know are passed over and kept in `document`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import cast

from studio.checkpoints.json_file import JsonObject
from studio.checkpoints.model_kind import ModelKind
from studio.core.checkpoint import ModelFamily, Prediction, RecommendedSampling
from studio.core.geometry import Size
from studio.core.scheduler import SchedulerName

LONGEST_TEXT = 1000
"""Characters."""

_MEGABYTE = 1_000_000
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_REVISION = re.compile(r"[0-9a-f]{40}|main")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FORBIDDEN_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*]')


@dataclass(frozen=True, slots=True)
class Licence:
    """`id` is an SPDX identifier where there is one; `allows` says in a sentence what may be done.

    `commercial` is None where that depends. `gated`: the repository lets in only who accepted it on its page.
    """

    id: str
    name: str
    url: str
    allows: str
    commercial: bool | None
    gated: bool


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """A file of the repository (`remote_path`) and where it belongs in the model's folder (`path`), both relative.

    `size` in bytes and `sha256` are None where no source publishes them: what comes first is then pinned.
    """

    path: str
    remote_path: str
    size: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Bundled:
    """The model comes with the program, in this folder below `resources/`."""

    folder: str


@dataclass(frozen=True, slots=True)
class Repository:
    """The model lies in a repository of the Hugging Face hub.

    `revision` is a commit, or `main` where no commit is known. `files` is None where the hub has to be asked which they
    are; `approximate_bytes` then says about how much it will be.
    """

    id: str
    revision: str
    files: tuple[CatalogueFile, ...] | None
    approximate_bytes: int | None

    @property
    def page(self) -> str:
        return f"https://huggingface.co/{self.id}"

    @property
    def address(self) -> str:
        """As the downloads read it when they have to ask the hub for the files."""
        return f"{self.id}@{self.revision}"

    @property
    def size(self) -> int | None:
        """Bytes of all files whose size is known, or about how much it will be; None where nothing is known."""
        if self.files is None:
            return self.approximate_bytes
        return sum(file.size or 0 for file in self.files) or None

    @property
    def is_pinned(self) -> bool:
        """Whether a published hash vouches for every file."""
        return self.files is not None and all(file.sha256 for file in self.files)


@dataclass(frozen=True, slots=True)
class WeightSizes:
    """Bytes of each network in 16-bit numbers: all of them with everything resident, the largest with swapping."""

    text_encoders: tuple[int, ...]
    denoiser: int
    vae: int

    @property
    def resident(self) -> int:
        return sum(self.text_encoders) + self.denoiser + self.vae

    @property
    def swapped(self) -> int:
        return max(*self.text_encoders, self.denoiser, self.vae)


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Graphics memory in bytes, as public catalogues estimate it; `weights` where the networks' sizes are known.

    `networks` names those of the model in `resources/configs/sizes.json`. `denoiser_item_bytes` is there where the
    numbers of its denoiser stay as small in memory as they are in its file.
    """

    lowest_vram: int
    advised_vram: int
    weights: WeightSizes | None
    networks: str | None
    denoiser_item_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model that can be had by name. `document` is the entry as it was read, with the keys nobody knows.

    `family` is None where it fits any. `recommended` is there for every checkpoint. `prediction` is None where the
    files themselves tell it: those of Stable Diffusion 2 do not.
    """

    id: str
    name: str
    kind: ModelKind
    family: ModelFamily | None
    inpainting: bool
    prediction: Prediction | None
    origin: Bundled | Repository
    licence: Licence
    good_at: str
    memory: MemoryNeed | None
    recommended: RecommendedSampling | None
    examples: tuple[str, ...]
    document: Mapping[str, object] = field(repr=False, compare=False)


def read_entry(value: object) -> CatalogueEntry:
    """The entry in parsed JSON. Raises KeyError, TypeError, ValueError, OverflowError or InvalidRequest."""
    entry = as_object(value)
    kind = ModelKind(_text(entry["kind"]))
    recommended = entry.get("recommended")
    if kind is ModelKind.CHECKPOINT and recommended is None:
        raise ValueError("a checkpoint without recommended settings")
    return CatalogueEntry(
        id=_matching(_ID, entry["id"]),
        name=_text(entry["name"]),
        kind=kind,
        family=None if entry["family"] is None else ModelFamily(_text(entry["family"])),
        inpainting=_yes_or_no(entry.get("inpainting", False)),
        prediction=None if entry.get("prediction") is None else Prediction(_text(entry["prediction"])),
        origin=_read_origin(entry),
        licence=_read_licence(as_object(entry["licence"])),
        good_at=_text(entry["good_at"]),
        memory=None if entry.get("memory") is None else _read_memory(as_object(entry["memory"])),
        recommended=None if recommended is None else _read_recommended(as_object(recommended)),
        examples=tuple(_text(example) for example in as_list(entry.get("examples", []))),
        document=entry,
    )


def safe_relative_path(value: object) -> str:
    """A relative path with forward slashes that stays in its folder on every system. Raises TypeError, ValueError."""
    text = _text(value)
    parts = PurePosixPath(text).parts
    unsafe = text.startswith("/") or ".." in parts or any(part.endswith((" ", ".")) for part in parts)
    if unsafe or str(PurePosixPath(text)) != text or _FORBIDDEN_IN_NAMES.search(text):
        raise ValueError(f"not a safe relative path: {text[:80]!r}")
    return text


def as_object(value: object) -> JsonObject:
    if not isinstance(value, dict):
        raise TypeError(f"not an object: {str(value)[:80]!r}")
    return cast("JsonObject", value)


def as_list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {str(value)[:80]!r}")
    return cast("list[object]", value)


def _read_origin(entry: JsonObject) -> Bundled | Repository:
    if "bundled" in entry:
        return Bundled(safe_relative_path(entry["bundled"]))
    files = entry["files"]
    approximate = entry.get("approximate_bytes")
    return Repository(
        id=_matching(_REPOSITORY, entry["repository"]),
        revision=_matching(_REVISION, entry["revision"]),
        files=None if files is None else _read_files(as_list(files)),
        approximate_bytes=None if approximate is None else _natural(approximate),
    )


def _read_files(values: list[object]) -> tuple[CatalogueFile, ...]:
    files = tuple(_read_file(as_object(value)) for value in values)
    if not files or len({file.path.casefold() for file in files}) != len(files):
        raise ValueError("no files, or the same file twice")
    return files


def _read_file(value: JsonObject) -> CatalogueFile:
    path = safe_relative_path(value["path"])
    size, sha256 = value["size"], value["sha256"]
    return CatalogueFile(
        path=path,
        remote_path=safe_relative_path(value.get("remote_path", path)),
        size=None if size is None else _natural(size),
        sha256=None if sha256 is None else _matching(_SHA256, sha256),
    )


def _read_licence(value: JsonObject) -> Licence:
    commercial = value["commercial"]
    return Licence(
        id=_text(value["id"]),
        name=_text(value["name"]),
        url=_web_address(value["url"]),
        allows=_text(value["allows"]),
        commercial=None if commercial is None else _yes_or_no(commercial),
        gated=_yes_or_no(value["gated"]),
    )


def _read_memory(value: JsonObject) -> MemoryNeed:
    weights, networks = value.get("weights"), value.get("networks")
    item_bytes = value.get("denoiser_item_bytes")
    return MemoryNeed(
        lowest_vram=_natural(value["lowest_vram_mb"]) * _MEGABYTE,
        advised_vram=_natural(value["advised_vram_mb"]) * _MEGABYTE,
        weights=None if weights is None else _read_weights(as_object(weights)),
        networks=None if networks is None else _text(networks),
        denoiser_item_bytes=None if item_bytes is None else _natural(item_bytes),
    )


def _read_weights(value: JsonObject) -> WeightSizes:
    encoders = tuple(_natural(size) for size in as_list(value["text_encoders"]))
    if not encoders:
        raise ValueError("no text encoder")
    return WeightSizes(encoders, _natural(value["denoiser"]), _natural(value["vae"]))


def _read_recommended(value: JsonObject) -> RecommendedSampling:
    return RecommendedSampling(
        size=Size(_natural(value["width"]), _natural(value["height"])),
        num_inference_steps=_natural(value["num_inference_steps"]),
        guidance_scale=_number(value["guidance_scale"]),
        scheduler=SchedulerName(_text(value["scheduler"])),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value or len(value) > LONGEST_TEXT:
        raise TypeError(f"not a text: {str(value)[:80]!r}")
    return value


def _matching(pattern: re.Pattern[str], value: object) -> str:
    text = _text(value)
    if not pattern.fullmatch(text):
        raise ValueError(f"not possible here: {text[:80]!r}")
    return text


def _web_address(value: object) -> str:
    text = _text(value)
    if not text.startswith("https://"):
        raise ValueError(f"not an https address: {text[:80]!r}")
    return text


def _natural(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise TypeError(f"not a natural number: {str(value)[:80]!r}")
    return value


def _number(value: object) -> float:
    if type(value) is not int and type(value) is not float:
        raise TypeError(f"not a number: {str(value)[:80]!r}")
    return float(value)


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"neither true nor false: {str(value)[:80]!r}")
    return value
