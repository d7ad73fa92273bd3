"""Picture parameters as JSON and back: inside picture files and in the gallery's index.

Read by hand and not by pydantic: the first picture is shown while the window starts, and importing pydantic alone takes
a fifth of the time the window may need.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import TypeVar, cast

from studio.core.addon import AddonKind, UsedAddon
from studio.core.errors import StudioError
from studio.core.geometry import Size
from studio.core.picture_id import PictureId
from studio.core.request import Prompt, Region, Sampling, Stretch, check_earlier, check_regions
from studio.core.result import PictureParameters, Provenance
from studio.core.scheduler import SchedulerName, ScheduleType
from studio.core.sources import ImageRef
from studio.core.task import Fit, ImageToImage, Inpaint, InpaintArea, MaskedContent, Task, TextToImage

VERSION = 4
"""1 knew no add-ons, schedules, CFG rescale and clip skip, 2 no branches, 3 no regions: what they did not write is read
as its default."""
_LONGEST = 4 * 2**20
_MOST_DIGITS = 400
_HEXADECIMAL = set("0123456789abcdef")

Kind = TypeVar("Kind")


def parameters_to_json(parameters: PictureParameters) -> str:
    """All fields with the version of this format."""
    return json.dumps(parameters_to_document(parameters), ensure_ascii=False)


def parameters_from_json(text: str) -> PictureParameters:
    """What `parameters_to_json` wrote. Raises ValueError, as `parameters_from_document`."""
    return parameters_from_document(read_json_object(text))


def parameters_to_document(parameters: PictureParameters) -> dict[str, object]:
    """The JSON object of the parameters. The seed is a number: JSON has no largest one."""
    sampling, provenance = parameters.sampling, parameters.provenance
    return {
        "version": VERSION,
        **_task_to_document(parameters.task),
        "prompt": parameters.prompt.text,
        "negative_prompt": parameters.prompt.negative,
        "scheduler": sampling.scheduler.value,
        "num_inference_steps": sampling.num_inference_steps,
        "guidance_scale": sampling.guidance_scale,
        "seed": sampling.seed,
        "schedule": sampling.schedule.value,
        "guidance_rescale": sampling.guidance_rescale,
        "clip_skip": sampling.clip_skip,
        "width": parameters.size.width,
        "height": parameters.size.height,
        "checkpoint": parameters.checkpoint_name,
        "checkpoint_sha256": provenance.checkpoint_sha256,
        "device": provenance.device,
        "dtype": provenance.dtype,
        "versions": dict(provenance.versions),
        "addons": [asdict(addon) for addon in provenance.addons],
        "seconds": parameters.seconds,
        **({} if parameters.unchanged_pixels is None else {"unchanged_pixels": parameters.unchanged_pixels}),
        "earlier": [_stretch_to_document(stretch) for stretch in parameters.earlier],
        "regions": [_region_to_document(region) for region in parameters.regions],
        "branched_from": parameters.branched_from,
    }


def parameters_from_document(document: dict[str, object]) -> PictureParameters:
    """What `parameters_to_document` made; unknown keys are ignored.

    Raises:
        ValueError: malformed, out of range, or of a newer version; the message is the reason.
    """
    if _get(document, "version", int) > VERSION:
        raise ValueError("written by a newer version of the program")
    try:
        sampling, task = _sampling(document), _task_from_document(document)
        size = Size(_get(document, "width", int), _get(document, "height", int))
        return PictureParameters(
            prompt=Prompt(_get(document, "prompt", str), _get(document, "negative_prompt", str)),
            sampling=sampling,
            size=size,
            task=task,
            checkpoint_name=_get(document, "checkpoint", str),
            provenance=_provenance(document),
            seconds=_number(document, "seconds"),
            unchanged_pixels=_get(document, "unchanged_pixels", int) if "unchanged_pixels" in document else None,
            earlier=_earlier(document, sampling, task),
            regions=_regions(document, sampling, task, size),
            branched_from=_picture_id(document, "branched_from"),
        )
    except StudioError as error:
        raise ValueError(str(error)) from error


def read_json_object(text: str) -> dict[str, object]:
    """A JSON object from outside: limited in length, depth and digits. Raises ValueError."""
    if len(text) > _LONGEST:
        raise ValueError("the parameters are too long")
    try:
        document: object = json.loads(text, parse_int=_parse_int, parse_constant=_refuse_constant)
        json.dumps(document, ensure_ascii=False).encode()  # fails for half characters (lone surrogates)
    except RecursionError:
        raise ValueError("the parameters are nested too deeply") from None
    return as_object(document)


def as_object(value: object) -> dict[str, object]:
    """A value of a JSON document that must be an object. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError("the parameters are no JSON object")
    return cast("dict[str, object]", value)  # the keys of a JSON object are strings


def _task_to_document(task: Task) -> dict[str, object]:
    if isinstance(task, TextToImage):
        return {"task": task.kind}
    start: dict[str, object] = {
        "task": task.kind,
        "image": asdict(task.image),
        "parent": task.parent,
        "strength": task.strength,
    }
    if isinstance(task, ImageToImage):
        return {**start, "fit": task.fit.value, "restore_size": task.restore_size}
    return {
        **start,
        "mask": asdict(task.mask),
        "area": task.area.value,
        "mask_padding": task.mask_padding,
        "mask_blur": task.mask_blur,
        "mask_grow": task.mask_grow,
        "masked_content": task.masked_content.value,
    }


def _task_from_document(document: dict[str, object]) -> Task:
    kind = _get(document, "task", str)
    if kind == TextToImage().kind:
        return TextToImage()
    image, strength = _image_ref(document, "image"), _number(document, "strength")
    parent = _picture_id(document, "parent")
    if kind == "image_to_image":
        return ImageToImage(
            image=image,
            parent=parent,
            strength=strength,
            fit=Fit(_get(document, "fit", str)),
            restore_size=_truth(document, "restore_size"),
        )
    if kind == "inpaint":
        return Inpaint(
            image=image,
            mask=_image_ref(document, "mask"),
            parent=parent,
            strength=strength,
            area=InpaintArea(_get(document, "area", str)),
            mask_padding=_get(document, "mask_padding", int),
            mask_blur=_get(document, "mask_blur", int),
            mask_grow=_get(document, "mask_grow", int),
            masked_content=MaskedContent(_get(document, "masked_content", str)),
        )
    raise ValueError("an unknown task")


def _stretch_to_document(stretch: Stretch) -> dict[str, object]:
    return {
        "until_step": stretch.until_step,
        "prompt": stretch.prompt.text,
        "negative_prompt": stretch.prompt.negative,
        "scheduler": stretch.scheduler.value,
        "guidance_scale": stretch.guidance_scale,
        "schedule": stretch.schedule.value,
        "guidance_rescale": stretch.guidance_rescale,
    }


def _earlier(document: dict[str, object], sampling: Sampling, task: Task) -> tuple[Stretch, ...]:
    stretches = cast("list[object]", _get({"earlier": [], **document}, "earlier", list))
    earlier = tuple(_stretch(as_object(stretch)) for stretch in stretches)
    check_earlier(earlier, sampling, task)
    return earlier


def _stretch(document: dict[str, object]) -> Stretch:
    return Stretch(
        until_step=_get(document, "until_step", int),
        prompt=Prompt(_get(document, "prompt", str), _get(document, "negative_prompt", str)),
        scheduler=SchedulerName.parse(_get(document, "scheduler", str)),
        guidance_scale=_number(document, "guidance_scale"),
        schedule=ScheduleType(_get(document, "schedule", str)),
        guidance_rescale=_number(document, "guidance_rescale"),
    )


def _region_to_document(region: Region) -> dict[str, object]:
    return {
        "image": asdict(region.image),
        "mask": asdict(region.mask),
        "after_step": region.after_step,
        "kept": [_stretch_to_document(stretch) for stretch in region.kept],
        "noise_seed": region.noise_seed,
        "mask_blur": region.mask_blur,
    }


def _regions(document: dict[str, object], sampling: Sampling, task: Task, size: Size) -> tuple[Region, ...]:
    documents = cast("list[object]", _get({"regions": [], **document}, "regions", list))
    regions = tuple(_region(as_object(region)) for region in documents)
    check_regions(regions, sampling, task, size)
    return regions


def _region(document: dict[str, object]) -> Region:
    kept = cast("list[object]", _get(document, "kept", list))
    return Region(
        image=_image_ref(document, "image"),
        mask=_image_ref(document, "mask"),
        after_step=_get(document, "after_step", int),
        kept=tuple(_stretch(as_object(stretch)) for stretch in kept),
        noise_seed=None if document.get("noise_seed") is None else _get(document, "noise_seed", int),
        mask_blur=_get(document, "mask_blur", int),
    )


def _picture_id(document: dict[str, object], key: str) -> PictureId | None:
    return None if document.get(key) is None else PictureId(_hexadecimal(document, key, 32))


def _image_ref(document: dict[str, object], key: str) -> ImageRef:
    ref = as_object(document.get(key))
    width, height = _get(ref, "width", int), _get(ref, "height", int)
    if width < 1 or height < 1:
        raise ValueError(f"{key} has no pixels")
    return ImageRef(_hexadecimal(ref, "sha256", 64), width, height)


def _sampling(document: dict[str, object]) -> Sampling:
    return Sampling(
        scheduler=SchedulerName.parse(_get(document, "scheduler", str)),
        num_inference_steps=_get(document, "num_inference_steps", int),
        guidance_scale=_number(document, "guidance_scale"),
        seed=_get(document, "seed", int),
        schedule=ScheduleType(_get({"schedule": ScheduleType.AUTOMATIC.value, **document}, "schedule", str)),
        guidance_rescale=_number({"guidance_rescale": 0, **document}, "guidance_rescale"),
        clip_skip=_get({"clip_skip": 0, **document}, "clip_skip", int),
    )


def _provenance(document: dict[str, object]) -> Provenance:
    versions = cast("dict[str, object]", _get(document, "versions", dict))
    addons = cast("list[object]", _get({"addons": [], **document}, "addons", list))
    return Provenance(
        device=_get(document, "device", str),
        dtype=_get(document, "dtype", str),
        checkpoint_sha256=_get(document, "checkpoint_sha256", str),
        versions=tuple((str(package), str(version)) for package, version in versions.items()),
        addons=tuple(_used_addon(as_object(addon)) for addon in addons),
    )


def _used_addon(document: dict[str, object]) -> UsedAddon:
    return UsedAddon(
        kind=AddonKind(_get(document, "kind", str)),
        name=_get(document, "name", str),
        sha256=_hexadecimal(document, "sha256", 64),
        tensors_sha256=_hexadecimal(document, "tensors_sha256", 64),
        weight=_number(document, "weight"),
        text_encoder_weight=_number(document, "text_encoder_weight"),
    )


def _get(document: dict[str, object], key: str, kind: type[Kind]) -> Kind:
    value = document.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{key} is missing or of the wrong kind")
    return value


def _truth(document: dict[str, object], key: str) -> bool:
    value = document.get(key)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is missing or neither true nor false")
    return value


def _hexadecimal(document: dict[str, object], key: str, digits: int) -> str:
    """Such a text becomes the name of a file: nothing else may be in it."""
    value = _get(document, key, str)
    if len(value) != digits or not set(value) <= _HEXADECIMAL:
        raise ValueError(f"{key} is no number of {digits} hexadecimal digits")
    return value


def _number(document: dict[str, object], key: str) -> float:
    value = document.get(key)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{key} is missing or no number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{key} is too large")
    return number


def _parse_int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number has too many digits")
    return int(digits)


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")
