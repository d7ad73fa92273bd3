"""Why a picture was not made, or a file not read or written, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core import errors

WORK_ERRORS: Mapping[type[errors.StudioError], tuple[str, str]] = {
    errors.SourceMissing: (
        "The start picture is gone",
        "What this picture was made from is not kept any more ({sha256}). Open the start picture again, and try again.",
    ),
    errors.GenerationCancelled: (
        "Cancelled",
        "The picture was cancelled. Press the button to start again.",
    ),
    errors.OutOfMemory: (
        "Not enough memory",
        "{device} has no room for this picture (needed {needed:bytes}, free {free:bytes}). Choose a smaller size, or "
        "close other programs, and try again.",
    ),
    errors.DeviceLost: (
        "The graphics device stopped",
        "{device} does not answer any more ({reason}). Save your work and restart the program.",
    ),
    errors.BrokenPicture: (
        "The model gave no picture",
        "The result was {reason}. Try another seed, a lower CFG scale or another sampler.",
    ),
    errors.EngineFailed: (
        "Something went wrong while making the picture",
        "{reason}. Try again; if it happens again, the log (Help > Open log folder) has the details.",
    ),
    errors.DiskFull: (
        "The disk is full",
        "{path} needs {needed:bytes}, free are {free:bytes}. Make room and try again, or save it somewhere else.",
    ),
    errors.FolderUnwritable: (
        "This folder cannot be written to",
        "{path}: {reason}. Choose another folder, or allow writing to it, and try again.",
    ),
    errors.WriteFailed: (
        "The file could not be written",
        "{path}: {reason}. Try again, or save it somewhere else.",
    ),
    errors.PictureUnreadable: (
        "This picture cannot be opened",
        "{path}: {reason}. Open it in the program that made it and save it as PNG, JPEG or WebP.",
    ),
    errors.CanvasUnreadable: (
        "This canvas cannot be opened",
        "{path}: {reason}. Its pictures are PNG files in a zip: another program may still get them out.",
    ),
    errors.TrajectoryUnreadable: (
        "The steps of this picture cannot be read",
        "{path}: {reason}. Make the picture again to record them anew.",
    ),
    errors.NoParameters: (
        "This picture carries no settings",
        "{path} does not tell how it was made. Choose a picture made by this program, or by another one that stores "
        "settings.",
    ),
    errors.NothingToExport: (
        "There is no picture to export",
        "Name picture files, or search for fewer words.",
    ),
    errors.FolderNotWatchable: (
        "The folder is not in the gallery",
        "{path}: {reason}. Choose another folder, or copy its pictures into the gallery.",
    ),
    errors.TrashFailed: (
        "It was not deleted",
        "The trash did not take {path}: {reason}. Delete it in your file manager if you want it gone.",
    ),
    errors.RestoreFailed: (
        "The picture could not be put back",
        "{path}: {reason}. It is still in your system's trash: restore it there.",
    ),
    errors.DatabaseTooNew: (
        "A newer version of the program was here",
        "{path} has format {found}, this version knows {known}. Nothing was changed. Update the program.",
    ),
    errors.SettingsTooNew: (
        "A newer version of the program was here",
        "{path} has format {found}, this version knows {known}. Nothing was changed. Update the program.",
    ),
    errors.AlreadyRunning: (
        "Latent Studio is already open",
        "Another window uses {path}. Use that one, or close it first.",
    ),
    errors.NoScreen: (
        "There is no screen for the window",
        "Start the program on a desktop, or make pictures without a window: studio generate “a red apple”.",
    ),
}
