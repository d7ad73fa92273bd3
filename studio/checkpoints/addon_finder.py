"""From names to files: the LoRAs and textual inversions that a prompt names, and the VAEs that can be chosen."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from studio.checkpoints.inspect import inspect_addon
from studio.checkpoints.weights_file import PICKLE_ENDINGS, SAFETENSORS_ENDINGS
from studio.core.addon import Addon, AddonKind, Addons, LoraUse
from studio.core.addon_names import EXPLICIT, embedding_pattern
from studio.core.checkpoint import ModelFamily
from studio.core.errors import AddonNotFound, AddonUnusable, BranchLorasDiffer, CheckpointError, PickleRefused
from studio.core.request import GenerationRequest, Prompt

_MOST_SIMILAR = 3
_SIMILARITY = 0.6


@dataclass(frozen=True, slots=True)
class AddonFolders:
    """Where the user keeps add-ons. They need not exist; folders in them are part of the names (`styles/ink`)."""

    loras: Path
    embeddings: Path
    vaes: Path

    def of(self, kind: AddonKind) -> Path | None:
        return {
            AddonKind.LORA: self.loras,
            AddonKind.TEXTUAL_INVERSION: self.embeddings,
            AddonKind.VAE: self.vaes,
        }.get(kind)


class AddonFinder:
    """Looks at the disk anew at each call, so that files may come and go. Costs the reading of the used headers.

    Names are those of the files in the folders, then of what is used where it is; where two are the same, the one in
    the folders is meant.
    """

    def __init__(self, folders: AddonFolders, in_place: Callable[[AddonKind], Iterable[Addon]] = lambda _: ()) -> None:
        """`in_place` tells which add-ons of a kind the library uses where they are."""
        self._folders = folders
        self._in_place = in_place

    def names(self, kind: AddonKind) -> tuple[str, ...]:
        """What a prompt may call those of this kind, sorted. Pickles, which are refused, are left out.

        A file in a folder of its own name is called without it where that is clear: the library keeps them so.
        """
        installed = self._installed(kind)
        bare = Counter(_bare(name).casefold() for name in installed)
        usable = (name for name, path in installed.items() if path.suffix.lower() not in PICKLE_ENDINGS)
        clear = {name for name in installed if _repeats_folder(name) and bare[_bare(name).casefold()] == 1}
        return tuple(sorted((_bare(name) if name in clear else name for name in usable), key=str.casefold))

    def with_addons(self, request: GenerationRequest, files: Mapping[str, Path] | None = None) -> GenerationRequest:
        """The request with the LoRAs and textual inversions that its prompts name; its VAE stays.

        `files` are LoRAs from elsewhere, by the names that the prompt has for them. A LoRA changes the whole picture:
        all stretches of a branch have the same.

        Raises:
            AddonNotFound, AddonUnusable: for a file that is not there, or is something else.
            BranchLorasDiffer: for a branch that names a LoRA of its first steps no longer, or one that they lack.
            AddonMismatch: for one of another family than the checkpoint's.
        """
        first, *others = (stretch.prompt for stretch in request.every_stretch)
        loras = self._loras(first, files or {})
        _refuse_other_loras(first, others)
        embeddings = self._embeddings((first, *others), request.checkpoint.family)
        return replace(request, addons=Addons(loras, embeddings, request.addons.vae))

    def lora(self, name: str) -> Addon:
        """The LoRA with this name, in any case, with or without its folder. Raises AddonNotFound, AddonUnusable."""
        return _inspected(_found(AddonKind.LORA, name, self._installed(AddonKind.LORA)), name, AddonKind.LORA)

    def vae(self, name_or_path: str) -> Addon:
        """The VAE with this name, else the file or diffusers folder there. Raises AddonNotFound, AddonUnusable."""
        path = Path(name_or_path)
        if (path.suffix.lower() in SAFETENSORS_ENDINGS and path.is_file()) or (path / "config.json").is_file():
            return _inspected(path, path.stem if path.is_file() else path.absolute().name, AddonKind.VAE)
        found = _found(AddonKind.VAE, name_or_path, self._installed(AddonKind.VAE))
        return _inspected(found, name_or_path, AddonKind.VAE)

    def vaes(self) -> tuple[Addon, ...]:
        """All that could be chosen, by name; those in the folder are not opened."""
        return tuple(
            Addon(name, path, AddonKind.VAE, None) for name, path in sorted(self._installed(AddonKind.VAE).items())
        )

    def _loras(self, prompt: Prompt, files: Mapping[str, Path]) -> tuple[LoraUse, ...]:
        from studio.prompts.language import read_prompt  # not before the window is painted

        tags = read_prompt(prompt.text).loras
        installed = self._installed(AddonKind.LORA) if tags else {}
        uses: list[LoraUse] = []
        for tag in tags:
            file = files.get(tag.name) or _found(AddonKind.LORA, tag.name, installed)
            lora = _inspected(file, tag.name, AddonKind.LORA)
            uses.append(LoraUse(lora, tag.weight, tag.text_encoder_weight))
        return tuple(uses)

    def _embeddings(self, prompts: Iterable[Prompt], family: ModelFamily) -> tuple[Addon, ...]:
        """Those whose names are words of the prompts. One of another family is then just a word, as in A1111, unless
        the prompt says `embedding:name`."""
        texts = "\n".join(f"{prompt.text}\n{prompt.negative}" for prompt in prompts)
        installed = self._installed(AddonKind.TEXTUAL_INVERSION)
        explicit = {name.casefold() for name in re.findall(rf"{EXPLICIT}([\w./-]*\w)", texts, re.IGNORECASE)}
        found: list[Addon] = []
        for name, path in installed.items():
            names = {name.casefold(), _bare(name).casefold()}
            if not embedding_pattern(name).search(texts):
                continue
            embedding = _inspected(path, name, AddonKind.TEXTUAL_INVERSION)
            if embedding.family in {None, family} or names & explicit:
                found.append(embedding)
                explicit -= names
        for name in sorted(explicit):
            raise AddonNotFound(AddonKind.TEXTUAL_INVERSION, name, _similar(name, installed))
        return tuple(found)

    def _installed(self, kind: AddonKind) -> dict[str, Path]:
        folder = self._folders.of(kind)
        found = {} if folder is None else _files_below(folder)
        taken = {name.casefold() for name in found}
        others = {addon.name: addon.path for addon in self._in_place(kind) if addon.name.casefold() not in taken}
        return {**found, **others}


def _refuse_other_loras(first: Prompt, others: Iterable[Prompt]) -> None:
    """Raises BranchLorasDiffer."""
    from studio.prompts.language import read_prompt  # not before the window is painted

    kept = read_prompt(first.text).loras
    for prompt in others:
        named = read_prompt(prompt.text).loras
        if set(named) != set(kept):
            raise BranchLorasDiffer(tuple(map(str, kept)), tuple(map(str, named)))


def _found(kind: AddonKind, name: str, installed: Mapping[str, Path]) -> Path:
    wanted = _without_ending(name.strip()).casefold()
    for candidate, path in installed.items():
        if wanted == candidate.casefold():
            return path
    for candidate, path in installed.items():
        if wanted == _bare(candidate).casefold():
            return path
    raise AddonNotFound(kind, name, _similar(wanted, installed))


def _bare(name: str) -> str:
    """Without its folders."""
    return name.rpartition("/")[2]


def _repeats_folder(name: str) -> bool:
    folder, _, stem = name.rpartition("/")
    return _bare(folder) == stem


def _inspected(path: Path, name: str, kind: AddonKind) -> Addon:
    """The add-on at `path`, under the name that it is asked for. Raises AddonUnusable."""
    try:
        addon = inspect_addon(path)
    except PickleRefused:
        raise AddonUnusable(name, "a pickle file, which could run hidden code") from None
    except CheckpointError as error:
        raise AddonUnusable(name, str(getattr(error, "reason", error))) from error
    if addon.kind is not kind:
        raise AddonUnusable(name, f"an add-on of another kind: {addon.kind}")
    return replace(addon, name=name)


def _files_below(folder: Path) -> dict[str, Path]:
    """Names (with `/` for folders, without ending) and paths, of files and of diffusers folders.

    Pickles are in it, so that their refusal can be said; a safetensors file of the same name goes before.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.name == "config.json" and path.parent != folder:
            found[path.parent.relative_to(folder).as_posix()] = path.parent
        elif path.suffix.lower() in PICKLE_ENDINGS | SAFETENSORS_ENDINGS and not (path.parent / "config.json").exists():
            name = path.relative_to(folder).with_suffix("").as_posix()
            if path.suffix.lower() in SAFETENSORS_ENDINGS or name not in found:
                found[name] = path
    return found


def _without_ending(name: str) -> str:
    return next((name.removesuffix(ending) for ending in SAFETENSORS_ENDINGS if name.endswith(ending)), name)


def _similar(name: str, installed: Iterable[str]) -> tuple[str, ...]:
    """The names that somebody may have meant."""
    by_folded = {candidate.casefold(): candidate for candidate in installed}
    close = difflib.get_close_matches(name.casefold(), list(by_folded), _MOST_SIMILAR, _SIMILARITY)
    containing = [candidate for candidate in by_folded if name.casefold() in candidate and candidate not in close]
    return tuple(by_folded[candidate] for candidate in [*close, *sorted(containing)][:_MOST_SIMILAR])
