"""A request as JSON and back, for the saved queue. It holds the path of the model: keep it private."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from studio.core.errors import InvalidRequest
from studio.core.request import GenerationRequest

if TYPE_CHECKING:
    from pydantic import TypeAdapter

VERSION = 5
"""1 knew text to image only and wrote no kind of task, 2 knew no add-ons, schedules, CFG rescale and clip skip, 3 no
branches, 4 no regions: what they did not write is read as its default, which is what they meant."""


@dataclass(frozen=True, slots=True)
class _Header:
    version: int


@dataclass(frozen=True, slots=True)
class _Document:
    version: int
    request: GenerationRequest


def request_to_json(request: GenerationRequest) -> str:
    """The whole request with the version of this format. Raises ValueError for a path that is not valid Unicode."""
    return _document_adapter().dump_json(_Document(VERSION, request)).decode()


def request_from_json(text: str) -> GenerationRequest:
    """The request that `request_to_json` wrote. Unknown keys are ignored.

    Raises:
        ValueError: malformed, out of range, or of a newer version; the message is the reason.
    """
    version = _header_adapter().validate_json(text, strict=True).version
    if not 1 <= version <= VERSION:
        raise ValueError(f"version {version} of a request, {VERSION} is known")
    try:
        return _document_adapter().validate_json(text, strict=True).request
    except InvalidRequest as error:
        raise ValueError(str(error)) from error


@cache
def _header_adapter() -> TypeAdapter[_Header]:
    from pydantic import TypeAdapter

    return TypeAdapter(_Header)


@cache
def _document_adapter() -> TypeAdapter[_Document]:
    from pydantic import TypeAdapter

    return TypeAdapter(_Document)
