"""Prompts to what guides a picture, for text encoders of CLIP, which weigh words."""

from __future__ import annotations

from studio.core.request import Prompt
from studio.engine.encoded_prompt import Condition, EncodedPrompt, Word
from studio.engine.pipeline_types import TextToImagePipeline, TwoTextEncoders
from studio.engine.prompt_clip import ClipReader
from studio.prompts.language import read_prompt
from studio.prompts.scheduling import plain_text, schedule
from studio.prompts.syntax import Alternative, Break


class ClipPromptEncoder:
    """Encodes prompts for one loaded checkpoint with text encoders of CLIP, and remembers what they said.

    The last `clip_skip` layers of the text encoders are left out.
    """

    def __init__(self, pipeline: TextToImagePipeline, *, clip_skip: int = 0) -> None:
        self._reader = ClipReader(pipeline, clip_skip)
        self._zeroes_empty = isinstance(pipeline, TwoTextEncoders) and pipeline.config.force_zeros_for_empty_prompt

    def encode(self, prompt: Prompt, *, with_negative: bool, steps: int) -> EncodedPrompt:
        """What guides a picture of `steps` steps."""
        conditions = [self._condition(alternative, steps) for alternative in read_prompt(prompt.text).alternatives]
        negative = [self._negative(prompt.negative, steps)] if with_negative else []
        tokens = max(embeddings.tokens for condition in conditions + negative for _, embeddings in condition.changes)
        alike = [self._padded(condition, tokens) for condition in conditions + negative]
        if with_negative:
            return EncodedPrompt(tuple(alike[:-1]), alike[-1])
        return EncodedPrompt(tuple(alike), None)

    def words(self, prompt: Prompt, step: int, steps: int) -> tuple[Word, ...]:
        """The words of the first condition of the prompt at `step` (from 0)."""
        changes = schedule(read_prompt(prompt.text).alternatives[0], steps)
        return self._reader.words(next(chunks for first, chunks in reversed(changes) if first <= step))

    def _condition(self, alternative: Alternative, steps: int) -> Condition:
        changes = schedule(alternative, steps)
        return Condition(alternative.weight, tuple((first, self._reader.read(chunks)) for first, chunks in changes))

    def _negative(self, text: str, steps: int) -> Condition:
        """One condition, as CFG has it: `AND` only begins a new chunk here."""
        first, *others = read_prompt(text).alternatives
        content = first.content + tuple(node for other in others for node in (Break(), *other.content))
        condition = self._condition(Alternative(content), steps)
        is_empty = not plain_text(read_prompt(text)).strip()
        return _zeroed(condition) if self._zeroes_empty and is_empty else condition

    def _padded(self, condition: Condition, tokens: int) -> Condition:
        changes = ((first, self._reader.padded(embeddings, tokens)) for first, embeddings in condition.changes)
        return Condition(condition.weight, tuple(changes))


def _zeroed(condition: Condition) -> Condition:
    return Condition(condition.weight, tuple((first, embeddings.zeroed()) for first, embeddings in condition.changes))
