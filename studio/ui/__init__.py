"""Widgets. They know core types and Qt: no torch, no engine, no SQL, no threads."""
