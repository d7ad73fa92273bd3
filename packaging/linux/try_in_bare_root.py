"""Installs the .deb in a Debian without Python, uses the program there without a network, and removes it again.

    sudo python packaging/linux/try_in_bare_root.py dist/*.deb dist/*.tar.xz [--log FILE]

The program in there also has to pass the end-to-end tests of the command line, which are run from here, and a person's
session at its window (`window_session.py`). Needs root, `debootstrap`, `unshare`, `Xvfb` and `xdotool` for the window,
and the tests' own dependencies. A step that fails ends it; the log tells each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image, ImageDraw
from window_session import Person, sit_at_the_window

ROOT = Path(__file__).parents[2]
END_TO_END = [f"tests/e2e/test_{name}.py" for name in ("command_line", "doctor", "export_command", "import_command")]
RELEASE = "bookworm"
DISPLAY = next(f":{number}" for number in range(77, 1000) if not Path(f"/tmp/.X{number}-lock").exists())
"""Nobody else's screen."""
ENVIRONMENT = {"HOME": "/root", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "DISPLAY": DISPLAY}
ENVIRONMENT |= {name: value for name, value in os.environ.items() if name == "OMP_NUM_THREADS"}
"""One thread is quicker than two on a machine that others use, too."""


class BareRoot:
    """A Debian with nothing but what must be there, below `root`."""

    def __init__(self, root: Path, log: Path) -> None:
        self._root = root
        self._log = log.open("w")

    def say(self, text: str) -> None:
        for stream in (self._log, sys.stdout):
            stream.write(f"{text}\n")
            stream.flush()

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Without a network; does not wait for its end."""
        self.say(f"$ {' '.join(command)} &")
        return subprocess.Popen(["unshare", "--net", "chroot", str(self._root), *command], env=ENVIRONMENT, text=True)

    def run(self, *command: str, network: bool = False) -> str:
        """Its output; ends this program where it fails."""
        inside = ["chroot", str(self._root), *command]
        whole = inside if network else ["unshare", "--net", *inside]
        started = time.perf_counter()
        done = subprocess.run(whole, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        self.say(f"$ {' '.join(command)}   [{time.perf_counter() - started:.1f} s, exit code {done.returncode}]")
        if done.returncode:
            sys.exit(f"{done.stdout}\n{done.stderr}")
        return done.stdout

    def run_tests(self) -> str:
        """The end-to-end tests of the command line, with the program in there instead of the sources: the last line."""
        shared = Path(tempfile.mkdtemp(prefix="latent-studio-tests-"))
        inside = self.path(str(shared))
        inside.mkdir()
        subprocess.run(["mount", "--bind", str(shared), str(inside)], check=True)
        try:
            program = self._program_for_tests(shared)
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout", "1200", *END_TO_END]
            environment = {**os.environ, "STUDIO_PROGRAM": str(program)}
            command += ["--basetemp", str(shared / "tests")]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        finally:
            subprocess.run(["umount", str(inside)], check=True)
            shutil.rmtree(shared)
        if done.returncode:
            sys.exit(f"{done.stdout}\n{done.stderr}")
        return done.stdout.splitlines()[-1]

    def _program_for_tests(self, folder: Path) -> Path:
        """Starts the installed one in the bare root, without a network, in the folder where it is called."""
        enter = f'exec unshare --net chroot "{self._root}" /bin/sh -c \'cd "$0" && exec studio "$@"\' "$PWD" "$@"'
        program = folder / "studio"
        kept = " ".join(f"{name}={value}" for name, value in ENVIRONMENT.items() if name != "DISPLAY")
        program.write_text(f"#!/bin/sh\nexport {kept}\nunset PYTHONPATH\n{enter}\n")
        program.chmod(0o755)
        return program

    def path(self, inside: str) -> Path:
        return self._root / inside.lstrip("/")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("package", type=Path, metavar="DEB")
    options.add_argument("archive", type=Path, metavar="TAR")
    options.add_argument("--log", type=Path, default=Path(__file__).with_name("bare_root.log"))
    options.add_argument("--screenshots", type=Path, metavar="DIR", help="keep what the person at the window saw")
    asked = options.parse_args()
    if asked.screenshots is not None:
        asked.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        debootstrap = ["debootstrap", "--variant=minbase", RELEASE, str(root)]
        subprocess.run(debootstrap, check=True, stdout=subprocess.DEVNULL)
        (root / "tmp" / ".X11-unix").mkdir(parents=True)
        subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)
        subprocess.run(["mount", "--bind", "/tmp/.X11-unix", str(root / "tmp" / ".X11-unix")], check=True)
        screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1440x900x24", "-ac", "-nolisten", "tcp"])
        try:
            try_everything(BareRoot(root, asked.log), Person(DISPLAY, asked.screenshots), asked.package, asked.archive)
        finally:
            screen.terminate()
            screen.wait()
            for mount in ("tmp/.X11-unix", "proc"):
                subprocess.run(["umount", str(root / mount)], check=True)


def try_everything(bare: BareRoot, person: Person, package: Path, archive: Path) -> None:
    threads = ENVIRONMENT.get("OMP_NUM_THREADS", "all")
    bare.say(
        f"{package.name} of commit {commit()}: {package.stat().st_size / 1e6:.1f} MB; {time.strftime('%Y-%m-%d')}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}, {threads} threads"
    )
    bare.say(
        f"Debian {bare.path('/etc/debian_version').read_text().strip()}, python3: {there(bare, '/usr/bin/python3')}"
    )
    install(bare, package)
    use(bare)
    sit_at_the_window(bare, person)
    bare.say(f"the tests of the command line, with this program: {bare.run_tests()}")
    remove(bare)
    install_for_one_user(bare, archive)
    bare.say("all steps passed")


def install(bare: BareRoot, package: Path) -> None:
    shutil.copy2(package, bare.path("/tmp"))
    bare.run("apt-get", "update", "-qq", network=True)
    bare.run(
        "apt-get", "install", "-y", "-qq", "--no-install-recommends", f"/tmp/{package.name}", "fonts-dejavu-core",
        network=True,
    )  # fmt: skip
    size = sum(path.lstat().st_size for path in bare.path("/usr/lib/latent-studio").rglob("*") if path.is_file())
    bare.say(f"installed: {size / 1e6:.0f} MB; python3: {there(bare, '/usr/bin/python3')}")


def use(bare: BareRoot) -> None:
    """In a terminal, and the window by itself."""
    bare.say(bare.run("studio", "doctor").rstrip())
    bare.run("studio", "generate", "a red apple", "--seed", "42", "-o", "/root/apple.png")
    half = Image.new("L", Image.open(bare.path("/root/apple.png")).size)
    ImageDraw.Draw(half).rectangle((half.width // 2, 0, half.width, half.height), fill=255)
    half.save(bare.path("/root/mask.png"))
    mask = ("--image", "/root/apple.png", "--mask", "/root/mask.png", "--strength", "0.8")
    bare.run("studio", "generate", "a green apple", "--seed", "42", *mask, "-o", "/root/inpainted.png")
    bare.run("studio", "info", "/root/inpainted.png")
    for start in ("first", "second"):
        began = time.time()
        report = json.loads(bare.run("studio", "--smoke"))
        painted, saved = (report[name] - began for name in ("window_painted_at", "picture_saved_at"))
        bare.say(f"{start} start: the window after {painted:.1f} s, a picture after {saved:.1f} s, in {report['file']}")


def remove(bare: BareRoot) -> None:
    pictures = list(bare.path("/root").rglob("*.png"))
    bare.run("dpkg", "--purge", "latent-studio")
    left = [path for path in bare.path("/usr").rglob("*latent-studio*") if "icon-theme.cache" not in path.name]
    if left or not all(picture.exists() for picture in pictures):
        sys.exit(f"left behind: {left}, or pictures are gone")
    bare.say(f"removed: nothing is left below /usr, {len(pictures)} pictures are still there")


def install_for_one_user(bare: BareRoot, archive: Path) -> None:
    """The archive's own installer, below the user's folder, without Debian's packages; goes without the archive."""
    subprocess.run(["tar", "-xJf", str(archive), "-C", str(bare.path("/root"))], check=True)
    [installer] = bare.path("/root").glob("latent-studio-*/install.sh")
    inside = f"/root/{installer.parent.name}/install.sh"
    bare.say(f"{archive.name}: {archive.stat().st_size / 1e6:.1f} MB")
    local = bare.path("/root/.local")
    before = set(local.rglob("*"))
    bare.run(inside)
    bare.run("/root/.local/bin/studio", "generate", "a car", "--steps", "4", "-o", "/root/car.png")
    shutil.rmtree(installer.parent)
    bare.run("/root/.local/lib/latent-studio/install.sh", "--uninstall")
    data = local / "share" / "latent-studio"
    left = [path for path in set(local.rglob("*")) - before if not path.is_relative_to(data)]
    if left or not bare.path("/root/car.png").exists():
        sys.exit(f"left behind: {left}, or the picture is gone")
    bare.say("installed for one user, used and removed; nothing but settings, data and the picture is left")


def commit() -> str:
    """Of the sources here, which the package should have been made of."""
    return subprocess.run(
        ["git", "log", "-1", "--format=%h"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def there(bare: BareRoot, file: str) -> str:
    return "there" if bare.path(file).exists() else "not there"


if __name__ == "__main__":
    main()
