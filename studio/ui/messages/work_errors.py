"""Why a picture was not made, or a file not read or written, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core import errors
from studio.core.language import tr

WORK_ERRORS: Mapping[type[errors.StudioError], tuple[str, str]] = {
    errors.SourceMissing: (
        tr("The start picture is gone"),
        tr(
            "What this picture was made from is not kept any more ({sha256}). Open the start picture again, and "
            "try again."
        ),
    ),
    errors.GenerationCancelled: (
        tr("Cancelled"),
        tr("The picture was cancelled. Press the button to start again."),
    ),
    errors.OutOfMemory: (
        tr("Not enough memory"),
        tr(
            "{device} has no room for this picture (needed {needed:bytes}, free {free:bytes}). Choose a smaller size, "
            "or close other programs, and try again."
        ),
    ),
    errors.DeviceLost: (
        tr("The graphics device stopped"),
        tr("{device} does not answer any more ({reason}). Save your work and restart the program."),
    ),
    errors.BrokenPicture: (
        tr("The model gave no picture"),
        tr("The result was {reason}. Try another seed, a lower CFG scale or another sampler."),
    ),
    errors.EngineFailed: (
        tr("Something went wrong while making the picture"),
        tr("{reason}. Try again; if it happens again, the log (Help > Open log folder) has the details."),
    ),
    errors.DiskFull: (
        tr("The disk is full"),
        tr(
            "{path} needs {needed:bytes}{reserve:spare}, free are {free:bytes}. "
            "Make room and try again, or save it somewhere else."
        ),
    ),
    errors.FolderUnwritable: (
        tr("This folder cannot be written to"),
        tr("{path}: {reason}. Choose another folder, or allow writing to it, and try again."),
    ),
    errors.WriteFailed: (
        tr("The file could not be written"),
        tr("{path}: {reason}. Try again, or save it somewhere else."),
    ),
    errors.PictureGone: (
        tr("This file is not there"),
        tr(
            "There is no {path}. "
            "Look whether its name and folder are right and its disk is connected, then choose it again."
        ),
    ),
    errors.PictureUnreadable: (
        tr("This picture cannot be opened"),
        tr("{path}: {reason}. Open it in the program that made it and save it as PNG, JPEG or WebP."),
    ),
    errors.CanvasUnreadable: (
        tr("This canvas cannot be opened"),
        tr("{path}: {reason}. Its pictures are PNG files in a zip: another program may still get them out."),
    ),
    errors.TrajectoryUnreadable: (
        tr("The steps of this picture cannot be read"),
        tr("{path}: {reason}. Make the picture again to record them anew."),
    ),
    errors.NoParameters: (
        tr("This picture carries no settings"),
        tr(
            "{path} does not tell how it was made. Choose a picture made by this program, or by another one that "
            "stores settings."
        ),
    ),
    errors.NothingToExport: (
        tr("There is no picture to export"),
        tr("Name picture files, or search for fewer words."),
    ),
    errors.FolderNotWatchable: (
        tr("The folder is not in the gallery"),
        tr("{path}: {reason}. Choose another folder, or copy its pictures into the gallery."),
    ),
    errors.TrashFailed: (
        tr("It was not deleted"),
        tr("The trash did not take {path}: {reason}. Delete it in your file manager if you want it gone."),
    ),
    errors.RestoreFailed: (
        tr("The picture could not be put back"),
        tr("{path}: {reason}. It is still in your system's trash: restore it there."),
    ),
    errors.DatabaseTooNew: (
        tr("A newer version of the program was here"),
        tr("{path} has format {found}, this version knows {known}. Nothing was changed. Update the program."),
    ),
    errors.SettingsTooNew: (
        tr("A newer version of the program was here"),
        tr("{path} has format {found}, this version knows {known}. Nothing was changed. Update the program."),
    ),
    errors.AlreadyRunning: (
        tr("Latent Studio is already open"),
        tr("Another window uses {path}. Use that one, or close it first."),
    ),
    errors.NoScreen: (
        tr("There is no screen for the window"),
        tr("Start the program on a desktop, or make pictures without a window: studio generate “a red apple”."),
    ),
}
