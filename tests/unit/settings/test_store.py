"""Settings survive: newer and older versions, damaged files, single faults, foreign keys."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import SettingsTooNew, StorageError
from studio.core.memory import Placement
from studio.core.scheduler import SchedulerName
from studio.settings.migrations import Document, migrate
from studio.settings.model import (
    Appearance,
    GallerySettings,
    MemorySettings,
    PanelState,
    RecentSettings,
    SettingOutOfRange,
    Settings,
    Theme,
    WindowLayout,
)
from studio.settings.notices import SettingReset, SettingsSetAside, SettingsUnreadable
from studio.settings.reading import read_settings
from studio.settings.store import SettingsStore, chosen_language

CHANGED = Settings(
    appearance=Appearance(theme=Theme.DARK, language="ja"),
    window=WindowLayout(geometry="AdnQywAD", left_width=400, right_width=250, left_visible=False, right_visible=True),
    panel=PanelState(
        prompt="ein Apfel \U0001f34e",
        negative="blurry",
        steps=30,
        guidance_scale=7.5,
        seed=2**64 - 1,
        keep_seed=True,
        width=256,
        height=192,
        scheduler=SchedulerName.UNIPC,
        batch_size=4,
        checkpoint="Starter model",
    ),
    gallery=GallerySettings(folder="/pictures", thumbnail_size=120, as_list=True),
    memory=MemorySettings(placement=Placement.BLOCK_OFFLOAD, idle_minutes=30),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def written(path: Path, **sections: object) -> SettingsStore:
    path.write_text(json.dumps({"version": 1, **sections}))
    return SettingsStore(path)


def test_without_a_file_the_defaults_are_used_and_nothing_is_said(path: Path) -> None:
    loaded = SettingsStore(path).load()

    assert loaded.settings == Settings()
    assert loaded.notices == ()
    assert not path.exists()


def test_what_was_saved_is_loaded(path: Path) -> None:
    SettingsStore(path).save(CHANGED)

    loaded = SettingsStore(path).load()

    assert loaded.settings == CHANGED
    assert loaded.notices == ()


def test_saving_keeps_the_file_before_as_backup(path: Path) -> None:
    store = SettingsStore(path)
    store.save(Settings())
    before = path.read_bytes()

    store.save(CHANGED)

    assert path.with_name("settings.json.bak").read_bytes() == before
    assert path.read_bytes() != before


def test_saving_what_is_there_writes_nothing(path: Path) -> None:
    store = SettingsStore(path)
    store.save(CHANGED)
    before = path.stat()

    store.save(CHANGED)

    assert path.stat().st_ino == before.st_ino
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


def test_unknown_keys_are_kept_at_every_depth(path: Path) -> None:
    store = written(path, plugins={"a": [1]}, panel={"steps": 5, "denoise": 0.5})
    assert store.load().settings.panel.steps == 5

    store.save(CHANGED)

    document = json.loads(path.read_text())
    assert document["plugins"] == {"a": [1]}
    assert document["panel"]["denoise"] == 0.5
    assert document["panel"]["steps"] == 30


def test_an_unknown_key_with_a_lone_surrogate_does_not_stop_saving(path: Path) -> None:
    path.write_text('{"version": 1, "future": "\\ud800"}')

    SettingsStore(path).save(CHANGED)

    assert json.loads(path.read_text())["future"] == "\ud800"
    assert SettingsStore(path).load().settings == CHANGED


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("steps", 151),
        ("steps", "20"),
        ("steps", True),
        ("steps", 20.5),
        ("steps", None),
        ("guidance_scale", -0.1),
        ("guidance_scale", 30.1),
        ("guidance_scale", float("nan")),
        ("guidance_scale", 10**400),
        ("seed", -1),
        ("seed", 2**64),
        ("width", 60),
        ("width", 130),
        ("height", 4104),
        ("scheduler", "plms"),
        ("scheduler", ["euler"]),
        ("batch_size", 0),
        ("batch_size", 65),
        ("keep_seed", 1),
        ("prompt", "x" * 10_001),
        ("prompt", "\ud800"),
        ("checkpoint", "x" * 4097),
    ],
)
def test_an_impossible_field_falls_back_alone_and_is_said(path: Path, name: str, value: object) -> None:
    loaded = written(path, panel={"negative": "kept", name: value}).load()

    assert loaded.settings == Settings(panel=PanelState(negative="kept"))
    [notice] = loaded.notices
    assert isinstance(notice, SettingReset)
    assert notice.name == f"panel.{name}"
    assert len(notice.value) <= 60


def test_several_impossible_fields_are_all_said(path: Path) -> None:
    loaded = written(path, panel={"steps": 0, "seed": -1, "width": 1}, window=[], appearance={"theme": "pink"}).load()

    assert loaded.settings == Settings()
    names = {notice.name for notice in loaded.notices if isinstance(notice, SettingReset)}
    assert names == {"panel.steps", "panel.seed", "panel.width", "window", "appearance.theme"}


@pytest.mark.parametrize(
    ("name", "value"), [("left_width", 119), ("right_width", 4001), ("geometry", "x" * 10_001), ("left_visible", "yes")]
)
def test_an_impossible_window_layout_falls_back(path: Path, name: str, value: object) -> None:
    assert written(path, window={name: value}).load().settings.window == WindowLayout()


def test_the_files_that_were_opened_come_back_in_their_order(path: Path) -> None:
    recent = RecentSettings()
    for number in (*range(12), 5):
        recent = recent.with_file(f"/pictures/{number}.png")
    SettingsStore(path).save(Settings(recent=recent))
    names = [Path(file).stem for file in SettingsStore(path).load().settings.recent.files]
    assert names == ["5", "11", "10", "9", "8", "7", "6", "4", "3", "2"]


@pytest.mark.parametrize("files", ["/a.png", [1], ["/a.png", None], {"0": "/a.png"}, ["x"] * 11, ["x" * 4097]])
def test_files_that_cannot_be_are_forgotten_and_that_is_said(path: Path, files: object) -> None:
    loaded = written(path, recent={"files": files}).load()
    assert loaded.settings == Settings()
    [notice] = loaded.notices
    assert isinstance(notice, SettingReset)
    assert notice.name == "recent.files"


def test_a_whole_number_is_a_guidance_scale(path: Path) -> None:
    loaded = written(path, panel={"guidance_scale": 7}).load()

    assert loaded.settings.panel.guidance_scale == 7.0
    assert isinstance(loaded.settings.panel.guidance_scale, float)
    assert loaded.notices == ()


def test_settings_out_of_range_cannot_be_made() -> None:
    with pytest.raises(SettingOutOfRange) as caught:
        replace(PanelState(), steps=0)

    assert (caught.value.name, caught.value.value) == ("steps", 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b"{}",
        b'{"version": "1"}',
        b'{"version": 0}',
        b'{"version": true}',
        b'{"version": ' + b"1" * 5000 + b"}",
        b"[" * 100_000,
        b" " * (4 * 1024 * 1024 + 1),
    ],
    ids=["empty", "cut", "list", "no UTF-8", "no version", "text", "zero", "bool", "digits", "deep", "large"],
)
def test_a_damaged_file_is_set_aside_and_said(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    loaded = SettingsStore(path).load()

    assert loaded.settings == Settings()
    [notice] = loaded.notices
    assert isinstance(notice, SettingsSetAside)
    assert notice.path.name.startswith("settings.json.damaged-")
    assert notice.path.read_bytes() == content
    assert not path.exists()


def test_five_damaged_files_are_kept_and_they_are_the_newest(path: Path) -> None:
    for number in range(7):
        path.write_text(f"damaged {number}")
        SettingsStore(path).load()

    kept = sorted(file.read_text() for file in path.parent.iterdir())
    assert kept == [f"damaged {number}" for number in range(2, 7)]


def test_a_damaged_file_that_cannot_be_moved_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: Path, _target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    path.write_text("damaged")
    monkeypatch.setattr(Path, "rename", refuse)

    loaded = SettingsStore(path).load()

    [notice] = loaded.notices
    assert isinstance(notice, SettingsUnreadable)
    assert path.read_text() == "damaged"


def test_a_file_that_cannot_be_read_is_said_and_not_overwritten(path: Path) -> None:
    path.mkdir()
    store = SettingsStore(path)

    assert store.load().notices == (SettingsUnreadable(path, "Is a directory"),)
    with pytest.raises(StorageError):
        store.save(CHANGED)
    assert path.is_dir()


def test_a_file_damaged_after_loading_is_kept_as_backup(path: Path) -> None:
    store = SettingsStore(path)
    store.save(Settings())
    path.write_text("damaged")

    store.save(CHANGED)

    assert path.with_name("settings.json.bak").read_text() == "damaged"
    assert store.load().settings == CHANGED


def test_a_newer_file_is_refused_and_untouched(path: Path) -> None:
    content = '{"version": 2, "panel": {"steps": 1000}}'
    path.write_text(content)
    store = SettingsStore(path)

    with pytest.raises(SettingsTooNew) as caught:
        store.load()
    with pytest.raises(SettingsTooNew):
        store.save(CHANGED)

    assert (caught.value.found, caught.value.known) == (2, 1)
    assert path.read_text() == content
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.json"]


def test_an_older_file_is_migrated_step_by_step(path: Path) -> None:
    def rename_cfg(document: Document) -> Document:
        panel = document["panel"]
        assert isinstance(panel, dict)
        return {**document, "panel": {"guidance": panel["cfg"]}}

    def rename_guidance(document: Document) -> Document:
        panel = document["panel"]
        assert isinstance(panel, dict)
        return {**document, "panel": {"guidance_scale": panel["guidance"]}}

    path.write_text('{"version": 1, "panel": {"cfg": 3.5}}')
    store = SettingsStore(path, [rename_cfg, rename_guidance])

    loaded = store.load()
    store.save(loaded.settings)

    assert loaded.settings.panel.guidance_scale == 3.5
    document = json.loads(path.read_text())
    assert document["version"] == 3
    assert "cfg" not in document["panel"]


def test_migrating_starts_at_the_version_of_the_file() -> None:
    def forbidden(_document: Document) -> Document:
        raise AssertionError

    migrated = migrate({"version": 2, "x": 1}, 2, [forbidden, lambda document: {**document, "y": 2}])

    assert migrated == {"version": 3, "x": 1, "y": 2}


text = st.text("aE1 \ud800\u00e9", max_size=5)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | text,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(text, children, max_size=3),
    max_leaves=8,
)
known_keys = st.sampled_from(["steps", "seed", "width", "scheduler", "prompt", "theme", "left_width", "folder"])
sections = st.sampled_from(["appearance", "window", "panel", "gallery"])


@given(st.dictionaries(sections, json_values | st.dictionaries(known_keys, json_values)))
def test_any_document_gives_settings_that_can_be_stored(document: dict[str, object]) -> None:
    settings, _resets = read_settings(document)

    assert read_settings(asdict(settings)) == (settings, ())


def test_loading_and_saving_leave_pydantic_and_numpy_out(path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from studio.settings.store import SettingsStore\n"
        "store = SettingsStore(Path(sys.argv[1])); store.save(store.load().settings); store.load()\n"
        "print(sorted({'pydantic', 'numpy', 'PIL', 'torch'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    result = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )

    assert result.stdout.strip() == "[]"


def test_an_idle_time_out_of_range_costs_that_field_only(path: Path) -> None:
    loaded = written(path, memory={"placement": "sequential", "idle_minutes": 5000}).load()
    assert loaded.settings.memory == MemorySettings(placement=Placement.SEQUENTIAL)
    assert loaded.notices == (SettingReset("memory.idle_minutes", "5000"),)


@pytest.mark.parametrize("megabytes", [-1, 1_000_001])
def test_no_room_or_too_much_for_steps_is_the_usual_room(path: Path, megabytes: int) -> None:
    loaded = written(path, process={"kept_megabytes": megabytes}).load()
    assert loaded.settings.process.kept_megabytes == 500
    assert loaded.notices == (SettingReset("process.kept_megabytes", str(megabytes)),)


def test_the_language_is_known_before_the_settings_are_read(tmp_path: Path) -> None:
    store = SettingsStore(tmp_path / "settings.json")
    store.save(CHANGED)

    assert chosen_language(tmp_path / "settings.json") == "ja"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"appearance": 3}',
        '{"appearance": {"language": 5}}',
        '{"appearance": {"language": "xx"}}',
        "\xff",
    ],
)
def test_a_language_that_cannot_be_told_is_the_system_s(tmp_path: Path, content: str) -> None:
    file = tmp_path / "settings.json"
    file.write_text(content, encoding="latin-1")

    assert chosen_language(file) == ""
    assert file.read_text(encoding="latin-1") == content
    assert chosen_language(tmp_path / "none.json") == ""
