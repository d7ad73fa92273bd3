"""What the program says, in the window and on the command line. The only place that has the sentences; no Qt."""

from __future__ import annotations

from studio.ui.messages.error_messages import UserMessage, message_for
from studio.ui.messages.program_texts import (
    folder_away_text,
    import_text,
    kept_text,
    settings_text,
    unforeseen_text,
    unreadable_text,
    watched_text,
)
from studio.ui.messages.prompt_texts import (
    fault_text,
    ignored_syntax_text,
    sampler_text,
    search_fault_text,
    truncation_text,
)
from studio.ui.messages.sizes import readable_bytes

__all__ = [
    "UserMessage",
    "fault_text",
    "folder_away_text",
    "ignored_syntax_text",
    "import_text",
    "kept_text",
    "message_for",
    "readable_bytes",
    "sampler_text",
    "search_fault_text",
    "settings_text",
    "truncation_text",
    "unforeseen_text",
    "unreadable_text",
    "watched_text",
]
