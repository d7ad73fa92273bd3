"""Single files: a whole model, the denoiser of one with its other parts beside it, or an add-on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from studio.checkpoints.four_bit_entries import with_real_shapes
from studio.checkpoints.identities import AddonIdentity, Identity, ModelIdentity, PartIdentity, Shapes, Unknown
from studio.checkpoints.measured_prediction import measured_prediction
from studio.checkpoints.recommendation import recommended_for
from studio.checkpoints.tensor_identity import identify, leaves_prediction_open, part_of_model
from studio.checkpoints.weights_file import SAFETENSORS_ENDINGS, checked_header, refuse_pickle
from studio.core.addon import Addon
from studio.core.checkpoint import Checkpoint, Companion, Prediction
from studio.core.components import FamilyComponents, PartKind, family_components
from studio.core.errors import CheckpointError, CheckpointIncomplete, NotACheckpoint
from studio.core.family import family_traits
from studio.core.gguf_header import GGUF_ENDING, read_gguf_header

_MOST_NEIGHBOURS = 64


def inspect_model_file(path: Path) -> Checkpoint:
    """The model in the regular file `path`; parts that it lacks are looked for in its folder and those below.

    Raises:
        NotACheckpoint: something else.
        CheckpointIncomplete: a part is neither in it nor beside it.
        PickleRefused, CheckpointDamaged: as `inspect_checkpoint` says.
    """
    identity, metadata = _identify(path)
    if isinstance(identity, ModelIdentity):
        return _checkpoint(path, identity, metadata)
    raise NotACheckpoint(path, _instead_of_model(identity))


def inspect_addon_file(path: Path) -> Addon:
    """The add-on in the regular file `path`.

    Raises:
        NotACheckpoint: something else.
        PickleRefused, CheckpointDamaged: as `inspect_checkpoint` says.
    """
    identity, _ = _identify(path)
    if isinstance(identity, AddonIdentity):
        return Addon(path.stem, path, identity.kind, identity.family)
    raise NotACheckpoint(path, _instead_of_addon(identity))


def inspect_any_file(path: Path) -> Checkpoint | Addon:
    """Whichever of both the regular file `path` is. Raises what both raise."""
    identity, metadata = _identify(path)
    if isinstance(identity, ModelIdentity):
        return _checkpoint(path, identity, metadata)
    if isinstance(identity, AddonIdentity):
        return Addon(path.stem, path, identity.kind, identity.family)
    raise NotACheckpoint(path, _instead_of_model(identity))


def file_identity(path: Path) -> Identity:
    """What the regular file `path` is. Raises PickleRefused, CheckpointDamaged, NotACheckpoint by its ending."""
    return _identify(path)[0]


def leaves_prediction_untold(path: Path) -> bool:
    """Whether what the model in the file `path` predicts is a guess: neither names nor numbers in it tell.

    Raises PickleRefused, CheckpointDamaged, NotACheckpoint by its ending.
    """
    shapes, metadata = _shapes(path)
    identity = identify(shapes, metadata)
    if not isinstance(identity, ModelIdentity) or not leaves_prediction_open(identity, shapes, metadata):
        return False
    return _measured(path) is None


def _measured(path: Path) -> Prediction | None:
    return measured_prediction(path) if path.suffix.lower() in SAFETENSORS_ENDINGS else None


def _identify(path: Path) -> tuple[Identity, Mapping[str, str]]:
    shapes, metadata = _shapes(path)
    identity = identify(shapes, metadata)
    if isinstance(identity, ModelIdentity) and leaves_prediction_open(identity, shapes, metadata):
        identity = replace(identity, prediction=_measured(path) or identity.prediction)
    return identity, metadata


def _shapes(path: Path) -> tuple[Shapes, Mapping[str, str]]:
    refuse_pickle(path)
    ending = path.suffix.lower()
    if ending == GGUF_ENDING:
        packed = read_gguf_header(path)
        shapes = {tensor.name: tensor.original_shape or tensor.shape for tensor in packed.tensors}
        return shapes, {"modelspec.title": packed.texts.get("general.name", "")}
    if ending not in SAFETENSORS_ENDINGS:
        raise NotACheckpoint(path, "neither a diffusers folder nor a .safetensors or .gguf file")
    header = checked_header(path)
    return {tensor.name: tensor.shape for tensor in with_real_shapes(path, header.tensors)}, header.metadata


def _checkpoint(path: Path, identity: ModelIdentity, metadata: Mapping[str, str]) -> Checkpoint:
    title = f"{path.stem} {metadata.get('modelspec.title', '')}"
    return Checkpoint(
        name=path.stem,
        path=path,
        family=identity.family,
        recommended=recommended_for(identity, title),
        prediction=identity.prediction,
        inpainting=identity.inpainting,
        companions=_companions(path, identity),
    )


def _companions(path: Path, identity: ModelIdentity) -> tuple[Companion, ...]:
    components = family_components(identity.family)
    lacking = [part for part in components.kinds if part not in identity.parts]
    if not lacking:
        return ()
    beside = _parts_beside(path, family_traits(identity.family).latent_channels)
    found = _assign(lacking, components, beside)
    for part in lacking:
        if part not in found and part not in components.optional:
            raise CheckpointIncomplete(path, f"{part} ({components.kinds[part]})")
    return tuple(Companion(part, found[part]) for part in lacking if part in found)


def _parts_beside(path: Path, latent_channels: int) -> list[tuple[PartIdentity, Path]]:
    """The parts of models in the files near `path`, the narrower first; only VAEs of so many latent channels."""
    found: list[tuple[PartIdentity, Path]] = []
    for neighbour in _neighbours(path):
        part = _part_in(neighbour)
        if part is not None and (part.kind is not PartKind.VAE or part.width == latent_channels):
            found.append((part, neighbour))
    return sorted(found, key=lambda entry: (entry[0].width, entry[1]))


def _neighbours(path: Path) -> list[Path]:
    folder = path.parent
    near = (other for pattern in ("*", "*/*") for other in folder.glob(pattern))
    weights = (other for other in near if other.suffix.lower() in SAFETENSORS_ENDINGS and other.is_file())
    return sorted(other for other in weights if other != path)[:_MOST_NEIGHBOURS]


def _part_in(path: Path) -> PartIdentity | None:
    """A neighbour that cannot be read is not the fault of the model beside it."""
    try:
        return part_of_model(_shapes(path)[0])
    except CheckpointError:
        return None


def _assign(
    lacking: Iterable[str], components: FamilyComponents, beside: list[tuple[PartIdentity, Path]]
) -> dict[str, Path]:
    left = list(beside)
    found: dict[str, Path] = {}
    for part in lacking:
        match = next((entry for entry in left if entry[0].kind is components.kinds[part]), None)
        if match is not None:
            left.remove(match)
            found[part] = match[1]
    return found


def _instead_of_model(identity: Identity) -> str:
    match identity:
        case AddonIdentity(kind=kind):
            return f"no model, but an add-on: {kind}"
        case PartIdentity(kind=kind):
            return f"one part of a model alone: {kind}"
        case Unknown(seen=seen):
            return f"of a kind that this version does not know: {seen}"
        case ModelIdentity(family=family):
            return family_traits(family).label


def _instead_of_addon(identity: Identity) -> str:
    if isinstance(identity, ModelIdentity):
        return f"no add-on, but a model: {family_traits(identity.family).label}"
    return _instead_of_model(identity)
