"""Make the example pictures of the help cards and the welcome (`resources/guide`) with the bundled model.

    python packaging/guide/make_pictures.py

Run it again whenever the model's weights change.
"""

from __future__ import annotations

from typing import Any

from studio import generate_image, open_session
from studio.app.api import checkpoint_store, user_paths
from studio.core.resources import resource_path

PICTURES: dict[str, dict[str, Any]] = {
    "prompt_plain": {"prompt": "a car", "seed": 3},
    "prompt_rich": {"prompt": "a yellow car on a green background", "seed": 3},
    "negative_without": {"prompt": "a balloon", "seed": 5},
    "negative_with": {"prompt": "a balloon", "negative": "a red balloon", "seed": 5},
    "steps_few": {"prompt": "a hamburger", "seed": 4, "steps": 2},
    "steps_many": {"prompt": "a hamburger", "seed": 4, "steps": 20},
    "cfg_low": {"prompt": "a panda", "seed": 2, "cfg": 1.0},
    "cfg_high": {"prompt": "a panda", "seed": 2, "cfg": 7.0},
    "seed_a": {"prompt": "a house", "seed": 4},
    "seed_b": {"prompt": "a house", "seed": 5},
    "size_best": {"prompt": "a bus", "seed": 1},
    "size_wide": {"prompt": "a bus", "seed": 1, "size": (384, 192)},
    "sampler_dpm": {"prompt": "a gift", "seed": 7, "steps": 8, "sampler": "dpmpp_2m"},
    "sampler_euler_a": {"prompt": "a gift", "seed": 7, "steps": 8, "sampler": "euler_a"},
}
EXAMPLE_SEED = 42


def main() -> None:
    examples = checkpoint_store(user_paths(None)).default().examples
    for example in examples:
        PICTURES[f"example_{example.replace(' ', '_')}"] = {"prompt": example, "seed": EXAMPLE_SEED}
    session = open_session()
    for name, settings in PICTURES.items():
        generate_image(**settings, session=session).save(resource_path("guide", f"{name}.png"), optimize=True)
    session.close()


if __name__ == "__main__":
    main()
