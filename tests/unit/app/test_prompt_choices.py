"""Choices are made away from the window, and only where there are some."""

from __future__ import annotations

from pathlib import Path

from studio.app.prompt_choices import PromptChoices
from studio.core.request import GenerationRequest
from tests.helpers.fake_session import a_request


class Background:
    """Runs at once, and counts."""

    def __init__(self) -> None:
        self.runs = 0

    def __call__(self, work, *, failed, done=None) -> None:
        self.runs += 1
        done(work())


def sent(background: Background, request: GenerationRequest, wildcards: Path) -> tuple[GenerationRequest, ...]:
    found: list[tuple[GenerationRequest, ...]] = []
    PromptChoices(wildcards, background, failed=lambda error: None)(request, found.append)
    (requests,) = found
    return requests


def test_a_prompt_without_choices_goes_at_once(tmp_path):
    background = Background()
    assert sent(background, a_request("a (red:1.2) apple"), tmp_path) == (a_request("a (red:1.2) apple"),)
    assert background.runs == 0


def test_a_prompt_with_choices_goes_as_one_request_for_each_picture(tmp_path):
    (tmp_path / "colour.txt").write_text("red\nblue\n")
    background = Background()
    requests = sent(background, a_request("a __colour__ {apple|car}", batch_size=8), tmp_path)
    assert background.runs == 1
    assert {request.prompt.text for request in requests} <= {
        f"a {colour} {thing}" for colour in ("red", "blue") for thing in ("apple", "car")
    }
    assert [request.sampling.seed for request in requests] == list(range(42, 50))
