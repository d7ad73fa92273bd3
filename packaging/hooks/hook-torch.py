"""torch without its headers, tools and tests. The hook that PyInstaller knows brings all of them, and its sources."""

from PyInstaller.utils.hooks import collect_data_files, collect_dynamic_libs

binaries = [
    *collect_dynamic_libs("torch", search_patterns=["*.so", "*.so.*", "*.dll", "*.dylib"]),
    *collect_data_files("torch", includes=["bin/torch_shm_manager*"]),  # torch looks for it when it is imported
]
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]
"""torch looks for its libraries beside itself (as PyInstaller's own hook says)."""

# Their own source is read when they are imported (torch/utils/_config_module.py, torch/_jit_internal.py).
_READ_AS_TEXT = (
    "_decomp.decompositions_for_jvp",
    "_dynamo.config",
    "_export.config",
    "_functorch.config",
    "_inductor.config",
    "_inductor.config_comms",
    "compiler.config",
    "distributed.config",
    "functional",
    "fx.experimental._config",
    "nn.functional",
    "nn.modules.container",
    "nn.modules.rnn",
    "utils.serialization.config",
)
module_collection_mode = {"torch": "pyz", **{f"torch.{name}": "pyz+py" for name in _READ_AS_TEXT}}
