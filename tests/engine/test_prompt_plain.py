"""What a model that reads plain words does not see."""

from __future__ import annotations

from studio.core.progress import PromptSyntaxIgnored
from studio.core.request import Prompt
from studio.engine.prompt_plain import ignored_syntax, plain_prompt


def test_the_words_alone_remain():
    prompt = Prompt(r"a (red:1.2) [cat:dog:3] \(x\)", "[ugly|bad] BREAK b")
    assert plain_prompt(prompt) == Prompt("a red dog (x)", "ugly b")


def test_syntax_that_has_no_effect_is_a_fact():
    prompt = Prompt("a (red:1.2) cat", "BREAK")
    assert ignored_syntax(prompt, with_negative=True) == [PromptSyntaxIgnored(False), PromptSyntaxIgnored(True)]
    assert ignored_syntax(prompt, with_negative=False) == [PromptSyntaxIgnored(False)]
    assert ignored_syntax(Prompt(r"a cat \(red\) <lora:x:1>", ""), with_negative=True) == []
