"""What happens inside a step, in words."""

from __future__ import annotations

from studio.ui.process.shown_inside import Acting, ShownInside

WORDS_UNKNOWN = (
    "This model reads words and picture as one, in joint attention: there is no share of the words alone, "
    "so nothing can be shown for each of them."
)
_LONGEST = 28


def guidance_text(shown: ShownInside, negative: str) -> str:
    """How the answer came about that the step was made with."""
    if shown.other is None:
        if shown.scale > 1:
            return "This model is told the CFG scale and answers once: there is no other guess to push away from."
        return "Without CFG the model is asked once, with your words, and its guess is taken as it is."
    away = f"“{_short(negative)}”" if negative else "what it draws without words"
    return (
        f"u + {shown.scale:g} · (c − u): your words change the guess by {shown.difference_size:.2f}, CFG pushes it "
        f"{shown.push_size:.2f} further, away from {away}."
    )


def other_name(negative: str) -> str:
    """What the guess is for that CFG pushes away from."""
    return "Negative prompt" if negative else "Without words"


def guided_name(shown: ShownInside) -> str:
    """What the guess is that the step was made with."""
    return "The guess" if shown.other is None else f"With CFG {shown.scale:g}"


def acting_name(acting: Acting) -> str:
    """Of the chip."""
    return "CFG’s push" if acting.word is None else acting.word


def acting_text(acting: Acting, negative: str) -> str:
    """How much it is, and where most of it."""
    if acting.word is None:
        cause = f"keeps “{_short(negative)}” away" if negative else "makes more of your words"
        return f"CFG {cause}: by {acting.mean:.2f} on average, by {acting.most:.2f} at most, {acting.where}."
    share = f"{_percent(acting.mean)} of the attention on average"
    return f"“{acting.word}” has {share}, {_percent(acting.most)} at most, {acting.where}."


def scale_texts(acting: Acting) -> tuple[str, str]:
    """The ends of the scale of colours: the least there is and the most."""
    if acting.word is None:
        return f"{acting.least:.2f}", f"{acting.most:.2f}"
    return _percent(acting.least), _percent(acting.most)


def progress_text(found: int, steps: int) -> str:
    """While the steps come in."""
    if found == 0:
        return "The model is asked. A picture that is being made comes first."
    return f"Looked into {found} of {steps} steps"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.095 else f"{share:.1%}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
