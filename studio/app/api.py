"""Pictures from Python: `from studio import generate_image`."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack, overload

from studio.app.branching import BranchSources, RegionChoice, branch_request, kept_sources
from studio.app.engine_factory import create_session
from studio.app.fine_settings import FineSettings, named_lora
from studio.app.model_stores import addon_finder, checkpoint_store
from studio.app.start_picture import StartPicture
from studio.checkpoints.addon_finder import AddonFinder
from studio.checkpoints.store import CheckpointStore
from studio.core.addon import Addons
from studio.core.checkpoint import Checkpoint
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.progress import Progress
from studio.core.request import GenerationRequest, Prompt, Sampling
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.session import CancelToken, GenerationSession
from studio.core.sources import MemorySources
from studio.core.task import Task, TextToImage
from studio.imaging.fit import model_size
from studio.prompts.expansion import without_choices
from studio.prompts.lora_tags import with_lora_tags
from studio.settings.paths import UserPaths

if TYPE_CHECKING:
    from PIL.Image import Image

    from studio.core.trajectory import Trajectory

    class ImageOptions(TypedDict, total=False):
        """What `generate_image` takes besides the prompt and `trace`."""

        negative: str
        steps: int | None
        cfg: float | None
        seed: int | None
        size: tuple[int, int] | None
        sampler: str | None
        model: str | None
        image: Image | Path | str | None
        mask: Image | Path | str | None
        outpaint: str | None
        strength: float | None
        fit: str | None
        restore_size: bool | None
        area: str | None
        mask_padding: int | None
        mask_blur: int | None
        mask_grow: int | None
        masked_content: str | None
        loras: Sequence[str]
        vae: str | None
        schedule: str | None
        clip_skip: int | None
        cfg_rescale: float | None
        home: Path | None
        session: Session | None


@overload
def generate_image(prompt: str, *, trace: Literal[False] = ..., **options: Unpack[ImageOptions]) -> Image: ...
@overload
def generate_image(
    prompt: str, *, trace: Literal[True], **options: Unpack[ImageOptions]
) -> tuple[Image, Trajectory]: ...


def generate_image(
    prompt: str,
    *,
    negative: str = "",
    steps: int | None = None,
    cfg: float | None = None,
    seed: int | None = None,
    size: tuple[int, int] | None = None,
    sampler: str | None = None,
    model: str | None = None,
    image: Image | Path | str | None = None,
    mask: Image | Path | str | None = None,
    outpaint: str | None = None,
    strength: float | None = None,
    fit: str | None = None,
    restore_size: bool | None = None,
    area: str | None = None,
    mask_padding: int | None = None,
    mask_blur: int | None = None,
    mask_grow: int | None = None,
    masked_content: str | None = None,
    loras: Sequence[str] = (),
    vae: str | None = None,
    schedule: str | None = None,
    clip_skip: int | None = None,
    cfg_rescale: float | None = None,
    home: Path | None = None,
    session: Session | None = None,
    trace: bool = False,
) -> Image | tuple[Image, Trajectory]:
    """Make one picture and return it as a Pillow image (RGB). Nothing is written to disk.

    With `image` it is made from that one; with `mask` or `outpaint` only what is masked or new is painted, and the
    rest stays as it is, bit for bit.

    What is left out is as the model likes it best; without a seed every call gives another picture.

    Args:
        steps: 1 to 150.
        cfg: the CFG scale, 0 to 30.
        seed: 0 to 2**64 - 1.
        size: (width, height) in pixels, multiples of 8 from 64 to 4096.
        sampler: a name such as "euler" or "DPM++ 2M Karras".
        model: name of an installed model or path of a diffusers folder; the bundled one if left out.
        image: a Pillow image, or the path of a file.
        mask: the same, of the same size: white is painted anew, black is kept, grey changes less.
        outpaint: pixels to add on each side, such as "left=64,right=64".
        strength: 0.01 (hardly changed) to 1 (made anew).
        fit: how `image` becomes the model's size: "crop", "pad" or "stretch".
        restore_size: put the result back at the size of `image`, as usual; False: the size of the request.
        area: what the model sees of a masked picture: "masked" (the mask and `mask_padding` pixels) or "whole".
        mask_blur: over how many pixels around the mask the result fades into the picture.
        mask_grow: by how many pixels the mask is widened before.
        masked_content: what the model finds under the mask: "original", "fill" or "noise".
        loras: names of installed LoRAs or paths of files, each with a weight if it is not 1: "ink", "ink:0.8",
            "ink:0.8:0.5" (the second one for the text encoder). The prompt may name them too: "<lora:ink:0.8>".
        vae: a VAE to take in place of the model's own: its name, or the path of a file or diffusers folder.
        schedule: how the steps are spaced: "automatic", "karras", "exponential", "beta" or "sgm_uniform".
        clip_skip: how many of the last layers of the text encoder are left out, 0 to 12.
        cfg_rescale: how far the contrast that a high `cfg` adds is taken back, 0 (not at all) to 1.
        home: the folder with the models and settings, if it is not the usual one.
        session: from `open_session`, to make several pictures without loading the model each time.
        trace: return the picture and its trajectory (`studio.core.trajectory`): what the model saw and expected in
            each step.

    Raises:
        studio.core.errors.StudioError: see its leaves.
    """
    start = StartPicture(
        image=_opened(image),
        mask=_opened(mask),
        outpaint=outpaint,
        strength=strength,
        fit=fit,
        restore_size=restore_size,
        area=area,
        mask_padding=mask_padding,
        mask_blur=mask_blur,
        mask_grow=mask_grow,
        masked_content=masked_content,
    )
    fine = FineSettings(loras, vae, schedule, clip_skip, cfg_rescale)
    sources = MemorySources() if session is None else session.sources
    paths = user_paths(home)
    [request] = build_requests(
        prompt,
        negative=negative,
        steps=steps,
        cfg=cfg,
        seed=seed,
        size=Size(*size) if size else None,
        sampler=sampler,
        model=model,
        checkpoints=checkpoint_store(paths),
        task=start.task(sources),
        fine=fine,
        addons=addon_finder(paths),
        wildcards=paths.wildcards,
    )
    if session is not None:
        picture, trajectory = _single_image(session.engine, request, trace=trace)
    else:
        with Session(sources) as own_session:
            picture, trajectory = _single_image(own_session.engine, request, trace=trace)
    return picture if trajectory is None else (picture, trajectory)


def branch_image(
    picture: Path | str,
    step: int,
    *,
    prompt: str | None = None,
    negative: str | None = None,
    cfg: float | None = None,
    sampler: str | None = None,
    schedule: str | None = None,
    cfg_rescale: float | None = None,
    mask: Image | Path | str | None = None,
    mask_blur: int | None = None,
    noise_seed: int | None = None,
    old_noise: bool = False,
    model: str | None = None,
    home: Path | None = None,
) -> Image:
    """Make a picture of the program again until a step, go on from there otherwise, and return it (Pillow, RGB).

    What is left out stays as it was; without any change it is the same picture, bit for bit on the same device and
    versions. Nothing is written to disk.

    Args:
        picture: the file, as the program wrote it. What it started from must be in the gallery still.
        step: after how many of its steps the branch begins: from 1 to one less than it had.
        prompt, negative, cfg, sampler, schedule, cfg_rescale: as for `generate_image`. Another sampler goes on at the
            same noise level.
        mask: a Pillow image, or the path of a file, as large as the picture: only what is white goes on otherwise, what
            is black stays as it is in `picture`, bit for bit, and grey changes later.
        mask_blur: over how many pixels around the mask the result fades into the picture.
        noise_seed: that of the new noise under the mask; another one each time if left out.
        old_noise: keep the noise under the mask, so that only what is said here changes it.
        model: the picture's model, if it has another name now, or another place.
        home: the folder with the models, settings and gallery, if it is not the usual one.

    Raises:
        studio.core.errors.StudioError: see its leaves.
    """
    paths = user_paths(home)
    region = RegionChoice(mask=_opened(mask), mask_blur=mask_blur, noise_seed=noise_seed, old_noise=old_noise)
    sources = BranchSources(kept_sources(paths))
    request = branch_request(
        Path(picture),
        step,
        paths,
        region,
        sources,
        prompt=prompt,
        negative=negative,
        cfg=cfg,
        sampler=sampler,
        schedule=schedule,
        cfg_rescale=cfg_rescale,
        model=model,
    )
    session = create_session(sources)
    try:
        return _single_image(session, request, trace=False)[0]
    finally:
        session.close()


class Session:
    """Keeps the model between several calls of `generate_image`, and the pictures that they started from.

    Close it when done (or use it in a `with` statement); use it from one thread.
    """

    def __init__(self, sources: MemorySources) -> None:
        self.sources = sources
        self.engine: GenerationSession = create_session(sources)

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_session() -> Session:
    """A session for several calls of `generate_image`."""
    return Session(MemorySources())


def build_requests(
    prompt: str,
    *,
    negative: str,
    steps: int | None,
    cfg: float | None,
    seed: int | None,
    size: Size | None,
    sampler: str | None,
    model: str | None,
    checkpoints: CheckpointStore,
    task: Task,
    fine: FineSettings,
    addons: AddonFinder,
    wildcards: Path,
    batch_size: int = 1,
) -> tuple[GenerationRequest, ...]:
    """Requests in which None means: as the model likes it best, and a new seed. Raises StudioError.

    They are several where a batch's prompts leave choices; a choice, or a line of a file, may name a LoRA.
    The size of a request that starts from a picture is, if not said, about the model's best in its proportions.
    """
    checkpoint = checkpoints.find(model) if model else checkpoints.default()
    best = checkpoint.recommended
    loras = [named_lora(text) for text in fine.loras]
    request = GenerationRequest(
        prompt=Prompt(with_lora_tags(prompt, [lora.tag for lora in loras]), negative),
        sampling=Sampling(
            scheduler=SchedulerName.parse(sampler) if sampler else best.scheduler,
            num_inference_steps=best.num_inference_steps if steps is None else steps,
            guidance_scale=best.guidance_scale if cfg is None else cfg,
            seed=secrets.randbelow(2**32) if seed is None else seed,
            schedule=ScheduleType.parse(fine.schedule) if fine.schedule else ScheduleType.AUTOMATIC,
            guidance_rescale=fine.cfg_rescale or 0.0,
            clip_skip=fine.clip_skip or 0,
        ),
        size=size or _best_size(task, checkpoint),
        checkpoint=checkpoint,
        task=task,
        batch_size=batch_size,
        addons=Addons(vae=addons.vae(fine.vae) if fine.vae else None),
    )
    files = {lora.tag.name: lora.file for lora in loras if lora.file is not None}
    return tuple(addons.with_addons(chosen, files) for chosen in without_choices(request, wildcards))


def _best_size(task: Task, checkpoint: Checkpoint) -> Size:
    """As the window does it: the model's best number of pixels in the proportions of the start picture."""
    best = checkpoint.recommended.size
    if isinstance(task, TextToImage):
        return best
    return model_size(task.image.width, task.image.height, best, family_traits(checkpoint.family).size_multiple)


def _opened(image: Image | Path | str | None) -> Image | Path | None:
    return Path(image) if isinstance(image, str) else image


def user_paths(home: Path | None) -> UserPaths:
    return UserPaths.below(home) if home else UserPaths.default()


def _single_image(
    session: GenerationSession, request: GenerationRequest, *, trace: bool
) -> tuple[Image, Trajectory | None]:
    from PIL import Image

    [image] = session.generate(request, on_progress=_ignore, cancel=CancelToken(), record=trace)
    return Image.fromarray(image.pixels), image.trajectory


def _ignore(_progress: Progress) -> None:
    """Nobody is told: a call from Python just returns."""
