"""What a model that reads plain words does not see."""

from __future__ import annotations

from transformers import CLIPTokenizer

from studio.core.progress import PromptSyntaxIgnored, PromptTruncated
from studio.core.request import Prompt
from studio.engine.prompt_plain import ignored_syntax, plain_prompt, truncation


def test_the_words_alone_remain():
    prompt = Prompt(r"a (red:1.2) [cat:dog:3] \(x\)", "[ugly|bad] BREAK b")
    assert plain_prompt(prompt) == Prompt("a red dog (x)", "ugly b")


def test_syntax_that_has_no_effect_is_a_fact():
    prompt = Prompt("a (red:1.2) cat", "BREAK")
    assert ignored_syntax(prompt, with_negative=True) == [PromptSyntaxIgnored(False), PromptSyntaxIgnored(True)]
    assert ignored_syntax(prompt, with_negative=False) == [PromptSyntaxIgnored(False)]
    assert ignored_syntax(Prompt(r"a cat \(red\) <lora:x:1>", ""), with_negative=True) == []


def test_what_lies_beyond_the_window_is_a_fact(starter):
    tokenizer = CLIPTokenizer.from_pretrained(starter.path / "tokenizer")
    text = "apple " * 30 + "Blue  Sky!"
    assert truncation(tokenizer, 30, text, negative=True) == PromptTruncated(True, 30, 33, "Blue  Sky!")
    assert truncation(tokenizer, 33, text, negative=True) is None
