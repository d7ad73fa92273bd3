"""One line of the list of models, in words: all that the list and the card beside it show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.core.language import tr, trn
from studio.ui.messages import readable_bytes


class RowState(StrEnum):
    """What can be done with it now."""

    BUNDLED = "bundled"
    INSTALLED = "installed"
    BROKEN = "broken"
    CHECKING = "checking"
    MOVING = "moving"
    ADDING = "adding"
    AVAILABLE = "available"
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_here(self) -> bool:
        return self in {RowState.BUNDLED, RowState.INSTALLED, RowState.BROKEN, RowState.CHECKING, RowState.MOVING}

    @property
    def is_coming(self) -> bool:
        return self in {RowState.ADDING, RowState.WAITING, RowState.RUNNING, RowState.PAUSED, RowState.FAILED}

    @property
    def is_at_work(self) -> bool:
        """Something goes on that may take long."""
        return self in {RowState.CHECKING, RowState.MOVING, RowState.ADDING, RowState.RUNNING}


_LABELS = {
    RowState.BUNDLED: tr("Built in"),
    RowState.INSTALLED: tr("On this computer"),
    RowState.BROKEN: tr("Cannot be used"),
    RowState.CHECKING: tr("Checking"),
    RowState.MOVING: tr("Moving"),
    RowState.ADDING: tr("Adding"),
    RowState.AVAILABLE: tr("To download"),
    RowState.WAITING: tr("Waiting"),
    RowState.RUNNING: tr("Downloading"),
    RowState.PAUSED: tr("Paused"),
    RowState.FAILED: tr("Stopped"),
}


class ModelAction(StrEnum):
    """What a person can do with a model; the first one of a row is its main action."""

    USE = "use"
    IN_USE = "in_use"
    TEST_PICTURE = "test_picture"
    ADD_TO_PROMPT = "add_to_prompt"
    DOWNLOAD = "download"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    EARLIER = "earlier"
    VERIFY = "verify"
    PREDICT_NOISE = "predict_noise"
    PREDICT_V = "predict_v"
    MOVE = "move"
    STOP = "stop"
    SHOW_FOLDER = "show_folder"
    OPEN_PAGE = "open_page"
    READ_LICENCE = "read_licence"
    GIVE_TOKEN = "give_token"
    REMOVE = "remove"

    @property
    def is_done(self) -> bool:
        """It is only said, in the place of the action that leads there."""
        return self is ModelAction.IN_USE

    @property
    def label(self) -> str:
        return _ACTION_LABELS[self][0]

    @property
    def tip(self) -> str:
        return _ACTION_LABELS[self][1]


_ACTION_LABELS = {
    ModelAction.USE: (tr("Use this model"), tr("Make the next pictures with it")),
    ModelAction.IN_USE: (tr("In use"), tr("The next pictures are made with it")),
    ModelAction.TEST_PICTURE: (
        tr("Make a test picture"),
        tr("One picture, with settings that suit it; it will stand in the list"),
    ),
    ModelAction.ADD_TO_PROMPT: (tr("Add to the prompt"), tr("The next pictures are made with it")),
    ModelAction.DOWNLOAD: (tr("Download"), tr("Fetch its files; goes on where it was after a break")),
    ModelAction.PAUSE: (tr("Pause"), tr("Stop for now; nothing that is here is fetched again")),
    ModelAction.RESUME: (tr("Go on"), tr("Fetch the rest")),
    ModelAction.CANCEL: (tr("Cancel"), tr("Take it off the list and remove its incomplete files")),
    ModelAction.EARLIER: (tr("Earlier"), tr("Fetch it before the one above it in the list")),
    ModelAction.VERIFY: (tr("Check its files"), tr("Compare every file with what it should be")),
    ModelAction.PREDICT_NOISE: (
        tr("It predicts noise"),
        tr("If its pictures stay noise: use it as an epsilon model"),
    ),
    ModelAction.PREDICT_V: (
        tr("It predicts v"),
        tr("If its pictures stay noise: use it as a v-prediction model"),
    ),
    ModelAction.MOVE: (tr("Move…"), tr("To another folder or disk, and use it there")),
    ModelAction.STOP: (tr("Stop"), tr("Nothing is left half done")),
    ModelAction.SHOW_FOLDER: (tr("Show in folder"), tr("Open the folder that it lies in")),
    ModelAction.OPEN_PAGE: (tr("Open its page"), tr("In your browser")),
    ModelAction.READ_LICENCE: (tr("Read the licence"), tr("In your browser")),
    ModelAction.GIVE_TOKEN: (tr("Give a token…"), tr("Keep a token of your account for its site in the keyring")),
    ModelAction.REMOVE: (tr("Remove…"), tr("Move it to the system's trash")),
}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """`key` is stable while the row exists. `actions` are those that make sense now.

    `facts` are pairs of a name and a value for the card, `sentence` says what the model is good at. `progress` is 0 to
    1 while it is known, `fault` a sentence, `thumbnail` the file of a small picture that was made with it.
    """

    key: str
    name: str
    kind: str
    family: str
    size: int | None
    state: RowState
    actions: tuple[ModelAction, ...] = ()
    sentence: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    progress: float | None = None
    progress_text: str = ""
    fault: str = ""
    thumbnail: Path | None = None

    @property
    def summary(self) -> str:
        """The second line: what it is, for which models, how large."""
        parts = (self.kind, self.family, "" if self.size is None else readable_bytes(self.size))
        return "  ·  ".join(part for part in parts if part)

    @property
    def state_text(self) -> str:
        """In the list: that it is in use matters more than where it is."""
        return ModelAction.IN_USE.label if ModelAction.IN_USE in self.actions else self.state.label

    @property
    def searched(self) -> str:
        """What a search looks through, in lower case."""
        return f"{self.name} {self.kind} {self.family} {self.sentence} {self.state.label}".casefold()


_LONG_HOURS = 36


def time_text(seconds: float | None) -> str:
    """`about 3 minutes left`; empty where nobody knows."""
    if seconds is None:
        return ""
    if seconds < 60:
        return tr("less than a minute left")
    minutes = round(seconds / 60)
    if minutes < 60:
        return trn("about {n} minute left", "about {n} minutes left", minutes)
    hours = minutes / 60
    if hours < _LONG_HOURS:
        return tr("about {hours:.1f} hours left", hours=hours)
    return trn("about {n} day left", "about {n} days left", round(hours / 24))
