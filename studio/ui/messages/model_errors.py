"""Why a model cannot be used, brought in or fetched, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core import errors
from studio.core.language import tr

MODEL_ERRORS: Mapping[type[errors.StudioError], tuple[str, str]] = {
    errors.CheckpointNotFound: (
        tr("Model not found"),
        tr(
            "There is no model called “{name}” and nothing is at that path. Choose another model, or check the "
            "spelling."
        ),
    ),
    errors.NotACheckpoint: (
        tr("This is not a model"),
        tr(
            "{path} cannot be used as a model: {reason}. Choose a folder in the diffusers format, a .safetensors or a "
            ".gguf file."
        ),
    ),
    errors.PickleRefused: (
        tr("This model was refused"),
        tr(
            "{path} is a pickle file, which could run hidden code on your computer. Look for the same model as "
            ".safetensors."
        ),
    ),
    errors.CheckpointIncomplete: (
        tr("The model is incomplete"),
        tr("{missing} is missing in {path}. Copy or download the model again."),
    ),
    errors.CheckpointDamaged: (
        tr("The model is damaged"),
        tr("{path} cannot be read: {reason}. Copy or download the model again."),
    ),
    errors.ModelNameTaken: (
        tr("There is a model of this name"),
        tr("“{name}” would go to {path}, where another model is. Choose another name, or remove that one first."),
    ),
    errors.ModelUnmovable: (
        tr("This model stays where it is"),
        tr("{path} is neither moved nor removed: {reason}. Nothing was changed; a copy of it can be made."),
    ),
    errors.LibraryBusy: (
        tr("Another program is changing the models"),
        tr("It holds {path}. Wait until it has finished, then try again."),
    ),
    errors.RepairImpossible: (
        tr("This file cannot be fetched again"),
        tr("{file} of “{name}” is bad, and {reason}. Copy or download the model again."),
    ),
    errors.LicenceNotAccepted: (
        tr("The licence has to be accepted first"),
        tr("“{name}” comes under the {licence}. Read it at {url}, and accept it to go on."),
    ),
    errors.ModelWorkCancelled: (
        tr("Cancelled"),
        tr("Nothing was changed. Start it again when you like."),
    ),
    errors.AddressNotUnderstood: (
        tr("This address is not understood"),
        tr(
            "“{text}” is no model to download. Give a repository such as owner/name, the address of its page on "
            "Hugging Face or Civitai, or an address that begins with https://."
        ),
    ),
    errors.UnsafeAddress: (
        tr("This address is not used"),
        tr(
            "{url}: {reason}. Only https addresses on the open internet are used. Look for another address of the file."
        ),
    ),
    errors.UnsafeFileName: (
        tr("This file name is not used"),
        tr("The source calls a file “{name}”: {reason}. Download it in a browser, rename it, and import it."),
    ),
    errors.NothingToDownload: (
        tr("There is nothing to download here"),
        tr("{source}: {reason}. Look for a copy of the model as safetensors."),
    ),
    errors.RemoteNotFound: (
        tr("There is nothing at this address"),
        tr(
            "{url} does not exist, or is private. Check the address; for a private one, enter your token in the "
            "settings."
        ),
    ),
    errors.LoginNeeded: (
        tr("The server asks for a login"),
        tr(
            "{url} wants a token, or did not accept yours. Make one on the site, give it under “Access tokens” (or "
            "with “studio models token SERVER”, SERVER such as huggingface.co), and try again."
        ),
    ),
    errors.AccessGated: (
        tr("The owner asks for your consent first"),
        tr(
            "Open {page}, accept the conditions there with your account, give a token of yours under “Access tokens” "
            "(or with “studio models token huggingface.co”), and try again."
        ),
    ),
    errors.DownloadRefused: (
        tr("The server refused the download"),
        tr("{url} answered with HTTP status {status}. Open the address in a browser to see why, or try again later."),
    ),
    errors.RateLimited: (
        tr("The server asks to wait"),
        tr("{url} allows the next try in {seconds} seconds. Resume the download then: it goes on where it stopped."),
    ),
    errors.DownloadInterrupted: (
        tr("The download was interrupted"),
        tr("{url}: {reason}. Check the connection and resume: it goes on where it stopped."),
    ),
    errors.ServerUnusable: (
        tr("The server did not send the file"),
        tr("{url}: {reason}. Open the address in a browser to see what is there, or try again later."),
    ),
    errors.UpdateUnanswered: (
        tr("It is not known whether there is a newer version"),
        tr("{url}: {reason}. The program works as before. Try again later, or open the address in a browser."),
    ),
    errors.UpdateUntrusted: (
        tr("What was said about a newer version was not believed"),
        tr("{url}: {reason}. Nothing was taken from it. Look where you got the program whether there is a newer one."),
    ),
    errors.RemoteChanged: (
        tr("The file on the server has changed"),
        tr("{url}: {reason}. Start the download again to get the new one."),
    ),
    errors.DownloadDamaged: (
        tr("The download is damaged"),
        tr(
            "{path} came twice with wrong content ({found} instead of {expected}). It was not kept. Try again later, "
            "or take the model from another source."
        ),
    ),
    errors.DownloadBusy: (
        tr("This is being downloaded already"),
        tr("Another program writes to {folder}. Wait until it has finished, then try again."),
    ),
    errors.ProxyUnusable: (
        tr("The proxy cannot be used"),
        tr(
            "The system sends downloads through “{proxy}”, which is no http, https or socks5 address. Correct the "
            "setting (or HTTPS_PROXY), such as http://proxy.example:3128, then try again."
        ),
    ),
    errors.KeyringUnusable: (
        tr("The keyring cannot be used"),
        tr(
            "Nothing can be kept in the system's keyring or read from it: {reason}. Unlock it, or install one such as "
            "GNOME Keyring or KWallet, and try again."
        ),
    ),
}
