"""Installs the .deb in a Debian without Python, uses the program there without a network, and removes it again.

    sudo python packaging/linux/try_in_bare_root.py dist/latent-studio_0.1.0_amd64.deb [--log FILE]

Needs root, `debootstrap`, `unshare`, and `Xvfb` for the window. A step that fails ends it; the log tells each.
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

RELEASE = "bookworm"
DISPLAY = ":77"
ENVIRONMENT = {"HOME": "/root", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", "DISPLAY": DISPLAY}


class BareRoot:
    """A Debian with nothing but what must be there, below `root`."""

    def __init__(self, root: Path, log: Path) -> None:
        self._root = root
        self._log = log.open("w")

    def say(self, text: str) -> None:
        for stream in (self._log, sys.stdout):
            stream.write(f"{text}\n")
            stream.flush()

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

    def path(self, inside: str) -> Path:
        return self._root / inside.lstrip("/")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("package", type=Path)
    options.add_argument("--log", type=Path, default=Path(__file__).with_name("bare_root.log"))
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        debootstrap = ["debootstrap", "--variant=minbase", RELEASE, str(root)]
        subprocess.run(debootstrap, check=True, stdout=subprocess.DEVNULL)
        (root / "tmp" / ".X11-unix").mkdir(parents=True)
        subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)
        subprocess.run(["mount", "--bind", "/tmp/.X11-unix", str(root / "tmp" / ".X11-unix")], check=True)
        screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1440x900x24", "-ac", "-nolisten", "tcp"])
        try:
            try_everything(BareRoot(root, asked.log), asked.package)
        finally:
            screen.terminate()
            screen.wait()
            for mount in ("tmp/.X11-unix", "proc"):
                subprocess.run(["umount", str(root / mount)], check=True)


def try_everything(bare: BareRoot, package: Path) -> None:
    bare.say(
        f"{package.name}: {package.stat().st_size / 1e6:.1f} MB; {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores"
    )
    bare.say(
        f"Debian {bare.path('/etc/debian_version').read_text().strip()}, python3: {there(bare, '/usr/bin/python3')}"
    )
    install(bare, package)
    use(bare)
    remove(bare)
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
    """As a person would: in a terminal, then in a window."""
    bare.say(bare.run("studio", "doctor").rstrip())
    bare.run("studio", "generate", "a red apple", "--seed", "42", "-o", "/root/apple.png")
    half = Image.new("L", Image.open(bare.path("/root/apple.png")).size)
    ImageDraw.Draw(half).rectangle((half.width // 2, 0, half.width, half.height), fill=255)
    half.save(bare.path("/root/mask.png"))
    mask = ("--image", "/root/apple.png", "--mask", "/root/mask.png", "--strength", "0.8")
    bare.run("studio", "generate", "a green apple", "--seed", "42", *mask, "-o", "/root/inpainted.png")
    bare.run("studio", "info", "/root/inpainted.png")
    for start in ("first", "second"):
        report = json.loads(bare.run("studio", "--smoke"))
        started = report["picture_saved_at"] - report["window_painted_at"]
        bare.say(f"{start} start of the window: a picture {started:.1f} s after it was painted, in {report['file']}")


def remove(bare: BareRoot) -> None:
    pictures = list(bare.path("/root").rglob("*.png"))
    bare.run("dpkg", "--purge", "latent-studio")
    left = [path for path in bare.path("/usr").rglob("*latent-studio*") if "icon-theme.cache" not in path.name]
    if left or not all(picture.exists() for picture in pictures):
        sys.exit(f"left behind: {left}, or pictures are gone")
    bare.say(f"removed: nothing is left below /usr, {len(pictures)} pictures are still there")


def there(bare: BareRoot, file: str) -> str:
    return "there" if bare.path(file).exists() else "not there"


if __name__ == "__main__":
    main()
