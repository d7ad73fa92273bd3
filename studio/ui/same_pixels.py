"""Whether a picture can be made again bit for bit, and what stands against it."""

from __future__ import annotations

from studio.core.checkpoint import Checkpoint
from studio.core.language import tr
from studio.core.result import PictureParameters
from studio.core.session import DeviceInfo


def what_differs(parameters: PictureParameters, device: DeviceInfo, checkpoint: Checkpoint) -> list[str]:
    """What would make other pixels of the same settings now, in words; nothing if they will be the same. `device` is
    where pictures are made now, and `checkpoint` the model that is chosen."""
    made = parameters.provenance
    found: list[str] = []
    if parameters.checkpoint_name != checkpoint.name:
        found.append(tr("with the model {model}", model=parameters.checkpoint_name))
    if (made.device, made.dtype) != (device.name, device.suited_to(checkpoint.family).dtype):
        found.append(tr("on {device} in {dtype}", device=made.device, dtype=made.dtype))
    now = dict(device.versions)
    others = [f"{package} {version}" for package, version in made.versions if now.get(package, version) != version]
    if others:
        found.append(tr("by {versions}", versions=", ".join(others)))
    return found


def made_again_text(differences: list[str]) -> str:
    """What is said when settings were taken over."""
    if not differences:
        return tr("The next picture will be this one again, until you change something.")
    return tr(
        "The next picture will be much like this one, not the same in each pixel: it was made {listed}.",
        listed=_listed(differences),
    )


def _listed(parts: list[str]) -> str:
    *first, last = parts
    return tr("{first} and {last}", first=", ".join(first), last=last) if first else last
