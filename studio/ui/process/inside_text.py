"""What happens inside a step, in words."""

from __future__ import annotations

from studio.core.language import tr
from studio.ui.process.shown_inside import Acting, ShownInside

WORDS_UNKNOWN = tr(
    "This model reads words and picture as one, in joint attention: there is no share of the words alone, "
    "so nothing can be shown for each of them."
)
NOTHING_ACTS = tr("Without CFG there is no push to see here.")
_LONGEST = 28


def guidance_text(shown: ShownInside, negative: str) -> str:
    """How the answer came about that the step was made with."""
    if shown.other is None:
        if shown.scale > 1:
            return tr("This model is told the CFG scale and answers once: there is no other guess to push away from.")
        return tr("Without CFG the model is asked once, with your words, and its guess is taken as it is.")
    away = f"“{_short(negative)}”" if negative else tr("what it draws without words")
    return tr(
        "u + {scale:g} · (c − u): your words change the guess by {difference_size}, CFG pushes it "
        "{push_size} further, away from {away}.",
        scale=shown.scale,
        difference_size=_amount(shown.difference_size),
        push_size=_amount(shown.push_size),
        away=away,
    )


def other_name(negative: str) -> str:
    """What the guess is for that CFG pushes away from."""
    return tr("Negative prompt") if negative else tr("Without words")


def guided_name(shown: ShownInside) -> str:
    """What the guess is that the step was made with."""
    return tr("The guess") if shown.other is None else tr("With CFG {scale:g}", scale=shown.scale)


def acting_name(acting: Acting) -> str:
    """Of the chip."""
    return tr("CFG’s push") if acting.word is None else acting.word


def acting_text(acting: Acting, negative: str) -> str:
    """How much it is, and where most of it."""
    if acting.word is None:
        cause = tr("keeps “{words}” away", words=_short(negative)) if negative else tr("makes more of your words")
        return tr(
            "CFG {cause}: by {mean} on average, by {most} at most, {where}.",
            cause=cause,
            mean=_amount(acting.mean),
            most=_amount(acting.most),
            where=acting.where,
        )
    share = tr("{percent} of the attention on average", percent=_percent(acting.mean))
    return tr(
        "“{word}” has {share}, {percent} at most, {where}.",
        word=acting.word,
        share=share,
        percent=_percent(acting.most),
        where=acting.where,
    )


def scale_texts(acting: Acting) -> tuple[str, str]:
    """The ends of the scale of colours: the least there is and the most."""
    if acting.word is None:
        return _amount(acting.least), _amount(acting.most)
    return _percent(acting.least), _percent(acting.most)


def progress_text(found: int, steps: int) -> str:
    """While the steps come in."""
    if found == 0:
        return tr("The model is asked. A picture that is being made comes first.")
    return tr("Looked into {found} of {steps} steps", found=found, steps=steps)


def _amount(value: float) -> str:
    """With as many digits as say something: some models change little in a step."""
    return f"{value:.2f}" if value >= 0.095 else f"{round(value, 4):.2g}"


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.095 else f"{share:.1%}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
