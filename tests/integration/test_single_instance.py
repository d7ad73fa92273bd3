"""A second start hands its files to the first; nobody else can tell it anything."""

from __future__ import annotations

import contextlib
import json
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.app.single_instance import SingleInstance, hand_over
from studio.core.errors import AlreadyRunning
from studio.settings.paths import UserPaths
from tests.helpers.fake_session import FakeSession
from tests.helpers.program import ROOT, run_studio
from tests.integration.program_under_test import running_studio

HANDING_OVER = """
import sys
from pathlib import Path
from studio.app.single_instance import hand_over
from studio.settings.paths import UserPaths
home, *files = map(Path, sys.argv[1:])
sys.exit(not hand_over(UserPaths.below(home), files))
"""


@pytest.fixture
def paths(tmp_path: Path) -> UserPaths:
    paths = UserPaths.below(tmp_path / "home")
    paths.create()
    return paths


@pytest.fixture
def first(qapp: QApplication, paths: UserPaths) -> Iterator[SingleInstance]:
    first = SingleInstance(paths)
    yield first
    first.close()


def told(path: Path, message: bytes, qtbot: QtBot) -> bytes:
    """What is answered to a message from any program, until the first instance hangs up."""

    def speak() -> bytes:
        with socket.socket(socket.AF_UNIX) as speaker:
            speaker.connect(str(path))
            speaker.sendall(message)
            answer = b""
            while part := speaker.recv(100):
                answer += part
            return answer

    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(speak)
        qtbot.waitUntil(answer.done)
        return answer.result()


def hands_over(paths: UserPaths, files: tuple[Path, ...], qtbot: QtBot) -> bool:
    """Whether another process could."""
    second = QProcess()
    second.setWorkingDirectory(str(ROOT))
    with qtbot.waitSignal(second.finished):
        second.start(sys.executable, ["-c", HANDING_OVER, str(paths.data.parent), *map(str, files)])
    return second.exitCode() == 0


def test_a_second_start_hands_its_files_to_the_first(first: SingleInstance, paths: UserPaths, qtbot: QtBot) -> None:
    with pytest.raises(AlreadyRunning):
        SingleInstance(paths)
    files = (Path("/pictures/ä b.png"), Path("/pictures/2.png"))
    with qtbot.waitSignal(first.asked) as asked:
        assert hands_over(paths, files, qtbot)
    assert asked.args == [files]


def test_only_the_user_may_open_the_socket(first: SingleInstance, paths: UserPaths) -> None:
    mode = (paths.data / "studio.socket").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert mode & 0o077 == 0


@pytest.mark.parametrize(
    "message",
    [
        b"\n",
        b"show me everything\n",
        b"[" * 50_000 + b"\n",
        b"\xff\xfe\n",
        json.dumps({"version": 2, "files": []}).encode() + b"\n",
        json.dumps({"version": 1, "files": "/etc/passwd"}).encode() + b"\n",
        json.dumps({"version": 1, "files": ["not/absolute.png"]}).encode() + b"\n",
        json.dumps({"version": 1, "files": ["/nul\0.png"]}).encode() + b"\n",
        json.dumps({"version": 1, "files": [7]}).encode() + b"\n",
        json.dumps({"version": 1, "files": ["/a.png"] * 1001}).encode() + b"\n",
        b"a" * 70_000,
        b"never ends",
    ],
)
def test_a_message_that_is_not_understood_changes_nothing(
    first: SingleInstance, paths: UserPaths, qtbot: QtBot, message: bytes
) -> None:
    hung_up = contextlib.suppress(BrokenPipeError, ConnectionResetError)  # while this was still speaking
    with qtbot.assertNotEmitted(first.asked), hung_up:
        assert told(paths.data / "studio.socket", message, qtbot) == b""


def test_what_a_killed_instance_left_hinders_nobody(qapp: QApplication, paths: UserPaths, qtbot: QtBot) -> None:
    (paths.data / "studio.socket").write_bytes(b"")
    assert not hand_over(paths, ())
    first = SingleInstance(paths)
    assert told(paths.data / "studio.socket", b'{"version": 1, "files": []}\n', qtbot) == b"ok\n"
    first.close()


def test_a_home_whose_name_is_long_has_a_socket_elsewhere(qapp: QApplication, tmp_path: Path, qtbot: QtBot) -> None:
    paths = UserPaths.below(tmp_path / ("long" * 40))
    paths.create()
    first = SingleInstance(paths)
    with qtbot.waitSignal(first.asked):
        assert hands_over(paths, (), qtbot)
    first.close()


def test_files_that_are_handed_over_are_opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    """One on the canvas; several go into the gallery. Also before the canvas is there."""
    for name in ("one", "two", "three"):
        Image.new("RGB", (64, 64), "red" if name == "two" else "blue" if name == "one" else "green").save(
            tmp_path / f"{name}.png"
        )
    with running_studio(qapp, qtbot, tmp_path / "home", lambda _: FakeSession()) as studio:
        studio.come_to_front([tmp_path / "one.png"])
        qtbot.waitUntil(lambda: studio.canvas.desk.is_shown)
        studio.come_to_front([tmp_path / "two.png", tmp_path / "three.png"])
        qtbot.waitUntil(lambda: studio.gallery_model.rowCount() == 2)
        assert studio.window.isVisible()


def test_two_processes(tmp_path: Path) -> None:
    """The first shows a window; the second is over at once."""
    home = tmp_path / "home"
    Image.new("RGB", (64, 64), "red").save(tmp_path / "photo.png")
    with subprocess.Popen(
        [sys.executable, "-m", "studio", "--home", str(home)], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as first:
        while not (home / "data" / "studio.socket").exists():
            assert first.poll() is None
        second = run_studio("open", tmp_path / "photo.png", home=home)
        first.kill()
        first.communicate()
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
