"""Rules of the design that are read off the source text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in (ROOT / "studio").rglob("*.py")}

UNKNOWN_EXCEPTIONS_END_AT = {
    "studio/app/crash.py": "the except hook",
    "studio/worker/generation_worker.py": "the worker's run loop",
    "studio/worker/background.py": "the pool's runnable",
    "studio/worker/download_loop.py": "the end of the download thread",
    "studio/engine/tokenizer_loading.py": "the tokenizers library raises a PanicException that is no Exception",
    "studio/imaging/decode.py": "the one door for pictures: Pillow's decoders raise eight kinds of exception",
}

FORBIDDEN_FILES = {"utils.py", "util.py", "helpers.py", "helper.py", "common.py", "manager.py", "misc.py"}


def names(tree: ast.AST) -> Iterator[str]:
    """Every name and attribute that is used or imported."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.alias(name=name):
                yield from name.split(".")
            case ast.ImportFrom(module=str(module)):
                yield from module.split(".")
            case _:
                pass


def called_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
                yield name
            case _:
                pass


def catches_everything(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(
        isinstance(node, ast.Name) and node.id in {"Exception", "BaseException"} for node in ast.walk(handler.type)
    )


def broad_handlers(tree: ast.AST) -> list[ast.ExceptHandler]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.ExceptHandler) and catches_everything(node)]


def suppresses_everything(tree: ast.AST) -> bool:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    suppressing = [call for call in calls if ast.unparse(call.func).endswith("suppress")]
    return any({"Exception", "BaseException"} & set(names(call)) for call in suppressing)


@cache
def names_of(path: str) -> frozenset[str]:
    return frozenset(names(SOURCES[path]))


@cache
def called_names_of(path: str) -> frozenset[str]:
    return frozenset(called_names(SOURCES[path]))


def files_that_use(name: str) -> set[str]:
    return {path for path in SOURCES if name in names_of(path)}


def in_package(*packages: str) -> set[str]:
    return {path for path in SOURCES if path.startswith(tuple(f"studio/{package}/" for package in packages))}


def test_the_rules_read_the_program() -> None:
    assert {path.split("/")[1] for path in SOURCES} >= {"app", "ui", "worker", "engine", "core"}


@pytest.mark.parametrize("path", sorted(SOURCES))
def test_a_module_says_what_it_is_for(path: str) -> None:
    assert ast.get_docstring(SOURCES[path])


def test_no_mixins() -> None:
    classes = [node.name for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]

    assert [name for name in classes if name.endswith("Mixin")] == []


def test_no_drawer_for_everything() -> None:
    assert {path for path in SOURCES if Path(path).name in FORBIDDEN_FILES} == set()


def test_the_worker_has_no_widgets() -> None:
    assert files_that_use("QtWidgets") & in_package("worker") == set()
    assert files_that_use("QtGui") & in_package("worker") == set()


HELPED_BY_THREADS = {"studio/engine/loader.py"}
"""Threads that nobody else sees: they end before the call that began them does."""


@pytest.mark.parametrize("name", ["QThread", "QThreadPool", "QRunnable", "ThreadPoolExecutor"])
def test_only_the_worker_makes_threads_for_the_window(name: str) -> None:
    assert files_that_use(name) <= in_package("worker") | HELPED_BY_THREADS


def test_widgets_make_no_threads_of_any_kind() -> None:
    assert (files_that_use("threading") | files_that_use("Thread")) & in_package("ui") == set()


def test_unknown_exceptions_are_caught_at_the_named_places_only() -> None:
    catching = {path for path, tree in SOURCES.items() if broad_handlers(tree)}

    assert catching <= set(UNKNOWN_EXCEPTIONS_END_AT)


def test_no_exception_of_every_kind_is_swallowed() -> None:
    assert {path for path, tree in SOURCES.items() if suppresses_everything(tree)} == set()
    silent = {
        path
        for path, tree in SOURCES.items()
        for handler in broad_handlers(tree)
        if all(isinstance(statement, ast.Pass | ast.Continue) for statement in handler.body)
    }
    assert silent == set()


@pytest.mark.parametrize("name", ["processEvents", "terminate"])
def test_neither_reentrant_nor_killed(name: str) -> None:
    assert {path for path in SOURCES if name in called_names_of(path)} == set()


def test_only_the_command_line_prints() -> None:
    printing = {path for path in SOURCES if "print" in called_names_of(path)}

    assert printing <= {"studio/app/cli.py"}


@pytest.mark.parametrize("name", ["exec", "eval", "compile", "__import__"])
def test_no_code_is_run_from_data(name: str) -> None:
    calls = {
        path
        for path, tree in SOURCES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }

    assert calls == set()


def test_nothing_is_unpickled() -> None:
    assert files_that_use("pickle") == set()


def test_broad_handlers_are_recognised() -> None:
    """The rule's own test: each spelling of catching everything."""
    for kind in ("", " Exception", " BaseException", " (OSError, Exception)", " Exception as error"):
        assert broad_handlers(ast.parse(f"try:\n    pass\nexcept{kind}:\n    pass"))
    assert not broad_handlers(ast.parse("try:\n    pass\nexcept (OSError, ValueError):\n    pass"))
