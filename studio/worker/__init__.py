"""Threads and hand-over between the window and the engine. QtCore only: no widget, no torch."""
