"""The prompt language: reading, printing, schedules, random choices, counting tokens. No torch, no Qt."""
