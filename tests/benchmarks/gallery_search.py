"""How long searches take in a gallery of many pictures, and its opening. Prints JSON.

    python tests/benchmarks/gallery_search.py [--rows 100000] [--home DIR] [--best-of 1]

The index only, with rows as wide as real ones: prompts of 300 to 1,500 characters and their parameters. There are 200
searches of every kind: for the first 1,000 pictures, which are shown at once, and for all of them (`whole_search`).
`words` are those that a word that is being typed may become. `open_ms` is the time to all ids, `record_ms` one
picture's record. Before the first search for a colour those of all pictures are read. `home` keeps what was made for
the next run. On a busy machine the best of some times comes near to what a quiet one needs.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from studio.core.picture_id import PictureId  # noqa: E402
from studio.core.request import Prompt  # noqa: E402
from studio.core.scheduler import SchedulerName  # noqa: E402
from studio.gallery import thumbnail_store  # noqa: E402
from studio.gallery.colour_search import ColourSearch  # noqa: E402
from studio.gallery.database import Database  # noqa: E402
from studio.gallery.index import FileState, FoundPicture, PictureIndex  # noqa: E402
from studio.gallery.index_schema import SCHEMA  # noqa: E402
from studio.gallery.marks import MarkStore  # noqa: E402
from studio.gallery.picture_marks import PictureMarks  # noqa: E402
from studio.gallery.record import PictureRecord  # noqa: E402
from studio.gallery.search.colours import COLOUR_NAMES  # noqa: E402
from studio.gallery.search.reader import read_query  # noqa: E402
from studio.gallery.search.sql import PictureOrder  # noqa: E402
from studio.gallery.thumbnail_store import ThumbnailStore  # noqa: E402
from studio.imaging.colour_signature import SIGNATURE_COLOURS  # noqa: E402
from studio.ui.gallery.gallery_model import READ_AT_ONCE  # noqa: E402
from tests.helpers.fake_session import a_picture, a_request  # noqa: E402

SEARCHES = 200
AT_ONCE = 2000
NOW = datetime(2026, 11, 25, tzinfo=UTC)
SYLLABLES = ["ba", "co", "di", "fu", "ge", "ha", "ki", "lo", "mu", "ne", "pi", "ra", "so", "tu", "va", "zo"]
MODELS = [f"model {number}" for number in range(40)]


def words(chance: random.Random) -> list[str]:
    """A vocabulary of which few words are frequent, as in a language."""
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(8000)]


def records(rows: int, chance: random.Random, vocabulary: list[str]) -> Iterator[PictureRecord]:
    parameters = a_picture(a_request()).parameters
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    for number in range(rows):
        text = " ".join(chance.choices(vocabulary, weights, k=chance.randint(50, 220)))
        negative = " ".join(chance.choices(vocabulary[:200], k=20))
        sampling = replace(
            parameters.sampling,
            seed=chance.getrandbits(32),
            num_inference_steps=chance.randint(4, 60),
            guidance_scale=chance.randint(2, 24) / 2,
            scheduler=chance.choice(list(SchedulerName)),
        )
        yield PictureRecord(
            id=PictureId(f"{number:032x}"),
            path=Path(f"/pictures/2026/{number}.png"),
            created_at=NOW - timedelta(minutes=7 * number),
            width=chance.choice([512, 768, 1024]),
            height=chance.choice([512, 768, 1024]),
            parameters=replace(
                parameters, prompt=Prompt(text, negative), sampling=sampling, checkpoint_name=chance.choice(MODELS)
            ),
            job_id=None,
        )


def searches(chance: random.Random, vocabulary: list[str]) -> list[str]:
    def word() -> str:
        return vocabulary[min(int(chance.expovariate(1 / 600)), len(vocabulary) - 1)]

    kinds = (
        word,
        lambda: f"{word()} {word()}",
        lambda: word()[: chance.randint(1, 3)],
        lambda: f'"{word()} {word()}"',
        lambda: f"{word()} -{word()}",
        lambda: f"{word()} OR {word()}",
        lambda: f"model:{chance.randrange(40)} {word()}",
        lambda: f"steps:>{chance.randint(4, 60)}",
        lambda: f"cfg:{chance.randint(2, 6)}..{chance.randint(7, 12)} {word()}",
        lambda: f"seed:{chance.getrandbits(32)}",
        lambda: "size:512x768",
        lambda: f"rating:>={chance.randint(1, 5)}",
        lambda: f"is:favourite {word()}",
        lambda: f"tag:{word()}",
        lambda: f"date:2026-{chance.randint(1, 11)}",
        lambda: f"sampler:euler {word()}",
    )
    return [chance.choice(kinds)() for _ in range(SEARCHES)]


def fill(index: PictureIndex, marks: MarkStore, rows: int, chance: random.Random, vocabulary: list[str]) -> float:
    began = time.perf_counter()
    pending: list[FoundPicture] = []
    for record in records(rows, chance, vocabulary):
        pending.append(FoundPicture(record, FileState(1, 1)))
        if len(pending) == AT_ONCE:
            index.add_all(pending)
            pending = []
    index.add_all(pending)
    marked = {
        PictureId(f"{number:032x}"): PictureMarks(
            rating=chance.randint(0, 5), favourite=chance.random() < 0.3, tags=(chance.choice(vocabulary[:50]),)
        )
        for number in range(0, rows, 10)
    }
    marks.put(marked)
    return time.perf_counter() - began


def give_colours(thumbnails: Database, ids: list[PictureId]) -> None:
    """To each picture six colours and their shares."""
    values = np.random.default_rng(0).integers(0, 256, (len(ids), SIGNATURE_COLOURS, 4), np.uint8)
    shares = values[:, :, 3].astype(float) ** 2
    values[:, :, 3] = 255 * shares / shares.sum(axis=1, keepdims=True)
    values[:, :, 1:3] = 64 + values[:, :, 1:3] // 2  # colours that sRGB has
    rows = [(picture, signature.tobytes()) for picture, signature in zip(ids, values, strict=True)]
    with thumbnails.transaction() as connection:
        connection.executemany("INSERT INTO colours (id, signature) VALUES (?, ?)", rows)


def colour_searches(chance: random.Random, rows: int) -> list[str]:
    kinds = (
        lambda: f"colour:{chance.choice(list(COLOUR_NAMES))}",
        lambda: f"colour:#{chance.getrandbits(24):06x}",
        lambda: f"like:{chance.randrange(rows)}.png",
        lambda: f"colour:{chance.choice(list(COLOUR_NAMES))} steps:>20",
        lambda: f"-colour:{chance.choice(list(COLOUR_NAMES))}",
        lambda: f"colour:{chance.choice(list(COLOUR_NAMES))} OR seed:{chance.getrandbits(32)}",
    )
    return [chance.choice(kinds)() for _ in range(SEARCHES)]


def beginnings(chance: random.Random, vocabulary: list[str]) -> list[str]:
    """Of words that somebody types: the shortest that are completed, and longer ones."""
    return [word[: chance.randint(3, len(word))] for word in chance.sample(vocabulary, SEARCHES)]


def milliseconds(work: Callable[[], object], times: int = 1) -> float:
    """The least of so many."""
    return 1000 * min(seconds(work) for _ in range(times))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def make(user: Path, file: Path, colours: Path, rows: int) -> float:
    """The databases of so many pictures; returns the seconds that the index took."""
    chance = random.Random(0)
    marks = MarkStore(user)
    marks.open()
    database = Database(file, SCHEMA, {"user": user})
    index = PictureIndex(database, Path("/pictures"))
    filling = fill(index, marks, rows, chance, words(chance))
    thumbnails = Database(colours, thumbnail_store.SCHEMA)
    give_colours(thumbnails, index.ids())
    for each in (thumbnails, database, marks):
        each.close()
    return filling


def measure(user: Path, file: Path, thumbnails_file: Path, times: int) -> dict[str, object]:
    chance = random.Random(1)
    vocabulary = words(random.Random(0))
    thumbnails = Database(thumbnails_file, thumbnail_store.SCHEMA)
    began = time.perf_counter()
    database = Database(file, SCHEMA, {"user": user})
    index = PictureIndex(database, Path("/pictures"))
    ids = index.ids()
    opening = (time.perf_counter() - began) * 1000
    read_query("warm up", NOW)
    colours = ColourSearch(ThumbnailStore(thumbnails), index)

    def search(text: str, order: PictureOrder = PictureOrder.NEWEST, most: int | None = None) -> float:
        return milliseconds(lambda: index.browse(colours.resolved(read_query(text, NOW)), order, most), times)

    def completion(beginning: str) -> float:
        return milliseconds(lambda: index.words(beginning), times)

    def record(picture: PictureId) -> float:
        return milliseconds(lambda: index.record(picture))

    def all_of(texts: list[str], most: int | None) -> dict[str, float]:
        return {text: search(text, most=most) for text in texts}

    getting_ready = milliseconds(colours.get_ready)
    coloured, varied = colour_searches(chance, len(ids)), searches(chance, vocabulary)
    search("colour:red like:1.png")
    orders = {order: search("", order) for order in PictureOrder}
    one = statistics.median(record(picture) for picture in chance.sample(ids, 200))
    result: dict[str, object] = {
        "rows": len(ids),
        "index_mb": round(file.stat().st_size / 1e6),
        "open_ms": round(opening, 1),
        **summary("search", all_of(varied, READ_AT_ONCE)),
        **summary("whole_search", all_of(varied, None)),
        "getting_ready_for_colours_ms": round(getting_ready, 1),
        **summary("colour_search", all_of(coloured, READ_AT_ONCE)),
        **summary("whole_colour_search", all_of(coloured, None)),
        **summary("words", {beginning: completion(beginning) for beginning in beginnings(chance, vocabulary)}),
        "order_ms": {order: round(value, 1) for order, value in orders.items()},
        "record_ms": round(one, 2),
    }
    database.close()
    thumbnails.close()
    return result


def summary(name: str, taken: dict[str, float]) -> dict[str, object]:
    """Of searches by their texts, in milliseconds."""
    times = sorted(taken.values())
    slowest = sorted(taken, key=taken.__getitem__)[-5:]
    return {
        f"{name}_p50_ms": round(times[len(times) // 2], 1),
        f"{name}_p95_ms": round(times[int(len(times) * 0.95)], 1),
        f"{name}_max_ms": round(times[-1], 1),
        f"slowest_{name}_ms": {text: round(taken[text], 1) for text in slowest},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--best-of", type=int, default=1)
    asked = parser.parse_args()
    result: dict[str, object] = {"benchmark": "gallery_search", "best_of": asked.best_of}
    with tempfile.TemporaryDirectory() as folder:
        home: Path = asked.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        files = home / "user.db", home / "index.db", home / "thumbnails.db"
        if not (home / "index.db").exists():
            result["fill_s"] = round(make(*files, asked.rows), 1)
        result |= measure(*files, asked.best_of)
    result["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
