"""The graph of nodes that ComfyUI writes into its pictures, in the form that its server runs ("API format").

`{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "model": ["4", 0]}}}`: an input is a value, or a link to an
output of another node. Files lie: links lead nowhere, or round in circles. All walks visit a node once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from studio.imaging.metadata.json_text import as_list, as_object, json_object

_MOST_NODES = 20_000
_MOST_HOPS = 32
_VALUE_KEYS = ("value", "seed", "noise_seed", "int", "float", "number", "Number", "text", "string")
"""What nodes that hold a single value call it."""

Graph: TypeAlias = "Mapping[str, Node]"


@dataclass(frozen=True, slots=True)
class Node:
    """`kind` is the name of its class."""

    kind: str
    inputs: Mapping[str, object]


def read_graph(text: str) -> Graph:
    """The nodes by their id; none at all if the text is no graph, or one of more than 20,000 nodes."""
    document = json_object(text) or {}
    return dict(_nodes(document)) if len(document) <= _MOST_NODES else {}


def _nodes(document: Mapping[str, object]) -> Iterator[tuple[str, Node]]:
    for key, value in document.items():
        fields = as_object(value) or {}
        kind, inputs = fields.get("class_type"), as_object(fields.get("inputs"))
        if isinstance(kind, str) and inputs is not None:
            yield key, Node(kind, inputs)


def link_target(value: object) -> str | None:
    """The id of the node that an input is linked to; None if it is no link."""
    match as_list(value):
        case [str() as node, int()]:
            return node
        case _:
            return None


def walk_upstream(
    graph: Graph, starts: Iterable[str | None], follows: Callable[[str], bool], visited: set[str] | None = None
) -> Iterator[Node]:
    """The nodes themselves, then those that they are linked to by the inputs that `follows` accepts: nearest first.

    Nodes in `visited` are left out; those that are found are put into it.
    """
    seen = set[str]() if visited is None else visited
    waiting = deque(starts)
    while waiting:
        key = waiting.popleft()
        if key is None or key in seen or key not in graph:
            continue
        seen.add(key)
        node = graph[key]
        yield node
        waiting.extend(link_target(value) for name, value in node.inputs.items() if follows(name))


def value_of(graph: Graph, node: Node, name: str) -> object:
    """The value of an input; of a linked one, what the node at the end of its links holds. None if there is none."""
    value = node.inputs.get(name)
    for _ in range(_MOST_HOPS):
        target = link_target(value)
        if target is None:
            return value
        if target not in graph:
            return None
        inputs = graph[target].inputs
        value = next((inputs[key] for key in (name, *_VALUE_KEYS) if key in inputs), None)
    return None
