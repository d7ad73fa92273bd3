"""torch without its headers, tools and tests. The hook that PyInstaller knows brings all of them, and its sources."""

from PyInstaller.utils.hooks import collect_dynamic_libs

binaries = collect_dynamic_libs("torch", search_patterns=["*.so", "*.so.*", "*.dll", "*.dylib"])
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]
"""torch looks for its libraries beside itself (as PyInstaller's own hook says)."""
