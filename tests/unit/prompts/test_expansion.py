"""Requests whose prompts leave choices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from studio.core.request import GenerationRequest, Prompt
from studio.prompts.expansion import leaves_choices, without_choices
from tests.unit.core.test_request import REQUEST


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "colour.txt").write_text("red\ngreen\nblue\n")
    return tmp_path


def batch(text: str, negative: str = "", count: int = 6) -> GenerationRequest:
    return replace(REQUEST, prompt=Prompt(text, negative), batch_size=count)


def test_a_request_without_choices_is_itself(folder):
    request = batch("a (red:1.2) [cat|dog]")
    assert not leaves_choices(request)
    assert without_choices(request, folder) == (request,)


def test_each_picture_of_a_batch_makes_its_own_choices(folder):
    request = batch("a {cat|dog|cow|hen} that is __colour__")
    singles = without_choices(request, folder)
    assert len({single.prompt for single in singles}) > 1
    for index, single in enumerate(singles):
        assert not leaves_choices(single)
        assert replace(single, prompt=request.prompt) == request.single(index)


def test_a_picture_chooses_alone_as_in_its_batch(folder):
    request = batch("a {cat|dog|cow|hen} that is __colour__")
    assert without_choices(request.single(3), folder) == (without_choices(request, folder)[3],)


def test_the_negative_prompt_chooses_for_itself(folder):
    prompts = [single.prompt for single in without_choices(batch("{a|b}", "{a|b}", 12), folder)]
    assert any(prompt.text != prompt.negative for prompt in prompts)


def test_a_batch_in_which_all_come_out_alike_stays_one(folder):
    request = batch("a __nothing__ {cat}")
    assert without_choices(request, folder) == (replace(request, prompt=Prompt("a __nothing__ cat")),)
