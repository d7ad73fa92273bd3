"""The page of the circuit diagram about the process: from recorded steps to what is seen of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.picture_request import request_of
from studio.app.recording import Recording
from studio.checkpoints.addon_finder import AddonFinder
from studio.core.branch import Repaint
from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.family import family_traits
from studio.core.geometry import Size
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.progress import PreviewFrame
from studio.core.request import GenerationRequest, Prompt
from studio.core.task import TextToImage
from studio.gallery.record import PictureRecord
from studio.ui.canvas.canvas_desk import SourceOperations
from studio.ui.canvas.canvas_opener import CanvasOpener
from studio.ui.incoming import Incoming
from studio.ui.main_window import MainWindow
from studio.ui.notice_bar import Notice
from studio.ui.picture_stage import PictureStage
from studio.ui.process.inside_desk import InsideDesk
from studio.ui.process.latent_desk import LatentDesk, LatentOperations
from studio.ui.process.noise_desk import NoiseDesk
from studio.ui.process.process_desk import ProcessDesk, ProcessOperations
from studio.ui.process.region_desk import RegionDesk
from studio.ui.process.strip_desk import StripDesk
from studio.ui.process.study_desk import StudyDesk
from studio.worker.background import BackgroundThread
from studio.worker.generation_service import GenerationService
from studio.worker.generation_worker import GenerationWorker
from studio.worker.inquiry_service import InquiryService

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.ui.process.between_view import ShownFrames
    from studio.ui.process.shown_process import ShownProcess


_EXAMPLE = "a red apple"
"""The bundled model draws it, and so does every other."""


class ProcessWiring:
    """`desk` is that of the page and its steps, `study` and `inside` of its other tabs, `strip` of the steps below the
    picture.
    """

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        recording: Recording,
        service: GenerationService,
        worker: GenerationWorker,
        find_checkpoint: Callable[[str], Checkpoint],
        addons: AddonFinder,
        disk: BackgroundThread,
        checkpoint: Callable[[], Checkpoint],
        opener: CanvasOpener,
        sources: SourceOperations,
        prepare: Callable[[Callable[[GenerationRequest], None]], None],
        make_example: Callable[[str], None],
        announce: Callable[[StudioError], None],
    ) -> None:
        """`find_checkpoint` is called in the background: an installed model by its name. Raises CheckpointError."""
        self._window = window
        self._stage = stage
        self._opener = opener
        self._find_checkpoint = find_checkpoint
        self._addons = addons
        self.inquiries = InquiryService(service, worker)
        self._store = store = recording.store
        is_recording = recording.keep_steps is not None
        operations = ProcessOperations(store.has, self._read, _export, is_recording)
        self.study = StudyDesk(window, stage, disk.run, _pixels_for, checkpoint)
        self.inside = InsideDesk(stage, disk.run, self._read_request, self.inquiries, announce)
        self.desk = ProcessDesk(window, stage, disk.run, operations, self.study, self.inside, announce)
        self.strip = StripDesk(
            window, stage, disk.run, store.has, self._read_guesses, announce, is_recording=is_recording
        )
        self.strip.opened.connect(self.desk.show)
        self.desk.branch_asked.connect(self._branch)
        self.regions = RegionDesk(window, disk.run, _pixels_of, sources, announce)
        self.desk.region_asked.connect(self.regions.ask)
        self.regions.chosen.connect(self._branch)
        self.desk.example_asked.connect(lambda: make_example(_EXAMPLE))
        self.latents = LatentDesk(
            window,
            disk.run,
            LatentOperations(_pixels_of_size, _export_frames, prepare),
            self.inquiries,
            checkpoint,
            announce,
        )
        self.noise = NoiseDesk(
            self.inquiries, lambda: (self.study.path, checkpoint()), self._prompt_of_studied, announce
        )
        self.desk.page_made.connect(self.latents.attach)
        self.desk.page_made.connect(self.noise.attach)
        self.study.asked.connect(service.study)
        self.study.restart_asked.connect(self._restart)
        self._connect(recording, service)

    def on_preview(self, frame: PreviewFrame) -> None:
        """A guess of the picture that is being made."""
        self.desk.on_preview(frame)
        self.strip.on_preview(frame)

    def close(self) -> None:
        """Before the service."""
        self.inquiries.stop()

    def look_at(self, path: Path) -> None:
        """Show this picture with noise, as the model sees it."""
        from studio.ui.process.process_page import ProcessMode

        self.desk.show_mode(ProcessMode.FORWARD)
        self.study.open(path)

    def _connect(self, recording: Recording, service: GenerationService) -> None:
        recording.tell_losses(self._window.notices)
        recording.keeper.kept.connect(self.desk.on_kept)
        recording.keeper.kept.connect(self.strip.on_kept)
        recording.keeper.failed.connect(self.desk.on_lost)
        recording.keeper.failed.connect(self.strip.on_lost)
        service.studied.connect(self.study.on_studied)
        service.study_failed.connect(self.study.on_failed)
        service.job_started.connect(self.desk.on_job_started)
        service.job_started.connect(self.strip.on_job_started)
        for ended in (service.job_finished, service.job_failed, service.job_cancelled):
            ended.connect(self.desk.on_job_ended)
            ended.connect(self.strip.on_job_ended)

    def _branch(self, record: PictureRecord, step: int, repaint: Repaint | None = None) -> None:
        parameters = record.parameters
        assert parameters is not None  # its steps are known
        self._window.request_panel.use_branch(parameters, step, record.id, repaint)
        if not isinstance(parameters.task, TextToImage):
            self._opener.open_task(parameters.task)
        in_all = tr("Change the prompt, CFG scale or sampler on the left; the steps before stay as they were.")
        in_region = tr("Change the prompt, CFG scale or sampler on the left; all around the region stays as it is.")
        text = in_all if repaint is None else in_region
        self._window.notices.show_notice(Notice(tr("A branch after step {step}", step=step), text, key="branch"))
        self._window.request_panel.prompt.focus_prompt()

    def _restart(self, path: Path, strength: float) -> None:
        record = self._stage.shown_record
        if record is not None and record.path == path:
            self._opener.open_record(record)
        else:
            self._opener.open_incoming(Incoming((path,)))
        self._window.request_panel.start.vary_strength.set_value(strength)

    def _prompt_of_studied(self) -> Prompt:
        """What the picture says that it shows; of one from elsewhere nothing is known."""
        record = self._stage.shown_record
        if record is None or record.path != self.study.path or record.parameters is None:
            return Prompt()
        return Prompt(record.parameters.prompt.text)

    # --- in the thread of the disk ---

    def _read(self, picture: PictureId) -> ShownProcess | None:
        from studio.ui.process.shown_process import shown_process

        trajectory = self._store.get(picture)
        return None if trajectory is None else shown_process(trajectory)

    def _read_request(self, record: PictureRecord) -> GenerationRequest:
        """What makes this picture again. Raises StudioError."""
        parameters = record.parameters
        assert parameters is not None  # else nobody asks
        return request_of(parameters, self._find_checkpoint(parameters.checkpoint_name), self._addons)

    def _read_guesses(self, picture: PictureId) -> list[Pixels]:
        from studio.ui.process.shown_process import guesses_of

        trajectory = self._store.get(picture)
        return [] if trajectory is None else guesses_of(trajectory)


def _pixels_for(path: Path, checkpoint: Checkpoint) -> Pixels:
    """The picture as the model can take it. Raises StorageError."""
    from studio.imaging.decode import read_pixels
    from studio.imaging.fit import as_model_sees

    multiple = family_traits(checkpoint.family).size_multiple
    return as_model_sees(read_pixels(path), checkpoint.recommended.size, multiple)


def _pixels_of(path: Path) -> Pixels:
    """Raises StorageError."""
    from studio.imaging.decode import read_pixels

    return read_pixels(path)


def _pixels_of_size(path: Path, size: Size) -> Pixels:
    """The middle of the picture, as large as another one. Raises StorageError."""
    from studio.core.task import Fit
    from studio.imaging.decode import read_pixels
    from studio.imaging.fit import fit_placement, to_model

    pixels = read_pixels(path)
    return to_model(pixels, fit_placement(pixels.shape[1], pixels.shape[0], size, Fit.CROP))


def _export_frames(frames: ShownFrames, target: Path) -> None:
    """Raises StorageError."""
    from studio.core.durable_file import write_durably
    from studio.imaging.step_pictures import encode_frames

    write_durably(target, encode_frames(frames.pixels, frames.names, target), overwrite=True)


def _export(process: ShownProcess, target: Path) -> None:
    """Raises StorageError."""
    from studio.core.durable_file import write_durably
    from studio.imaging.step_pictures import StepPicture, encode_steps
    from studio.ui.step_strip import place_text

    count = len(process.steps)
    steps = [StepPicture(step.noisy, step.guess, place_text(index, count)) for index, step in enumerate(process.steps)]
    write_durably(target, encode_steps(steps, target), overwrite=True)
