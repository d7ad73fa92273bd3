"""Prompts: what does not fit is said, and what was encoded is not encoded again."""

from __future__ import annotations

from transformers import CLIPTextModel

from studio.core.progress import LoadProgress, PlanChosen, PromptTruncated, StepProgress
from studio.core.session import CancelToken

WINDOW = 30
"""The bundled text encoder reads 32 tokens, two of them its own."""


def progress_of(session, request) -> list:
    reported = []
    list(session.generate(request, on_progress=reported.append, cancel=CancelToken()))
    return [progress for progress in reported if not isinstance(progress, PlanChosen)]


def test_a_prompt_that_fits_is_not_reported(session, make_request):
    reported = progress_of(session, make_request("apple " * WINDOW, steps=1))
    assert {type(progress) for progress in reported} == {StepProgress}


def test_a_prompt_that_is_too_long_is_reported_with_the_text_that_is_cut(session, make_request):
    request = make_request("apple " * WINDOW + "Blue  Sky!", steps=1, batch_size=2)
    truncated = [progress for progress in progress_of(session, request) if isinstance(progress, PromptTruncated)]
    assert truncated == [PromptTruncated(negative=False, kept=WINDOW, total=WINDOW + 3, cut_text="Blue  Sky!")]


def test_the_negative_prompt_is_reported_only_where_it_counts(session, make_request):
    too_long = "apple " * (WINDOW + 2)
    with_cfg = progress_of(session, make_request(negative=too_long, steps=1))
    without = progress_of(session, make_request(negative=too_long, steps=1, guidance=1.0))
    assert with_cfg[0] == PromptTruncated(negative=True, kept=WINDOW, total=WINDOW + 2, cut_text="apple apple ")
    assert {type(progress) for progress in without} == {StepProgress}


def test_a_prompt_is_encoded_once(session, make_request, monkeypatch):
    runs = []
    forward = CLIPTextModel.forward
    monkeypatch.setattr(CLIPTextModel, "forward", lambda *args, **kwargs: (runs.append(1), forward(*args, **kwargs))[1])
    progress_of(session, make_request("a thing never asked for before", steps=1, batch_size=2))
    progress_of(session, make_request("a thing never asked for before", steps=1, seed=4))
    assert len(runs) == 2, "one run for the prompt, one for the negative prompt"
    progress_of(session, make_request("another thing never asked for", steps=1))
    assert len(runs) == 4


def test_loading_is_reported_only_when_it_happens(fresh_session, make_request):
    request = make_request(steps=1)
    assert progress_of(fresh_session, request)[0] == LoadProgress("Starter")
    assert {type(progress) for progress in progress_of(fresh_session, request)} == {StepProgress}
