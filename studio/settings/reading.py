"""From a JSON document to settings, field by field: a field that cannot be used costs that field only.

By hand and not with pydantic, which takes 0.23 s to import and prepare (two cores at 2 GHz): half of the time in which
the window has to be there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from enum import StrEnum
from types import NoneType
from typing import TYPE_CHECKING, TypeVar, cast, get_args, get_origin, get_type_hints

from studio.settings.model import SettingOutOfRange, Settings
from studio.settings.notices import SettingReset

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Section = TypeVar("Section", bound="DataclassInstance")
_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class _WrongType(Exception):
    """The value has not the type of its field."""


def read_settings(document: Mapping[str, object]) -> tuple[Settings, tuple[SettingReset, ...]]:
    """The settings in `document` and what had to be replaced by its default. Unknown keys are passed over."""
    resets: list[SettingReset] = []
    settings = _read_section(Settings, document, "", resets)
    return settings, tuple(resets)


def _read_section(
    kind: type[Section], document: Mapping[str, object], prefix: str, resets: list[SettingReset]
) -> Section:
    values: dict[str, object] = {}
    for name, annotation in get_type_hints(kind).items():
        if name not in document:
            continue
        try:
            values[name] = _read_value(annotation, document[name], f"{prefix}{name}.", resets)
        except _WrongType:
            resets.append(_reset(prefix, name, document[name]))
    return _construct(kind, values, prefix, resets)


def _construct(kind: type[Section], values: dict[str, object], prefix: str, resets: list[SettingReset]) -> Section:
    """Leave out what is out of range, one field after the other, until the section accepts the rest."""
    while True:
        try:
            return kind(**values)
        except SettingOutOfRange as fault:
            resets.append(_reset(prefix, fault.name, values.pop(fault.name)))


def _read_value(annotation: object, value: object, prefix: str, resets: list[SettingReset]) -> object:
    if get_origin(annotation) is tuple:
        return _read_texts(value)
    options = get_args(annotation) or (annotation,)
    if value is None and NoneType in options:
        return None
    kind = cast("type[object]", options[0])
    if is_dataclass(kind) and isinstance(value, dict):
        return _read_section(kind, cast("dict[str, object]", value), prefix, resets)
    if issubclass(kind, StrEnum):
        return _read_enum(kind, value)
    if kind is float and type(value) is int:
        return _read_float(value)
    if type(value) is kind:
        return value
    raise _WrongType


def _read_enum(kind: type[StrEnum], value: object) -> StrEnum:
    for member in kind:
        if member.value == value:
            return member
    raise _WrongType


def _read_texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise _WrongType
    items = tuple(cast("Sequence[object]", value))
    texts = tuple(item for item in items if isinstance(item, str))
    if len(texts) < len(items):
        raise _WrongType
    return texts


def _read_float(value: int) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise _WrongType from error


def _reset(prefix: str, name: str, value: object) -> SettingReset:
    return SettingReset(prefix + name, repr(value)[:_LONGEST_SHOWN])
