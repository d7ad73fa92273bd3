"""The Linux packages around a program of three lines: what they install, and that nothing is left of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from click import Context
from PIL import Image

from studio.app.cli import studio
from studio.core.version import VERSION

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
LINUX = PACKAGING / "linux"

pytestmark = pytest.mark.tools


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(LINUX))
    monkeypatch.setattr(sys, "path", [*sys.path])  # the scripts add their folders
    yield
    for name in ("make_packages", "icons"):
        sys.modules.pop(name, None)


@pytest.fixture
def program(tmp_path: Path) -> Path:
    folder = tmp_path / "dist" / "latent-studio"
    (folder / "_internal").mkdir(parents=True)
    (folder / "_internal" / "library.so").write_bytes(b"\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_PRIVATE\0")
    (folder / "_internal" / "older.so.1").write_bytes(b"GLIBC_2.4")
    (folder / "studio").write_text("#!/bin/sh\necho this is the program\n")
    (folder / "studio").chmod(0o755)
    (folder / "studio-gui").symlink_to("studio")
    return folder


def run(*command: str | Path, home: Path | None = None) -> str:
    environment = {**os.environ, "HOME": str(home)} if home else None
    return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_the_debian_package_has_the_program_and_what_the_desktop_reads(program: Path, tmp_path: Path) -> None:
    from make_packages import deb

    package = deb(program, tmp_path / "tree", tmp_path)
    assert package.name == f"latent-studio_{VERSION}_amd64.deb"
    root = tmp_path / "root"
    run("dpkg-deb", "--extract", package, root)
    assert run(root / "usr" / "bin" / "studio") == "this is the program\n"
    assert run(root / "usr" / "bin" / "studio-gui") == "this is the program\n"
    share = root / "usr" / "share"
    for name in (
        "applications/latent-studio.desktop",
        "mime/packages/latent-studio.xml",
        "metainfo/io.github.latentstudio.LatentStudio.metainfo.xml",
        "icons/hicolor/256x256/apps/latent-studio.png",
        "icons/hicolor/scalable/apps/latent-studio.svg",
        "icons/hicolor/symbolic/apps/latent-studio-symbolic.svg",
        "doc/latent-studio/copyright",
        "doc/latent-studio/changelog.gz",
        "lintian/overrides/latent-studio",
        "man/man1/studio.1.gz",
        "man/man1/studio-gui.1.gz",
    ):
        assert (share / name).stat().st_size > 0, name
    depends = run("dpkg-deb", "--field", package, "Depends")
    assert "libc6 (>= 2.34)" in depends
    assert "libxcb-cursor0" in depends
    assert "xdg-desktop-portal" in run("dpkg-deb", "--field", package, "Recommends")
    assert "gnome-keyring" in run("dpkg-deb", "--field", package, "Suggests")


def test_the_copyright_of_the_debian_package_tells_where_those_of_its_parts_are() -> None:
    paragraphs = (LINUX / "copyright").read_text().split("\n\n")
    named = {name for text in paragraphs for name in re.findall(r"^License: (\S+)$", text, re.MULTILINE)}
    texts = {text.split()[1]: text for text in paragraphs if text.startswith("License: ")}
    assert texts.keys() == named
    assert "_internal/resources/third_party/licences.txt" in texts["of-each-part"]
    [everything] = [text for text in paragraphs if text.startswith("Files: *\n")]
    assert "License: of-each-part" in everything


def test_software_centres_show_pictures_that_are_there_and_a_line_in_each_language() -> None:
    metainfo = ElementTree.parse(LINUX / "io.github.latentstudio.LatentStudio.metainfo.xml")
    shown = metainfo.findall("screenshots/screenshot/image")
    assert len(shown) >= 3
    for image in shown:
        with Image.open(ROOT / "resources" / "screenshots" / Path(str(image.text)).name) as picture:
            assert picture.size == (int(image.attrib["width"]), int(image.attrib["height"]))
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    summaries = {each.get(language): each.text for each in metainfo.findall("summary")}
    entry = (LINUX / "latent-studio.desktop").read_text()
    comments = dict(re.findall(r"^Comment\[(\w+)\]=(.*)$", entry, re.MULTILINE))
    assert comments.keys() == {file.stem for file in (PACKAGING / "languages").glob("*.po")}
    assert summaries == {None: re.findall(r"^Comment=(.*)$", entry, re.MULTILINE)[0], **comments}


def test_the_same_program_gives_the_same_package(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from make_packages import deb

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795651200")
    for number in ("1", "2"):
        (tmp_path / number).mkdir()
    one, two = (deb(program, tmp_path / f"tree{number}", tmp_path / number) for number in ("1", "2"))
    assert one.read_bytes() == two.read_bytes()


@pytest.fixture
def installer(program: Path, tmp_path: Path) -> Path:
    """In the archive, taken apart."""
    from make_packages import tarball

    archive = tarball(program, tmp_path / "tree", tmp_path)
    run("tar", "-xJf", archive, "-C", tmp_path)
    return tmp_path / f"latent-studio-{VERSION}" / "install.sh"


def test_the_installer_puts_everything_below_a_prefix_and_takes_it_away_again(installer: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    mine = home / ".local" / "share" / "latent-studio" / "user.db"
    mine.parent.mkdir(parents=True)
    mine.write_text("pictures")
    other = home / ".local" / "share" / "icons" / "hicolor" / "256x256" / "apps" / "other.png"
    other.parent.mkdir(parents=True)
    other.write_text("another program's")

    for _ in range(2):  # also over an older one
        run(installer, home=home)
        assert run(home / ".local" / "bin" / "studio") == "this is the program\n"
        assert (home / ".local" / "share" / "applications" / "latent-studio.desktop").exists()
    run(installer, "--uninstall", home=home)
    assert files_below(home / ".local") - {"share/icons/hicolor/icon-theme.cache"} == {  # it is the other's, too
        "share/latent-studio/user.db",
        "share/icons/hicolor/256x256/apps/other.png",
    }


def test_without_the_archive_it_is_taken_away_by_what_was_installed_and_no_folder_is_left(
    installer: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    for _ in range(2):
        run(installer, home=home)
    shutil.rmtree(installer.parent)

    run(home / ".local" / "lib" / "latent-studio" / "install.sh", "--uninstall", home=tmp_path / "another")

    assert list(home.iterdir()) == []


def test_the_menu_finds_what_is_not_among_the_folders_for_programs(installer: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "my programs"

    run(installer, prefix)

    entry = prefix / "share" / "applications" / "latent-studio.desktop"
    assert run("desktop-file-validate", entry) == ""
    lines = entry.read_text().splitlines()
    assert lines.count(f'Exec="{prefix}/bin/studio-gui" %F') == 1
    assert f"TryExec={prefix}/bin/studio-gui" in lines


def test_an_installation_that_fails_leaves_the_older_program(installer: Path, tmp_path: Path) -> None:
    prefix = tmp_path / "prefix"
    run(installer, prefix)
    shutil.rmtree(installer.parent / "lib")

    failed = subprocess.run([installer, prefix], capture_output=True, check=False)

    assert failed.returncode != 0
    assert run(prefix / "bin" / "studio") == "this is the program\n"
    assert not (prefix / "lib" / "latent-studio.new").exists()


def test_the_manual_names_every_command() -> None:
    page = (LINUX / "studio.1").read_text().replace("\\", "")
    described = set(re.findall(r"^\.BR? (\S+)(?: \", \" (\S+))?$", page, re.MULTILINE))
    names = {name for names in described for name in names}
    assert set(studio.list_commands(Context(studio))) <= names
    for option in ("--home", "--safe", "--smoke"):
        assert option in page


def test_the_manifest_for_flatpak_takes_the_archive_of_this_version_apart() -> None:
    manifest = yaml.safe_load((LINUX / "io.github.latentstudio.LatentStudio.yml").read_text())
    metainfo = ElementTree.parse(LINUX / f"{manifest['id']}.metainfo.xml")
    assert metainfo.findtext("id") == manifest["id"]
    [module] = manifest["modules"]
    assert Path(module["sources"][0]["path"]).name == f"latent-studio-{VERSION}-linux-x86_64.tar.xz"
    assert (
        f"ln -s ../lib/latent-studio/{manifest['command']} /app/bin/{manifest['command']}" in module["build-commands"]
    )


def test_the_desktops_own_checks_find_nothing(tmp_path: Path) -> None:
    assert run("desktop-file-validate", LINUX / "latent-studio.desktop") == ""
    report = run("appstreamcli", "validate", "--no-net", LINUX / "io.github.latentstudio.LatentStudio.metainfo.xml")
    assert "errors" not in report
    assert "warnings" not in report
    database = tmp_path / "mime"
    (database / "packages").mkdir(parents=True)
    (database / "packages" / "latent-studio.xml").write_bytes((LINUX / "latent-studio.xml").read_bytes())
    run("update-mime-database", database)
    assert (database / "globs").read_text().splitlines()[-2:] == [
        "application/x-latent-studio-canvas:*.lstudio",
        "application/x-safetensors:*.safetensors",
    ]
