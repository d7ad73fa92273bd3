"""Why a model cannot be used, brought in or fetched, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from studio.core import errors

MODEL_ERRORS: Mapping[type[errors.StudioError], tuple[str, str]] = {
    errors.CheckpointNotFound: (
        "Model not found",
        "There is no model called “{name}” and nothing is at that path. Choose another model, or check the spelling.",
    ),
    errors.NotACheckpoint: (
        "This is not a model",
        "{path} cannot be used as a model: {reason}. Choose a folder in the diffusers format, a .safetensors or a "
        ".gguf file.",
    ),
    errors.PickleRefused: (
        "This model was refused",
        "{path} is a pickle file, which could run hidden code on your computer. Look for the same model as "
        ".safetensors.",
    ),
    errors.CheckpointIncomplete: (
        "The model is incomplete",
        "{missing} is missing in {path}. Copy or download the model again.",
    ),
    errors.CheckpointDamaged: (
        "The model is damaged",
        "{path} cannot be read: {reason}. Copy or download the model again.",
    ),
    errors.ModelNameTaken: (
        "There is a model of this name",
        "“{name}” would go to {path}, where another model is. Choose another name, or remove that one first.",
    ),
    errors.ModelUnmovable: (
        "This model stays where it is",
        "{path} is neither moved nor removed: {reason}. Nothing was changed; a copy of it can be made.",
    ),
    errors.LibraryBusy: (
        "Another program is changing the models",
        "It holds {path}. Wait until it has finished, then try again.",
    ),
    errors.RepairImpossible: (
        "This file cannot be fetched again",
        "{file} of “{name}” is bad, and {reason}. Copy or download the model again.",
    ),
    errors.LicenceNotAccepted: (
        "The licence has to be accepted first",
        "“{name}” comes under the {licence}. Read it at {url}, and accept it to go on.",
    ),
    errors.ModelWorkCancelled: (
        "Cancelled",
        "Nothing was changed. Start it again when you like.",
    ),
    errors.AddressNotUnderstood: (
        "This address is not understood",
        "“{text}” is no model to download. Give a repository such as owner/name, the address of its page on Hugging "
        "Face or Civitai, or an address that begins with https://.",
    ),
    errors.UnsafeAddress: (
        "This address is not used",
        "{url}: {reason}. Only https addresses on the open internet are used. Look for another address of the file.",
    ),
    errors.UnsafeFileName: (
        "This file name is not used",
        "The source calls a file “{name}”: {reason}. Download it in a browser, rename it, and import it.",
    ),
    errors.NothingToDownload: (
        "There is nothing to download here",
        "{source}: {reason}. Look for a copy of the model as safetensors.",
    ),
    errors.RemoteNotFound: (
        "There is nothing at this address",
        "{url} does not exist, or is private. Check the address; for a private one, enter your token in the settings.",
    ),
    errors.LoginNeeded: (
        "The server asks for a login",
        "{url} wants a token, or did not accept yours. Make one on the site, give it under “Access tokens” (or with "
        "“studio models token SERVER”, SERVER such as huggingface.co), and try again.",
    ),
    errors.AccessGated: (
        "The owner asks for your consent first",
        "Open {page}, accept the conditions there with your account, give a token of yours under “Access tokens” (or "
        "with “studio models token huggingface.co”), and try again.",
    ),
    errors.DownloadRefused: (
        "The server refused the download",
        "{url} answered with HTTP status {status}. Open the address in a browser to see why, or try again later.",
    ),
    errors.RateLimited: (
        "The server asks to wait",
        "{url} allows the next try in {seconds} seconds. Resume the download then: it goes on where it stopped.",
    ),
    errors.DownloadInterrupted: (
        "The download was interrupted",
        "{url}: {reason}. Check the connection and resume: it goes on where it stopped.",
    ),
    errors.ServerUnusable: (
        "The server did not send the file",
        "{url}: {reason}. Open the address in a browser to see what is there, or try again later.",
    ),
    errors.RemoteChanged: (
        "The file on the server has changed",
        "{url}: {reason}. Start the download again to get the new one.",
    ),
    errors.DownloadDamaged: (
        "The download is damaged",
        "{path} came twice with wrong content ({found} instead of {expected}). It was not kept. Try again later, or "
        "take the model from another source.",
    ),
    errors.DownloadBusy: (
        "This is being downloaded already",
        "Another program writes to {folder}. Wait until it has finished, then try again.",
    ),
    errors.ProxyUnusable: (
        "The proxy cannot be used",
        "The system sends downloads through “{proxy}”, which is no http, https or socks5 address. Correct the setting "
        "(or HTTPS_PROXY), such as http://proxy.example:3128, then try again.",
    ),
    errors.KeyringUnusable: (
        "The keyring cannot be used",
        "Nothing can be kept in the system's keyring or read from it: {reason}. Unlock it, or install one such as "
        "GNOME Keyring or KWallet, and try again.",
    ),
}
