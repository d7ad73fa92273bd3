"""Whatever crosses the worker's boundary survives pickle, so that the session can live in another process."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

import studio.core
from studio.core.addon import Addon, AddonKind, Addons, LoraUse, UsedAddon
from studio.core.addon_names import LoraTag
from studio.core.branch import Change, Repaint, branched
from studio.core.checkpoint import Companion, ModelFamily
from studio.core.components import family_components
from studio.core.download import (
    Download,
    DownloadedFile,
    DownloadId,
    DownloadPhase,
    DownloadPlan,
    DownloadProgress,
    DownloadResult,
    DownloadState,
    RemoteFile,
)
from studio.core.errors import DiskFull, StudioError
from studio.core.family import family_traits
from studio.core.four_bits import FourBits
from studio.core.geometry import Rect, Size
from studio.core.gguf_header import GgufHeader, GgufTensor, GgufType
from studio.core.grid import Grid, GridAxis, GridId, PlaceInGrid, StepMeasure
from studio.core.inquiry import BetweenSeeds, DecodedLatents, EncodedPicture, InsideOfSteps, NoiseGuesses
from studio.core.job import Job, JobId, UnsavedPicture
from studio.core.lesson import Learned, Lesson
from studio.core.memory import MemoryPlan, ModelSize, PartSize, Placement
from studio.core.noise_error import NoiseError
from studio.core.pixels import frozen_pixels
from studio.core.progress import (
    LoadProgress,
    PlanChosen,
    PlanLowered,
    PreviewFrame,
    PromptSyntaxIgnored,
    PromptTruncated,
    SamplerReplaced,
    StepProgress,
)
from studio.core.report import ReportPart
from studio.core.result import GeneratedImage, PictureId, Provenance
from studio.core.round_trip import RoundTrip
from studio.core.scheduler import SchedulerName
from studio.core.session import DeviceInfo
from studio.core.sources import ImageRef, image_ref
from studio.core.step_inside import CrossAttention, Guidance, StepInside, WordAttention
from studio.core.study import StudiedPicture, Study
from studio.core.task import ImageToImage, Inpaint, TextToImage
from studio.core.trajectory import LatentColours, NoiseLevel, Trajectory, TrajectoryStep
from tests.unit.core.test_request import CHECKPOINT, REQUEST

PIXELS = frozen_pixels(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))
PROVENANCE = Provenance("cpu", "float32", "0" * 64, (("studio", "0.1.0"),))
IMAGE = GeneratedImage(PictureId("0" * 32), PIXELS, REQUEST, PROVENANCE, datetime(2026, 1, 2, tzinfo=UTC), 0.5)
REPAINT = Repaint(
    image=ImageRef("1" * 64, REQUEST.size.width, REQUEST.size.height),
    mask=ImageRef("2" * 64, REQUEST.size.width, REQUEST.size.height),
)

LORA = Addon("detail", Path("detail.safetensors"), AddonKind.LORA, ModelFamily.STABLE_DIFFUSION_XL)

REMOTE_FILE = RemoteFile("https://huggingface.co/a/b/resolve/main/x.safetensors", "x.safetensors", 10, "0" * 64)
PLAN = DownloadPlan(DownloadId("2" * 32), "A model", Path("models/a"), (REMOTE_FILE,), "a/b", "main", "MIT")
DOWNLOADED = DownloadedFile("x.safetensors", 10, "0" * 64, verified=True)
LATENTS = np.arange(48, dtype=np.float16).reshape(4, 3, 4)
COLOURS = LatentColours(((0.1, 0.2, 0.3),) * 4, (0.0, 0.0, 0.0), 3.0)
STEP = TrajectoryStep(999.0, NoiseLevel(0.6, 0.8), LATENTS, LATENTS)
GUIDANCE = Guidance(5.0, LATENTS, LATENTS, LATENTS)
SHARE = np.full((3, 4), 0.5, np.float32)
ATTENTION = CrossAttention((WordAttention("apple", SHARE),), SHARE)
MEMORY_PLAN = MemoryPlan(Placement.COMPONENT_SWAP, False, 1000, 2000)

EXAMPLES = (
    CHECKPOINT,
    family_traits(ModelFamily.FLUX),
    family_components(ModelFamily.FLUX),
    Companion("vae", Path("ae.safetensors")),
    LORA,
    LoraTag("detail", 0.8, 0.5),
    UsedAddon(AddonKind.LORA, "detail", "0" * 64, "1" * 64, 0.8),
    LoraUse(LORA, 0.8, 0.5),
    Addons((LoraUse(LORA, 0.8, 0.8),)),
    UsedAddon(AddonKind.LORA, "detail", "a" * 64, "b" * 64, 0.8, 0.5),
    LoraTag("detail", 0.8, 0.5),
    CHECKPOINT.recommended,
    Size(64, 128),
    REQUEST,
    REQUEST.prompt,
    REQUEST.sampling,
    REQUEST.stretches[0],
    Change(text="a blue car"),
    REPAINT,
    branched(REQUEST, 2, Change(), None, REPAINT).regions[0],
    TextToImage(),
    ImageToImage(image=image_ref(PIXELS), strength=0.6),
    Inpaint(image=image_ref(PIXELS), mask=image_ref(PIXELS[:, :, 0].copy()), strength=1.0),
    image_ref(PIXELS),
    Rect(1, 2, 3, 4),
    PROVENANCE,
    IMAGE,
    IMAGE.parameters,
    Job(JobId("1" * 32), REQUEST, sample_of="2" * 32),
    GridAxis("Seed", ("1",)),
    PlaceInGrid(1, 4, "seeds"),
    StepMeasure("Euler", 20, 1.5, 3.25),
    DecodedLatents(CHECKPOINT, LATENTS, Size(64, 64)),
    EncodedPicture(CHECKPOINT, PIXELS),
    BetweenSeeds(REQUEST, 7, 0.5),
    Lesson((PIXELS,), 60.0, 100, 7),
    Learned(10, 1.5, (0.5,), (PIXELS,)),
    GgufType(8, "Q8_0", 32, 34),
    GgufTensor("in.weight", GgufType(8, "Q8_0", 32, 34), (4, 32), 0, 136),
    FourBits((128, 64), 64, nested_block=256, nested_offset=0.5),
    GgufHeader((), {"general.architecture": "flux"}),
    Grid(GridId("3" * 32), (GridAxis("Seed", ("1",)),), (Job(JobId("1" * 32), REQUEST),), IMAGE.created_at),
    UnsavedPicture(JobId("1" * 32), IMAGE, DiskFull(Path("x"), 10, None)),
    LoadProgress("Starter model"),
    StepProgress(0, 1, 5, 20, 0.1),
    PromptSyntaxIgnored(negative=True),
    PromptTruncated(negative=False, kept=30, total=40, cut_text="the end"),
    SamplerReplaced(asked=SchedulerName.DDIM, used=SchedulerName.EULER),
    PreviewFrame(PIXELS, 0, 5, 20, PIXELS, NoiseLevel(0.6, 0.8)),
    PartSize(weights=1000, largest_block=500, width=320),
    ModelSize((PartSize(),), PartSize(), PartSize(), 4),
    MEMORY_PLAN,
    PlanChosen(MEMORY_PLAN),
    PlanLowered(MEMORY_PLAN, MEMORY_PLAN),
    DeviceInfo("cpu", "float32"),
    NoiseLevel(0.6, 0.8),
    COLOURS,
    RoundTrip(LATENTS, PIXELS, COLOURS),
    Study(CHECKPOINT, PIXELS),
    InsideOfSteps(REQUEST),
    NoiseGuesses(CHECKPOINT, PIXELS, REQUEST.prompt, 10, 0),
    StudiedPicture(PIXELS, (NoiseLevel(0.6, 0.8),), RoundTrip(LATENTS, PIXELS, COLOURS)),
    STEP,
    NoiseError(500.0, NoiseLevel(0.6, 0.8), 0.3),
    GUIDANCE,
    ATTENTION,
    ATTENTION.words[0],
    StepInside(3, NoiseLevel(0.6, 0.8), GUIDANCE, ATTENTION, COLOURS),
    Trajectory(SchedulerName.EULER, (STEP,), COLOURS, np.ones((3, 4), np.float16)),
    ReportPart("checks.txt", "all is well"),
    REMOTE_FILE,
    PLAN,
    Download(PLAN, DownloadState.PAUSED, None),
    DownloadProgress(PLAN.id, DownloadPhase.TRANSFERRING, "x.safetensors", 5, 10, 2.5),
    DOWNLOADED,
    DownloadResult(PLAN, (DOWNLOADED,)),
)

FACTS = {
    "int": 7,
    "float": 0.5,
    "str": "a fact",
    "int | str": "abc",
    "float | str": float("inf"),
    "int | None": None,
    "tuple[str, ...]": ("euler", "ddim"),
    "Path": Path("folder/file"),
}


def core_dataclasses() -> set[type]:
    modules = [
        importlib.import_module(f"studio.core.{module.name}") for module in pkgutil.iter_modules(studio.core.__path__)
    ]
    classes = {value for module in modules for _, value in inspect.getmembers(module, inspect.isclass)}
    private = {kind for kind in classes if kind.__name__.startswith("_")}
    return {kind for kind in classes - private if is_dataclass(kind) and not issubclass(kind, StudioError)}


def error_leaves(kind: type[StudioError] = StudioError) -> Iterator[type[StudioError]]:
    below = [child for child in kind.__subclasses__() if child.__module__.startswith("studio.core.errors.")]
    if "code" in vars(kind) and kind is not StudioError:
        yield kind
    for child in below:
        yield from error_leaves(child)


def facts(value: object) -> object:
    """A value as something that can be compared, whatever its own idea of equality is."""
    if isinstance(value, np.ndarray):
        return value.dtype, value.shape, value.tobytes()
    if isinstance(value, tuple):
        return tuple(map(facts, value))
    if is_dataclass(value):
        return type(value), tuple(facts(getattr(value, field.name)) for field in fields(value))
    return value


def example_error(kind: type[StudioError]) -> StudioError:
    return kind(**{field.name: FACTS[str(field.type)] for field in fields(kind)})


def test_every_dataclass_of_the_vocabulary_has_an_example() -> None:
    assert core_dataclasses() == {type(example) for example in EXAMPLES}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: type(example).__name__)
def test_a_value_survives(example: object) -> None:
    assert facts(pickle.loads(pickle.dumps(example))) == facts(example)


@pytest.mark.parametrize("kind", sorted(error_leaves(), key=lambda kind: kind.__name__))
def test_an_error_survives_with_its_facts(kind: type[StudioError]) -> None:
    error = example_error(kind)

    copy = pickle.loads(pickle.dumps(error))

    assert facts(copy) == facts(error)
    assert str(copy) == str(error)


def test_every_error_has_a_code_of_its_own() -> None:
    leaves = list(error_leaves())

    assert len({kind.code for kind in leaves}) == len(leaves)
    assert StudioError.code not in {kind.code for kind in leaves}


def test_an_error_tells_its_code_and_facts_to_the_log() -> None:
    assert str(DiskFull(Path("x"), 10, None)) == f"disk_full(path={Path('x')!r}, needed=10, free=None, reserve=0)"


def test_frozen_pixels_are_read_only_and_contiguous() -> None:
    crossed = np.zeros((4, 6, 3), np.uint8)[:, ::2]

    frozen = frozen_pixels(crossed)

    assert frozen.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        frozen[0, 0, 0] = 1


def test_the_parameters_of_a_picture_name_the_model_and_keep_its_path_private() -> None:
    parameters = IMAGE.parameters

    assert parameters.checkpoint_name == CHECKPOINT.name
    assert str(CHECKPOINT.path) not in repr(parameters)
