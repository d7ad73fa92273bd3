"""The tokenizer that tells how long a prompt is: in the model's folder, beside a single file, or the program's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from studio.checkpoints.tokenizer_folder import tokenizer_folder
from studio.core.checkpoint import Checkpoint, ModelFamily
from studio.core.family import family_traits


def a_model(path: Path, family: ModelFamily = ModelFamily.STABLE_DIFFUSION) -> Checkpoint:
    return Checkpoint(path.name, path, family, family_traits(family).recommended)


def a_tokenizer(folder: Path, file: str = "tokenizer.json") -> Path:
    folder.mkdir(parents=True)
    (folder / file).write_text("{}")
    return folder


@pytest.fixture
def configs(tmp_path: Path) -> Path:
    """The program's own, with a tokenizer for SDXL."""
    configs = tmp_path / "configs"
    a_tokenizer(configs / "tokenizers" / "clip")
    (configs / "stable_diffusion_xl").mkdir()
    names = {"tokenizer": {"folder": "clip"}, "tokenizer_2": {"folder": "clip"}}
    (configs / "stable_diffusion_xl" / "tokenizers.json").write_text(json.dumps(names))
    return configs


@pytest.mark.parametrize("file", ["tokenizer.json", "vocab.json"])
def test_a_folder_has_its_own(tmp_path: Path, configs: Path, file: str) -> None:
    folder = a_tokenizer(tmp_path / "model" / "tokenizer", file)
    assert tokenizer_folder(a_model(tmp_path / "model"), configs) == folder


@pytest.mark.parametrize("family", [ModelFamily.FLUX, ModelFamily.STABLE_DIFFUSION_XL_REFINER])
def test_some_families_read_by_their_second_one(tmp_path: Path, configs: Path, family: ModelFamily) -> None:
    a_tokenizer(tmp_path / "model" / "tokenizer")
    second = a_tokenizer(tmp_path / "model" / "tokenizer_2")
    assert tokenizer_folder(a_model(tmp_path / "model", family), configs) == second


def test_a_folder_without_one_has_none(tmp_path: Path, configs: Path) -> None:
    (tmp_path / "model").mkdir()
    assert tokenizer_folder(a_model(tmp_path / "model", ModelFamily.STABLE_DIFFUSION_XL), configs) is None


def test_a_single_file_has_it_beside_it_or_takes_the_programs_own(tmp_path: Path, configs: Path) -> None:
    file = tmp_path / "models" / "xl.safetensors"
    file.parent.mkdir()
    file.touch()
    model = a_model(file, ModelFamily.STABLE_DIFFUSION_XL)
    assert tokenizer_folder(model, configs) == configs / "tokenizers" / "clip"
    beside = a_tokenizer(file.parent / "tokenizer")
    assert tokenizer_folder(model, configs) == beside


def test_a_single_file_of_a_family_without_one_here_has_none(tmp_path: Path, configs: Path) -> None:
    file = tmp_path / "flux.safetensors"
    file.touch()
    assert tokenizer_folder(a_model(file, ModelFamily.FLUX), configs) is None
    assert tokenizer_folder(a_model(file), tmp_path / "nowhere") is None
