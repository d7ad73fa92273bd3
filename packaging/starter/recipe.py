"""All stages of the starter model's recipe, one after the other.

    python packaging/starter/recipe.py --work WORK --steps 20000 --decay 0.25 [options of train.py]

Every stage can be run alone, see README.md. Start the same command again after a stop: what is there is kept.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from latents import latents_file
from pictures import LARGE_SIDE, SIDE

HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=Path("resources/starter"), help="the weights to start from")
    arguments, training = parser.parse_known_args()
    work, model = arguments.work, arguments.model
    new = work / "model"
    once(work / "sprites.npz", "prepare.py", "--work", work)
    for side in (SIDE, LARGE_SIDE):
        once(latents_file(work, side), "latents.py", "--work", work, "--model", model, "--side", str(side))
    once(work / "embedding.pt", "embedding.py", "--work", work)
    stage("train.py", "--work", work, "--model", model, *training)
    stage("export.py", "--work", work, "--model", model, "--out", new)
    for name, folder in (("old", model), ("new", new)):
        stage("evaluate.py", "--work", work, "--model", folder, "--out", work / "evaluation" / name)


def once(result: Path, script: str, *options: str | Path) -> None:
    if not result.exists():
        stage(script, *options)


def stage(script: str, *options: str | Path) -> None:
    subprocess.run([sys.executable, HERE / script, *options], check=True)


if __name__ == "__main__":
    main()
