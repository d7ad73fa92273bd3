"""The user's settings, their file, and the directories of the program."""
