"""The page of the circuit diagram about the process: from recorded steps to what is seen of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from studio.app.recording import Recording
from studio.core.checkpoint import Checkpoint
from studio.core.errors import StudioError
from studio.core.family import family_traits
from studio.core.picture_id import PictureId
from studio.ui.canvas.canvas_opener import CanvasOpener
from studio.ui.incoming import Incoming
from studio.ui.main_window import MainWindow
from studio.ui.picture_stage import PictureStage
from studio.ui.process.process_desk import ProcessDesk, ProcessOperations
from studio.ui.process.study_desk import StudyDesk
from studio.worker.background import BackgroundThread
from studio.worker.generation_service import GenerationService

if TYPE_CHECKING:
    from studio.core.pixels import Pixels
    from studio.ui.process.shown_process import ShownProcess


_EXAMPLE = "a red apple"
"""The bundled model draws it, and so does every other."""


class ProcessWiring:
    """`desk` has the signals."""

    def __init__(
        self,
        window: MainWindow,
        stage: PictureStage,
        recording: Recording,
        service: GenerationService,
        disk: BackgroundThread,
        checkpoint: Callable[[], Checkpoint],
        opener: CanvasOpener,
        make_example: Callable[[str], None],
        announce: Callable[[StudioError], None],
    ) -> None:
        def read(picture: PictureId) -> ShownProcess | None:
            from studio.ui.process.shown_process import shown_process

            trajectory = recording.store.get(picture)
            return None if trajectory is None else shown_process(trajectory)

        operations = ProcessOperations(recording.store.has, read, _export, recording.keep_steps is not None)
        self.study = StudyDesk(window, stage, disk.run, _pixels_for, checkpoint)
        self.desk = ProcessDesk(window, stage, disk.run, operations, self.study, announce)
        self.study.asked.connect(service.study)
        service.studied.connect(self.study.on_studied)
        service.study_failed.connect(self.study.on_failed)

        def restart(path: Path, strength: float) -> None:
            record = stage.shown_record
            if record is not None and record.path == path:
                opener.open_record(record)
            else:
                opener.open_incoming(Incoming((path,)))
            window.request_panel.start.vary_strength.set_value(strength)

        self.study.restart_asked.connect(restart)
        self.desk.example_asked.connect(lambda: make_example(_EXAMPLE))
        recording.tell_losses(window.notices)
        recording.keeper.kept.connect(self.desk.on_kept)
        recording.keeper.failed.connect(self.desk.on_lost)
        service.job_started.connect(self.desk.on_job_started)
        for ended in (service.job_finished, service.job_failed, service.job_cancelled):
            ended.connect(self.desk.on_job_ended)


def _pixels_for(path: Path, checkpoint: Checkpoint) -> Pixels:
    """The picture as the model can take it. Raises StorageError."""
    from studio.imaging.decode import read_pixels
    from studio.imaging.fit import as_model_sees

    multiple = family_traits(checkpoint.family).size_multiple
    return as_model_sees(read_pixels(path), checkpoint.recommended.size, multiple)


def _export(process: ShownProcess, target: Path) -> None:
    """Raises StorageError."""
    from studio.core.durable_file import write_durably
    from studio.imaging.step_pictures import StepPicture, encode_steps
    from studio.ui.process.step_text import place_text

    count = len(process.steps)
    steps = [StepPicture(step.noisy, step.guess, place_text(index, count)) for index, step in enumerate(process.steps)]
    write_durably(target, encode_steps(steps, target), overwrite=True)
