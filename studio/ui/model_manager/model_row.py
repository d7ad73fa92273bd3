"""One line of the list of models, in words: all that the list and the card beside it show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

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
    RowState.BUNDLED: "Built in",
    RowState.INSTALLED: "On this computer",
    RowState.BROKEN: "Cannot be used",
    RowState.CHECKING: "Checking",
    RowState.MOVING: "Moving",
    RowState.ADDING: "Adding",
    RowState.AVAILABLE: "To download",
    RowState.WAITING: "Waiting",
    RowState.RUNNING: "Downloading",
    RowState.PAUSED: "Paused",
    RowState.FAILED: "Stopped",
}


class ModelAction(StrEnum):
    """What a person can do with a model; the first one of a row is its main action."""

    USE = "use"
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
    def label(self) -> str:
        return _ACTION_LABELS[self][0]

    @property
    def tip(self) -> str:
        return _ACTION_LABELS[self][1]


_ACTION_LABELS = {
    ModelAction.USE: ("Use this model", "Make the next pictures with it"),
    ModelAction.TEST_PICTURE: (
        "Make a test picture",
        "One picture, with settings that suit it; it will stand in the list",
    ),
    ModelAction.ADD_TO_PROMPT: ("Add to the prompt", "The next pictures are made with it"),
    ModelAction.DOWNLOAD: ("Download", "Fetch its files; goes on where it was after a break"),
    ModelAction.PAUSE: ("Pause", "Stop for now; nothing that is here is fetched again"),
    ModelAction.RESUME: ("Go on", "Fetch the rest"),
    ModelAction.CANCEL: ("Cancel", "Take it off the list and remove its incomplete files"),
    ModelAction.EARLIER: ("Earlier", "Fetch it before the one above it in the list"),
    ModelAction.VERIFY: ("Check its files", "Compare every file with what it should be"),
    ModelAction.PREDICT_NOISE: (
        "It predicts noise",
        "If its pictures stay noise: use it as an epsilon model",
    ),
    ModelAction.PREDICT_V: (
        "It predicts v",
        "If its pictures stay noise: use it as a v-prediction model",
    ),
    ModelAction.MOVE: ("Move…", "To another folder or disk, and use it there"),
    ModelAction.STOP: ("Stop", "Nothing is left half done"),
    ModelAction.SHOW_FOLDER: ("Show in folder", "Open the folder that it lies in"),
    ModelAction.OPEN_PAGE: ("Open its page", "In your browser"),
    ModelAction.READ_LICENCE: ("Read the licence", "In your browser"),
    ModelAction.GIVE_TOKEN: ("Give a token…", "Keep a token of your account for its site in the keyring"),
    ModelAction.REMOVE: ("Remove…", "Move it to the system's trash"),
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
    def searched(self) -> str:
        """What a search looks through, in lower case."""
        return f"{self.name} {self.kind} {self.family} {self.sentence} {self.state.label}".casefold()


def time_text(seconds: float | None) -> str:
    """`about 3 minutes left`; empty where nobody knows."""
    if seconds is None:
        return ""
    if seconds < 60:
        return "less than a minute left"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} minute{'s' if minutes > 1 else ''} left"
    hours = minutes / 60
    return f"about {hours:.1f} hours left"
