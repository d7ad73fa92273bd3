"""Makes a .deb and a .tar.xz with an installer out of the frozen program.

    python packaging/linux/make_packages.py [--program dist/latent-studio] [--out dist]

Needs `dpkg-deb`, `tar` and `xz`, and Qt for the icons.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE.parent), str(ROOT)]

from icons import write_theme_icons  # noqa: E402

from studio.core.version import VERSION  # noqa: E402

NAME = "latent-studio"
METAINFO = "io.github.latentstudio.LatentStudio.metainfo.xml"
PROGRAMS = ("studio", "studio-gui")
MANUAL = ("studio.1", "studio-gui.1")
DEPENDS = (
    "libegl1, libgl1, libopengl0, libxkbcommon0, libxkbcommon-x11-0, libfontconfig1, libdbus-1-3, "
    "libglib2.0-0 | libglib2.0-0t64, libxcb-cursor0, libxcb-icccm4, libxcb-image0, libxcb-keysyms1, libxcb-randr0, "
    "libxcb-render-util0, libxcb-shape0, libxcb-xfixes0, libxcb-xkb1"
)
"""What Qt takes from the system."""
RECOMMENDS = "xdg-desktop-portal, default-dbus-session-bus | dbus-session-bus"
"""The desktop's theme, accent and notifications come by these."""
SUGGESTS = "gnome-keyring | kwalletmanager, fonts-noto-cjk"
"""Tokens of sites that ask for an account are kept there; Japanese and Chinese are written with these."""
_LIBC_VERSION = re.compile(rb"GLIBC_2\.(\d+)")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", type=Path, default=ROOT / "dist" / NAME)
    options.add_argument("--out", type=Path, default=ROOT / "dist")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.out) as work:  # on one disk with the program, for hard links
        sys.stdout.write(f"{deb(asked.program, Path(work) / 'deb', asked.out)}\n")
        sys.stdout.write(f"{tarball(asked.program, Path(work) / 'tar', asked.out)}\n")


def deb(program: Path, tree: Path, out: Path) -> Path:
    """The Debian package: everything below /usr, nothing runs as root but the triggers of the desktop."""
    _copy(program, tree / "usr" / "lib" / NAME)
    programs = tree / "usr" / "bin"
    programs.mkdir(parents=True)
    for name in PROGRAMS:
        (programs / name).symlink_to(f"../lib/{NAME}/{name}")
    write_share(tree / "usr" / "share")
    _write_documents(tree / "usr" / "share" / "doc" / NAME)
    overrides = tree / "usr" / "share" / "lintian" / "overrides" / NAME
    overrides.parent.mkdir(parents=True)
    shutil.copyfile(HERE / "lintian-overrides", overrides)
    _write_control(tree)
    file = out / f"{NAME}_{VERSION}_amd64.deb"
    # With SOURCE_DATE_EPOCH the times of files in it are no later: the same program gives the same package.
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", str(tree), str(file)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return file


def tarball(program: Path, tree: Path, out: Path) -> Path:
    """For every other Linux: `install.sh` puts it below ~/.local, or wherever it is told."""
    folder = tree / f"{NAME}-{VERSION}"
    _copy(program, folder / "lib" / NAME)
    write_share(folder / "share")
    shutil.copy2(HERE / "install.sh", folder / "install.sh")
    file = out / f"{NAME}-{VERSION}-linux-x86_64.tar.xz"
    command = ["tar", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "-C", str(tree)]
    environment = {**os.environ, "XZ_OPT": "-6 -T0"}
    subprocess.run([*command, "-cJf", str(file), folder.name], check=True, env=environment)
    return file


def write_share(share: Path) -> None:
    """What the desktop reads: the menu's entry, icons, types of files, the text for software centres, the manual."""
    for source, target in (
        ("latent-studio.desktop", "applications/latent-studio.desktop"),
        ("latent-studio.xml", "mime/packages/latent-studio.xml"),
        (METAINFO, f"metainfo/{METAINFO}"),
    ):
        (share / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / source, share / target)
    write_theme_icons(share / "icons" / "hicolor")
    for page in MANUAL:
        _compress(HERE / page, share / "man" / "man1" / f"{page}.gz")


def _copy(program: Path, target: Path) -> None:
    """With hard links where that is possible: it is a gigabyte. Libraries need not be executable."""
    shutil.copytree(program, target, symlinks=True, copy_function=os.link)
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            path.chmod(0o755 if path.name in PROGRAMS and path.parent == target else 0o644)


def _write_documents(folder: Path) -> None:
    folder.mkdir(parents=True)
    shutil.copyfile(HERE / "copyright", folder / "copyright")
    _compress(HERE / "changelog", folder / "changelog.gz")


def _compress(source: Path, target: Path) -> None:
    """The same bytes every time: without a name and a time in it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as plain, gzip.GzipFile("", "wb", compresslevel=9, fileobj=plain, mtime=0) as file:
        file.write(source.read_bytes())


def needed_libc(tree: Path) -> str:
    """The oldest GNU libc that has all that the programs and libraries below `tree` are linked with."""
    binaries = (path for path in tree.rglob("*") if ".so" in path.name or path.name in PROGRAMS)
    contents = (path.read_bytes() for path in binaries if path.is_file() and not path.is_symlink())
    return f"2.{max(int(number) for content in contents for number in _LIBC_VERSION.findall(content))}"


def _write_control(tree: Path) -> None:
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    fields = {
        "Package": NAME,
        "Version": VERSION,
        "Architecture": "amd64",
        "Maintainer": "The Latent Studio makers <makers@latentstudio.github.io>",
        "Installed-Size": str(size // 1024),
        "Depends": f"libc6 (>= {needed_libc(tree)}), {DEPENDS}",
        "Recommends": RECOMMENDS,
        "Suggests": SUGGESTS,
        "Section": "graphics",
        "Priority": "optional",
        "Homepage": "https://latentstudio.github.io/",
        "Description": "make pictures from words on your own computer\n"
        " Pictures come out of noise, step by step, while you watch. Nothing leaves the\n"
        " computer: the model for the first picture is inside, and others are fetched\n"
        " only when you ask for them.",
    }
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text("".join(f"{name}: {value}\n" for name, value in fields.items()))


if __name__ == "__main__":
    main()
