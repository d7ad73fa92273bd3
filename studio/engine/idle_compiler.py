"""torch's compiler stays away until something asks for more of it than marks. Import this before diffusers.

diffusers (`utils/torch_utils.py`) and transformers (`masking_utils.py`, `integrations/deepgemm.py`) import
`torch._dynamo` only to mark functions for it, and ask whether a network was compiled. Nothing is compiled here, and
importing it takes a fifth of the time until the engine is ready.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_loader
from types import ModuleType, SimpleNamespace

_NAME = "torch._dynamo"
_NEEDED_ALONE = "torch._dynamo._trace_wrapped_higher_order_op"
"""What transformers' attention masks are made with: it does without the rest."""


def _mark(function: object = None, *_args: object, **_kwargs: object) -> object:
    """Leaves a function as it is; a decorator with and without arguments."""
    return _same if function is None else function


def _same(function: object) -> object:
    return function


class _Compiled:
    """What no network is."""


_ANSWERS: dict[str, object] = {
    "allow_in_graph": _mark,
    "assume_constant_result": _mark,
    "disable": _mark,
    "eval_frame": SimpleNamespace(OptimizedModule=_Compiled),
}


class _IdleCompiler(ModuleType):
    """The package before it is imported: what is not among the answers imports it."""

    def __getattr__(self, name: str) -> object:
        if name in _ANSWERS:
            return _ANSWERS[name]
        if name.startswith("__"):  # the import system asks for what a module need not have
            raise AttributeError(name)
        self.import_in_place()
        return getattr(self, name)

    def import_in_place(self) -> None:
        """Who holds the module has the compiler from now on."""
        super().__setattr__("__class__", ModuleType)  # as `importlib.util.LazyLoader` does
        importlib.reload(self)


class _PackageFirst:
    """A finder of the import system: the package is imported before any module of it, as they are used to."""

    def __init__(self, package: _IdleCompiler) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not fullname.startswith(f"{_NAME}.") or fullname == _NEEDED_ALONE:
            return None
        sys.meta_path.remove(self)
        if type(self._package) is _IdleCompiler:  # not imported since
            self._package.import_in_place()
        module = sys.modules.get(fullname)
        return None if module is None else spec_from_loader(fullname, _Imported(module))


class _Imported(Loader):
    """A loader for what was imported on the way."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """Done."""


def _stand_in() -> None:
    spec = None if _NAME in sys.modules else find_spec(_NAME)  # imports torch
    if spec is not None:
        package = module_from_spec(spec)
        package.__class__ = _IdleCompiler
        assert isinstance(package, _IdleCompiler)
        sys.modules[_NAME] = package
        sys.meta_path.insert(0, _PackageFirst(package))


_stand_in()
