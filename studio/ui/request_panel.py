"""The left side of the window: everything that makes up a request, and the button that sends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from studio.core.addon import AddonKind, Addons
from studio.core.addon_names import LoraTag
from studio.core.branch import Repaint, beginning
from studio.core.checkpoint import Checkpoint
from studio.core.errors import InvalidRequest, InvalidSeed, InvalidSize, RegionOfAnother, RequestField
from studio.core.geometry import Size
from studio.core.language import tr
from studio.core.picture_id import PictureId
from studio.core.request import GenerationRequest, Prompt, Region, Sampling, Stretch
from studio.core.result import PictureParameters
from studio.core.task import TextToImage
from studio.prompts.lora_tags import with_lora_tags
from studio.settings.model import PanelState
from studio.ui import glossary
from studio.ui.controls import HelpButton, describe, separator
from studio.ui.earlier_steps import Beginning, EarlierSteps
from studio.ui.glossary import Entry
from studio.ui.keys import keys_text
from studio.ui.messages import message_for
from studio.ui.model_panel import ModelPanel
from studio.ui.prompt_editor.completion import PromptNames
from studio.ui.prompt_panel import PromptPanel
from studio.ui.sampling_panel import SamplingPanel
from studio.ui.start_panel import StartPanel
from studio.ui.theme import px

if TYPE_CHECKING:
    from studio.imaging.metadata.foreign_settings import ForeignSettings

_ABOUT_THE_START = {RequestField.IMAGE, RequestField.STRENGTH, RequestField.MASK}

_ROOMY_HEIGHT = 760
"""Pixels of the design: from here on nothing has to be left out."""


class RequestPanel(QFrame):
    """Model, prompt, sampling, batch count and the main button.

    Signals:
        make_requested(): the button was pressed.
        changed(): something was edited (to be saved).
        help_asked(Entry, QWidget)
    """

    make_requested = Signal()
    changed = Signal()
    help_asked = Signal(object, object)

    def __init__(self, names: Callable[[], PromptNames] = PromptNames) -> None:
        """`names` is asked for what can be suggested in the prompt."""
        super().__init__()
        self.setObjectName("leftSide")
        self.setAccessibleName(tr("What to make"))
        self.model = ModelPanel()
        self.prompt = PromptPanel(names)
        self.sampling = SamplingPanel()
        self.start = StartPanel()
        self.earlier = EarlierSteps()
        self.count = QSpinBox()
        self.count_help = HelpButton(glossary.BATCH)
        self.make = QPushButton(glossary.MAKE.name)
        self._purpose = glossary.MAKE
        self._is_busy = False
        self._set_up_make()
        self._lay_out()
        self.show_purpose(glossary.MAKE)
        self.earlier.changed.connect(self.changed)
        self.earlier.shown.connect(self._fit_prompt)
        for panel in (self.prompt, self.start, self.sampling):
            panel.changed.connect(self.changed)
            panel.help_asked.connect(self.help_asked)
        self.model.help_asked.connect(self.help_asked)
        self.count.valueChanged.connect(self.changed)
        self.count_help.asked.connect(self.help_asked)
        self.sampling.steps.changed.connect(self._show_steps_run)
        self._show_steps_run(self.sampling.steps.value())

    def request(self, checkpoint: Checkpoint) -> GenerationRequest:
        """What the panel asks for. Raises InvalidRequest."""
        sampling, size = self.sampling.sampling(), self.sampling.size_in_pixels()
        return GenerationRequest(
            prompt=self.prompt.prompt(),
            sampling=sampling,
            size=size,
            checkpoint=checkpoint,
            batch_size=self.count.value(),
            addons=Addons(vae=self.sampling.fine.vae()),
            earlier=self.earlier.earlier,
            branched_from=self.earlier.parent_of(_beginning(sampling, size, checkpoint.name)),
        )

    def with_regions(self, request: GenerationRequest) -> GenerationRequest:
        """`request` of this panel, with what it starts from, in which only the regions go on otherwise, if there are.

        Raises InvalidRequest.
        """
        begun = _beginning(request.sampling, request.size, request.checkpoint.name)
        regions = self.earlier.regions_of(begun)
        if regions and regions[-1].kept[-1].until_step != request.steps_run:
            raise RegionOfAnother
        return replace(request, regions=regions) if regions else request

    def show_fault(self, error: InvalidRequest) -> None:
        """Say what is wrong beside the field at fault, and go there."""
        self.clear_faults()
        text = message_for(error).text
        if error.field is RequestField.PROMPT:
            self.prompt.show_fault(text)
        elif error.field is RequestField.MODEL:
            self.model.show_fault(error.field, text)
        elif error.field in _ABOUT_THE_START:
            self.start.show_fault(error.field, text)
        else:
            self.sampling.show_fault(error.field, text)

    def clear_faults(self) -> None:
        self.prompt.show_fault("")
        self.model.clear_faults()
        self.sampling.clear_faults()
        self.start.clear_faults()

    def show_purpose(self, purpose: Entry) -> None:
        """What the next press of the button makes: a new picture, or something of the one on the canvas."""
        self._purpose = purpose
        self.start.setVisible(purpose is not glossary.MAKE)
        self.prompt.show_examples(shown=purpose is glossary.MAKE)
        self._fit_prompt()
        self._name_make()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_prompt()

    def _fit_prompt(self) -> None:
        """In a low window the settings of a start picture, or the beginning of a branch, need the room."""
        has_more = self._purpose is not glossary.MAKE or bool(self.earlier.earlier)
        self.prompt.show_low(low=has_more and self.height() < px(_ROOMY_HEIGHT))

    def show_busy(self, *, busy: bool) -> None:
        """While a picture is being made, the button adds to the queue."""
        self._is_busy = busy
        self._name_make()

    def _show_steps_run(self, steps: float) -> None:
        self.start.show_steps(round(steps))

    def _name_make(self) -> None:
        describe(self.make, self._purpose)
        self.make.setText(tr("Add to queue") if self._is_busy else self._purpose.name)
        self.make.setToolTip(f"{self._purpose.sentence}  ({keys_text('Ctrl+Enter')})")

    def use_parameters(self, parameters: PictureParameters) -> None:
        """Put a picture's settings into the panel, its seed kept, so that the next press makes it again."""
        self.use_prompt(parameters.prompt, lora_tags(parameters))
        self.sampling.set_sampling(parameters.sampling)
        self.sampling.set_size(parameters.size)
        self.sampling.fine.choose_vae(next((vae.name for vae in parameters.used(AddonKind.VAE)), ""))
        self.sampling.keep_seed.setChecked(True)
        self.count.setValue(1)
        if not isinstance(parameters.task, TextToImage):
            self.start.use_task(parameters.task)
        self._begin_as(parameters, parameters.earlier, parameters.branched_from, parameters.regions)
        self.clear_faults()

    def use_branch(
        self, parameters: PictureParameters, step: int, parent: PictureId, repaint: Repaint | None = None
    ) -> None:
        """As `use_parameters`, but what is changed now applies only after `step` of the picture's steps, and with
        `repaint` only there.
        """
        self.use_parameters(parameters)
        kept = parameters.stretches
        own = () if repaint is None else (repaint.region(kept, step),)
        self._begin_as(parameters, beginning(kept, step), parent, (*parameters.regions, *own))

    def _begin_as(
        self,
        parameters: PictureParameters,
        earlier: tuple[Stretch, ...],
        parent: PictureId | None,
        regions: tuple[Region, ...],
    ) -> None:
        begun = _beginning(parameters.sampling, parameters.size, parameters.checkpoint_name)
        self.earlier.show_stretches(earlier, parent, begun, regions)

    def use_foreign_settings(self, settings: ForeignSettings) -> None:
        """Put what another program's picture tells into the panel; what it does not tell stays."""
        self.use_prompt(settings.prompt, settings.loras)
        self.earlier.show_stretches((), None, None)
        sampling = self.sampling
        if settings.num_inference_steps is not None:
            sampling.steps.set_value(settings.num_inference_steps)
        if settings.guidance_scale is not None:
            sampling.guidance.set_value(settings.guidance_scale)
        if settings.scheduler is not None:
            sampling.set_scheduler(settings.scheduler)
        sampling.fine.use_foreign_settings(settings)
        if settings.size is not None:
            sampling.set_size(settings.size)
        if settings.seed is not None:
            sampling.seed.setText(str(settings.seed))
            sampling.keep_seed.setChecked(True)

    def begin_anew(self) -> None:
        """The next picture begins with another one: the steps of a branch are not its own."""
        if self.earlier.earlier:
            self.earlier.show_stretches((), None, None)
            self.changed.emit()

    def use_prompt(self, prompt: Prompt, loras: Iterable[LoraTag] = ()) -> None:
        """Put a picture's prompt into the panel, with its LoRAs; everything else stays."""
        self.prompt.set_prompt(_with_loras(prompt, loras))
        self.clear_faults()

    def use_seed(self, seed: int) -> None:
        """Keep this seed for a new prompt, which gets the focus."""
        self.sampling.seed.setText(str(seed))
        self.sampling.keep_seed.setChecked(True)
        self.prompt.focus_prompt()

    def offer(self, checkpoint: Checkpoint) -> None:
        """Show what goes with this model: its examples, its best size, and what it makes no use of."""
        self.model.show_current(checkpoint)
        self.prompt.offer(checkpoint)
        self.sampling.offer(checkpoint)

    def state(self, previous: PanelState) -> PanelState:
        """The panel as it is, to be restored at the next start. What cannot be read keeps its `previous` value."""
        try:
            seed, size = self.sampling.typed_seed(), self.sampling.size_in_pixels()
        except (InvalidSeed, InvalidSize):
            seed, size = previous.seed, Size(previous.width, previous.height)
        return PanelState(
            prompt=self.prompt.text.toPlainText()[: Prompt.LONGEST],
            negative=self.prompt.negative.toPlainText()[: Prompt.LONGEST],
            steps=round(self.sampling.steps.value()),
            guidance_scale=round(self.sampling.guidance.value(), 3),
            seed=seed,
            keep_seed=self.sampling.keep_seed.isChecked(),
            width=size.width,
            height=size.height,
            scheduler=self.sampling.scheduler(),
            batch_size=self.count.value(),
            checkpoint=previous.checkpoint,
            schedule=self.sampling.fine.chosen_schedule,
            guidance_rescale=self.sampling.fine.chosen_rescale,
            clip_skip=self.sampling.fine.clip_skip.value(),
            vae=self.sampling.fine.vae_name,
        )

    def restore(self, state: PanelState) -> None:
        self.prompt.set_texts(state.prompt, state.negative)
        self.sampling.set_sampling(
            Sampling(
                scheduler=state.scheduler,
                num_inference_steps=state.steps,
                guidance_scale=state.guidance_scale,
                seed=state.seed or 0,
                schedule=state.schedule,
                guidance_rescale=state.guidance_rescale,
                clip_skip=state.clip_skip,
            )
        )
        self.sampling.fine.choose_vae(state.vae)
        if state.seed is None:
            self.sampling.seed.clear()
        self.sampling.keep_seed.setChecked(state.keep_seed)
        self.sampling.set_size(Size(state.width, state.height))
        self.count.setValue(state.batch_size)

    def _set_up_make(self) -> None:
        self.make.setObjectName("make")
        self.make.setFixedHeight(px(44))
        self.make.clicked.connect(self.make_requested)
        self.count.setObjectName("count")
        self.count.setRange(GenerationRequest.SMALLEST_BATCH, GenerationRequest.LARGEST_BATCH)
        self.count.setPrefix("× ")
        self.count.setFixedSize(px(64), px(44))
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.count.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        describe(self.count, glossary.BATCH)

    def _lay_out(self) -> None:
        fields = QWidget()
        column = QVBoxLayout(fields)
        column.setContentsMargins(px(16), px(8), px(16), px(8))
        column.setSpacing(px(12))
        column.addWidget(self.model)
        column.addWidget(self.prompt)
        column.addWidget(self.earlier)
        column.addWidget(self.start)
        column.addWidget(self.sampling)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidget(fields)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        make_row = QHBoxLayout()
        make_row.setContentsMargins(px(16), px(12), px(16), px(16))
        make_row.setSpacing(px(8))
        make_row.addWidget(self.make, 1)
        make_row.addWidget(self.count)
        make_row.addWidget(self.count_help)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addWidget(separator())
        whole.addLayout(make_row)


def _beginning(sampling: Sampling, size: Size, checkpoint_name: str) -> Beginning:
    return Beginning(sampling.seed, sampling.num_inference_steps, sampling.clip_skip, size, checkpoint_name)


def lora_tags(parameters: PictureParameters) -> list[LoraTag]:
    """The LoRAs of a picture as its prompt would say them."""
    loras = parameters.used(AddonKind.LORA)
    return [LoraTag(lora.name, lora.weight, lora.text_encoder_weight) for lora in loras]


def _with_loras(prompt: Prompt, loras: Iterable[LoraTag]) -> Prompt:
    """The prompt with tags for all LoRAs of the picture: those that were chosen in another way are then found too."""
    text = with_lora_tags(prompt.text, loras)
    return Prompt(text, prompt.negative) if len(text) <= Prompt.LONGEST else prompt
