"""`studio models`: the model manager without a window."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from studio.app.model_stores import model_catalogue, model_library
from studio.app.models_output import (
    model_json,
    print_json,
    print_scan,
    print_table,
    progress,
    scan_json,
    size_text,
    verification_json,
)
from studio.app.terminal import (
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    HOME,
    cancelled_by_interrupt,
    errors_as_sentences,
    start_paths,
)
from studio.checkpoints.catalogue import CatalogueContent
from studio.checkpoints.catalogue_entry import Bundled, CatalogueEntry
from studio.checkpoints.installed_model import AnyModel, InstalledModel
from studio.checkpoints.library import ModelLibrary
from studio.checkpoints.model_arrival import HowToAdd
from studio.checkpoints.model_kind import ModelKind
from studio.checkpoints.work_progress import WorkProgress
from studio.core.checkpoint import Prediction
from studio.core.errors import ModelUnmovable
from studio.core.resources import resource_path
from studio.settings.paths import UserPaths
from studio.ui.messages import message_for, readable_bytes
from studio.ui.messages.library_texts import catalogue_text, removal_text, verification_text

if TYPE_CHECKING:
    from studio.checkpoints.verification import Verification
    from studio.core.download import DownloadProgress

Command = TypeVar("Command", bound=Callable[..., None])

_JSON = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
_KIND = click.option("--kind", type=click.Choice([kind.value for kind in ModelKind]), help="Only those of one kind.")


def _how_to_add(command: Command) -> Command:
    """The three ways, of which one is taken."""
    for way, text in (
        (HowToAdd.MOVE, "Move it into the program's folder."),
        (HowToAdd.COPY, "Copy it into the program's folder."),
        (HowToAdd.IN_PLACE, "Use it where it is (usual)."),
    ):
        option = f"--{way.replace('_', '-')}"
        command = click.option(option, "how", flag_value=way.value, default=HowToAdd.IN_PLACE.value, help=text)(command)
    return command


@click.group()
def models() -> None:
    """Models and add-ons on this machine, and those that can be had."""


@models.command("list")
@_KIND
@_JSON
@HOME
@click.pass_obj
def list_models(group_home: Path | None, kind: str | None, as_json: bool, home: Path | None) -> None:
    """Print what is installed, and why the rest of what lies there cannot be used."""
    with errors_as_sentences():
        paths = start_paths(home or group_home)
        content = model_library(paths).look()
        found = [model for model in content.models if kind in {None, model.kind}]
        bundled = [entry for entry in _catalogue(paths).entries if isinstance(entry.origin, Bundled)]
        if as_json:
            print_json([model_json(model) for model in found])
            return
        rows = [
            (entry.name, entry.kind, entry.family, "", "bundled") for entry in bundled if kind in {None, entry.kind}
        ]
        rows += [(model.name, model.kind, model.family, readable_bytes(model.size), str(model.path)) for model in found]
        print_table(rows)
        for problem in content.problems:
            click.echo(f"studio: {message_for(problem)}", err=True)


@models.command()
@click.argument("text", default="")
@_KIND
@_JSON
@HOME
@click.pass_obj
def search(group_home: Path | None, text: str, kind: str | None, as_json: bool, home: Path | None) -> None:
    """Print the models of the catalogue in which all words of TEXT occur. Nothing is asked of the network."""
    with errors_as_sentences():
        entries = [
            entry for entry in _catalogue(start_paths(home or group_home)).search(text) if kind in {None, entry.kind}
        ]
        if as_json:
            print_json([dict(entry.document) for entry in entries])
        else:
            print_table([(entry.id, entry.name, size_text(entry), entry.licence.name) for entry in entries])
            if not entries:
                click.echo("No model of the catalogue has all these words.", err=True)


@models.command()
@click.argument("path", type=click.Path(path_type=Path))
@_how_to_add
@click.option("--name", help="What to call it.")
@_JSON
@HOME
@click.pass_obj
def add(group_home: Path | None, path: Path, how: str, name: str | None, as_json: bool, home: Path | None) -> None:
    """Add the model folder or file PATH."""
    with errors_as_sentences(), cancelled_by_interrupt() as cancel, progress("Copying") as on_progress:
        library = model_library(start_paths(home or group_home))
        added = library.add_local(path, HowToAdd(how), name=name, on_progress=on_progress, cancel=cancel)
        print_json(model_json(added)) if as_json else click.echo(str(added.path))


@models.command()
@click.argument("name", default="")
@click.option("--all", "everything", is_flag=True, help="Every installed model.")
@click.option("--repair", is_flag=True, help="Fetch the files that are bad, and no other, again.")
@_JSON
@HOME
@click.pass_obj
def verify(
    group_home: Path | None, name: str, everything: bool, repair: bool, as_json: bool, home: Path | None
) -> None:
    """Read all files of the model NAME and compare them with what their source published, or with the first time."""
    with errors_as_sentences():
        paths = start_paths(home or group_home)
        library, catalogue = model_library(paths), _catalogue(paths)
        chosen = _every_model(library) if everything else (library.find_any(name),)
        results = _verified(library, catalogue, chosen)
        if repair:
            results = [
                _repaired(paths, catalogue, model, result) if result.bad else result
                for model, result in zip(chosen, results, strict=True)
            ]
        if as_json:
            print_json([verification_json(result) for result in results])
        else:
            for result in results:
                click.echo(verification_text(result))
        if any(result.bad for result in results):
            sys.exit(EXIT_FAILURE)


@models.command()
@click.argument("name")
@_JSON
@HOME
@click.pass_obj
def remove(group_home: Path | None, name: str, as_json: bool, home: Path | None) -> None:
    """Put the model NAME into the trash. Of a model used in place only the entry in the list goes."""
    with errors_as_sentences():
        paths = start_paths(home or group_home)
        library = model_library(paths)
        _refuse_bundled(_catalogue(paths), name)
        removal = library.remove(library.find_any(name))
        if as_json:
            shared = [{"path": file.path, "size": file.size, "users": file.users} for file in removal.shared]
            print_json({"name": removal.name, "freed": removal.freed, "shared": shared})
        else:
            click.echo(removal_text(removal))


@models.command()
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@_JSON
@HOME
@click.pass_obj
def move(group_home: Path | None, name: str, folder: Path, as_json: bool, home: Path | None) -> None:
    """Move the model NAME into FOLDER, for example on another disk, and use it there."""
    with errors_as_sentences(), cancelled_by_interrupt() as cancel, progress("Moving") as on_progress:
        paths = start_paths(home or group_home)
        library = model_library(paths)
        _refuse_bundled(_catalogue(paths), name)
        moved = library.move(library.find(name), folder, on_progress=on_progress, cancel=cancel)
        print_json(model_json(moved)) if as_json else click.echo(str(moved.path))


@models.command()
@click.argument("name")
@click.argument("what", type=click.Choice(["noise", "v", "automatic"]))
@_JSON
@HOME
@click.pass_obj
def predicts(group_home: Path | None, name: str, what: str, as_json: bool, home: Path | None) -> None:
    """Say what the model NAME predicts, where its file does not tell (single files of Stable Diffusion 2)."""
    with errors_as_sentences():
        library = model_library(start_paths(home or group_home))
        prediction = {"noise": Prediction.EPSILON, "v": Prediction.V}.get(what)
        chosen = library.choose_prediction(library.find(name, ModelKind.CHECKPOINT), prediction)
        print_json(model_json(chosen)) if as_json else click.echo(str(chosen.path))


@models.command("import")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--all", "everything", is_flag=True, help="Add everything that was found.")
@_how_to_add
@_JSON
@HOME
@click.pass_obj
def import_models(
    group_home: Path | None,
    folders: tuple[Path, ...],
    everything: bool,
    how: str,
    as_json: bool,
    home: Path | None,
) -> None:
    """Look for models in FOLDERS, or where other programs keep them (Hugging Face, A1111, ComfyUI, InvokeAI)."""
    from studio.checkpoints.scan import scan
    from studio.checkpoints.usual_places import places_of, usual_places

    with errors_as_sentences(), cancelled_by_interrupt() as cancel:
        library = model_library(start_paths(home or group_home))
        places = [place for folder in folders for place in places_of(folder.absolute())] or usual_places(Path.home())
        installed = frozenset(model.path for model in library.installed())
        result = scan(places, installed=installed, cancel=cancel)
        new = [found for found in result.models if not found.installed]
        with progress("Copying") as on_progress:
            for found in new if everything else ():
                library.add_local(
                    found.model.path, HowToAdd(how), name=found.name, on_progress=on_progress, cancel=cancel
                )
        print_json(scan_json(result)) if as_json else print_scan(result, added=everything)


@models.command()
@click.argument("what")
@click.option("--accept-licence", is_flag=True, help="You have read its licence and accept it.")
@_JSON
@HOME
@click.pass_obj
def download(group_home: Path | None, what: str, accept_licence: bool, as_json: bool, home: Path | None) -> None:
    """Fetch WHAT: an id of the catalogue, owner/name on Hugging Face, civitai:VERSION, or an https address.

    It goes on where it stopped when it is run again.
    """
    with errors_as_sentences():
        paths = start_paths(home or group_home)
        entry = _catalogue(paths).find(what)
        if entry is not None and isinstance(entry.origin, Bundled):
            click.echo(f"“{entry.name}” comes with the program.", err=True)
            return
        model = _installed(model_library(paths), entry) or _fetched(paths, what, entry, accept_licence=accept_licence)
        print_json(model_json(model)) if as_json else click.echo(str(model.path))


@models.command()
@click.argument("server")
def token(server: str) -> None:
    """Keep your token for SERVER, such as huggingface.co or civitai.com, in the system's keyring.

    It is asked for without showing it, or read from the standard input. An empty one forgets what is kept.
    """
    from studio.checkpoints.download.credentials import KeyringTokens, server_of

    with errors_as_sentences():
        name = (server_of(server) if "://" in server else server.partition("/")[0]).lower()
        secret = _secret(f"Token for {name} (empty: forget it)")
        KeyringTokens().store(name, secret)
        click.echo(f"The token for {name} is in the keyring." if secret else f"No token is kept for {name}.")


# --- what the commands do ---


def _secret(question: str) -> str:
    """Nothing of it is shown, and in a pipe it is one line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    answer: str = click.prompt(question, default="", hide_input=True, show_default=False, err=True)
    return answer.strip()


def _catalogue(paths: UserPaths) -> CatalogueContent:
    """What is wrong with the user's own catalogue is said, and does not stop anything."""
    content = model_catalogue(paths).read()
    for notice in content.notices:
        click.echo(f"studio: {catalogue_text(notice)}", err=True)
    return content


def _every_model(library: ModelLibrary) -> tuple[AnyModel, ...]:
    content = library.look()
    return (*content.models, *content.broken)


def _verified(library: ModelLibrary, catalogue: CatalogueContent, models: Iterable[AnyModel]) -> list[Verification]:
    from studio.checkpoints.download_plans import known_addresses

    published = frozenset(known_addresses(catalogue))
    with cancelled_by_interrupt() as cancel, progress("Reading") as on_progress:
        return [library.verify(model, published=published, on_progress=on_progress, cancel=cancel) for model in models]


def _repaired(
    paths: UserPaths, catalogue: CatalogueContent, model: AnyModel, verification: Verification
) -> Verification:
    """What its files are after the bad ones were fetched again."""
    from studio.app.model_download import repair_model
    from studio.checkpoints.download_plans import repair_plan

    library = model_library(paths)
    plan = repair_plan(model, library.manifest(model), verification, catalogue)
    if plan is None:
        return verification
    repaired = _download(lambda report: repair_model(paths, plan, report))
    return _verified(library, catalogue, (repaired,))[0]


def _installed(library: ModelLibrary, entry: CatalogueEntry | None) -> InstalledModel | None:
    if entry is None:
        return None
    return next((model for model in library.installed() if model.entry_id == entry.id), None)


def _fetched(paths: UserPaths, what: str, entry: CatalogueEntry | None, *, accept_licence: bool) -> InstalledModel:
    from studio.app.model_download import download_model

    return _download(lambda report: download_model(paths, what, entry, accept_licence=accept_licence, report=report))


def _download(
    begin: Callable[[Callable[[DownloadProgress], None]], Coroutine[None, None, InstalledModel]],
) -> InstalledModel:
    """Run to its end what `begin` gives, which is told whom to report to."""
    import asyncio

    try:
        with progress("Downloading") as on_progress:

            def report(now: DownloadProgress) -> None:
                on_progress(WorkProgress(now.path, now.bytes_done, now.bytes_total or 0))

            return asyncio.run(begin(report))
    except KeyboardInterrupt:
        click.echo("Stopped. Run the same command again: it goes on where it stopped.", err=True)
        sys.exit(EXIT_INTERRUPTED)


def _refuse_bundled(catalogue: CatalogueContent, name: str) -> None:
    """Raises ModelUnmovable for a model that comes with the program."""
    entry = catalogue.find(name)
    if entry is not None and isinstance(entry.origin, Bundled):
        raise ModelUnmovable(resource_path(entry.origin.folder), "it comes with the program")
