"""The parts for Windows and macOS, and the workflows: what can be read here without those systems."""

from __future__ import annotations

import plistlib
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from studio.core.version import VERSION
from studio.settings.paths import PICTURE_FOLDER

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
INNO_SETUP = (PACKAGING / "windows" / "latent-studio.iss").read_text()
WORKFLOWS = sorted((PACKAGING / "workflows").glob("*.yml"))


@pytest.fixture
def properties(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.syspath_prepend(str(PACKAGING / "macos"))
    from property_list import PROPERTIES

    return PROPERTIES


def test_every_place_that_tells_the_version_tells_the_same() -> None:
    resource = (PACKAGING / "windows" / "version.txt").read_text()
    told = re.findall(r"'(?:File|Product)Version', '([^']*)'", resource)
    told += [".".join(numbers.split(", ")[:3]) for numbers in re.findall(r"(?:file|prod)vers=\((.*?)\)", resource)]
    told += re.findall(r"/DVersion=([\d.]+)", INNO_SETUP + (PACKAGING / "workflows" / "windows.yml").read_text())
    told += re.findall(r"make_dmg\.sh dist ([\d.]+)", (PACKAGING / "workflows" / "macos.yml").read_text())
    linux = PACKAGING / "linux"
    told += re.findall(r"^latent-studio \(([\d.]+)\)", (linux / "changelog").read_text())
    told += re.findall(r'<release version="(.*?)"', next(linux.glob("*.metainfo.xml")).read_text())[:1]
    assert len(told) >= 9
    assert set(told) == {VERSION}


def test_macos_starts_the_program_for_the_desktop_on_systems_that_its_libraries_were_built_for(
    properties: dict[str, object],
) -> None:
    assert properties["CFBundleExecutable"] == "studio-gui"
    locked_for = re.findall(r"MACOSX_DEPLOYMENT_TARGET=([\d.]+)", (PACKAGING / "README.md").read_text())
    assert locked_for == [properties["LSMinimumSystemVersion"]]
    plistlib.dumps(properties)
    assert plistlib.loads((PACKAGING / "macos" / "entitlements.plist").read_bytes())


def test_windows_offers_the_program_for_the_pictures_that_linux_offers_it_for() -> None:
    entry = (PACKAGING / "linux" / "latent-studio.desktop").read_text()
    pictures = set(re.findall(r"image/(\w+);", entry))
    endings = set(re.findall(r'SupportedTypes"; ValueType: string; ValueName: "\.(\w+)"', INNO_SETUP))
    assert pictures | {"jpg", "tif", "safetensors"} == endings


def test_windows_setup_leaves_no_library_of_an_older_version() -> None:
    assert r'Type: filesandordirs; Name: "{app}\_internal"' in INNO_SETUP


def test_windows_uninstall_asks_about_models_and_about_pictures_and_keeps_both_unless_told_otherwise() -> None:
    code = INNO_SETUP.split("[Code]")[1]
    asked = re.findall(r"^ +OfferToRemove\((.*), '(.*)'\);$", code, re.MULTILINE)
    assert len(asked) == 2
    (data, about_models), (pictures, about_pictures) = asked
    assert data == r"ExpandConstant('{localappdata}\Latent Studio')"  # of UserPaths, on Windows
    assert "models" in about_models
    assert pictures == "PicturesFolder"
    assert re.findall(r"Result := Pictures \+ '\\(.*)'", code) == [PICTURE_FOLDER]
    assert "pictures" in about_pictures
    # Each removal is behind one question, whose default is No; without a window nothing is asked, and nothing goes.
    assert len(re.findall(r"DelTree\(", code)) == 1
    assert re.search(
        r"MsgBox\(.*MB_YESNO or MB_DEFBUTTON2\) = IDYES then\s+if not DelTree\(Folder, True, True, True\)", code
    )
    assert "if (Step = usPostUninstall) and not UninstallSilent then" in code


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.stem)
def test_a_workflow_names_only_what_is_there(workflow: Path) -> None:
    [job] = yaml.safe_load(workflow.read_text())["jobs"].values()
    commands = "\n".join(step.get("run", "") for step in job["steps"]).replace("\\\n", " ").replace("\\", "/")
    named = re.findall(r"(?:\./)?((?:packaging|\.ci)/[\w./-]+)", commands)
    assert len(named) >= 2
    assert [name for name in named if not (ROOT / name).exists()] == []
    pythons = re.findall(r"python(?:-version\W+|:)(\d\.\d+)", workflow.read_text())
    assert pythons == ["3.11"]  # what the locks are for


@pytest.mark.parametrize("script", ["linux/install.sh", "macos/make_dmg.sh"])
def test_a_shell_reads_the_scripts(script: str) -> None:
    file = PACKAGING / script
    shell = file.read_text().splitlines()[0].removeprefix("#!")
    assert subprocess.run([shell, "-n", file], capture_output=True, text=True, check=True).stderr == ""
