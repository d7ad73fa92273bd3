"""Searches find in the index what a person who looks at every picture would find."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.core.addon import AddonKind, UsedAddon
from studio.core.addon_names import LoraTag
from studio.core.picture_id import PictureId
from studio.core.request import Prompt
from studio.core.result import PictureParameters
from studio.core.scheduler import SchedulerName
from studio.core.sources import ImageRef
from studio.core.task import ImageToImage, Inpaint
from studio.gallery.database import Database
from studio.gallery.index import FileState, FoundPicture, PictureIndex
from studio.gallery.index_schema import SCHEMA
from studio.gallery.marks import MarkStore
from studio.gallery.picture_marks import NO_MARKS, PictureMarks
from studio.gallery.record import PictureRecord
from studio.gallery.search.narrowing import narrowed
from studio.gallery.search.query import AllWords, RowSet, Term, Words
from studio.gallery.search.reader import read_query
from studio.gallery.search.sql import PictureOrder, select_ids
from studio.imaging.metadata.foreign_settings import ForeignSettings
from tests.helpers.fake_session import a_picture, a_request
from tests.unit.gallery.galleries import opened_marks

STORED = Path(__file__).parent / "stored"
ROOT = Path("/pictures")
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
START, MASK = ImageRef("a" * 64, 64, 64), ImageRef("b" * 64, 64, 64)


@dataclass
class Bench:
    database: Database
    index: PictureIndex
    marks: MarkStore

    def add(
        self,
        name: str,
        parameters: PictureParameters | None,
        foreign: ForeignSettings | None = None,
        **changes: object,
    ) -> PictureId:
        """Each picture is an hour older than the one before."""
        record = PictureRecord(
            id=PictureId(name.ljust(32, "0")),
            path=ROOT / f"{name}.png",
            created_at=NOON - timedelta(hours=self.index.count()),
            width=64,
            height=64,
            parameters=parameters,
            job_id=None,
        )
        record = replace(record, **changes)
        self.index.add_all([FoundPicture(record, FileState(1, 1), foreign)])
        return record.id

    def find(self, text: str, order: PictureOrder = PictureOrder.NEWEST) -> list[str]:
        query = read_query(text, NOON)
        assert query.faults == ()
        found = self.index.search(query, order)
        slowly = select_ids(query, order)
        assert found == [row[0] for row in self.database.read(slowly.text, slowly.values)]
        return [picture.rstrip("0") for picture in found]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    marks = opened_marks(tmp_path)
    database = Database(tmp_path / "index.db", SCHEMA, {"user": tmp_path / "user.db"})
    yield Bench(database, PictureIndex(database, ROOT), marks)
    database.close()
    marks.close()


def made(prompt: str = "", negative: str = "", **sampling: object) -> PictureParameters:
    parameters = a_picture(a_request()).parameters
    return replace(parameters, prompt=Prompt(prompt, negative), sampling=replace(parameters.sampling, **sampling))


def with_lora(parameters: PictureParameters, name: str) -> PictureParameters:
    lora = UsedAddon(AddonKind.LORA, name, "a" * 64, "b" * 64, 1.0, 1.0)
    return replace(parameters, provenance=replace(parameters.provenance, addons=(lora,)))


def mark(bench: Bench, name: str, change: Callable[[PictureMarks], PictureMarks]) -> None:
    picture = PictureId(name.ljust(32, "0"))
    bench.marks.put({picture: change(bench.marks.marks(picture))})


def test_the_few_rows_of_one_part_are_all_that_is_looked_at(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, prompt in (("pear", "a pear"), ("apple", "a red apple"), ("house", "a red house")):
        bench.add(name, made(prompt))
    query = read_query("red steps:20 a", NOON)
    [[rows, steps]] = narrowed(query, bench.database.read).groups
    assert (rows, steps) == (Term(RowSet((2, 3))), query.groups[0][1])
    monkeypatch.setattr("studio.gallery.search.narrowing.FEW", 1)
    [[words, steps]] = narrowed(query, bench.database.read).groups
    assert (words, steps) == (Term(AllWords((Words("red"), Words("a")))), query.groups[0][1])


def test_words_are_found_by_their_beginning_in_any_case_and_without_accents(bench: Bench) -> None:
    bench.add("sea", made("A café by the SEA, sunset", "blurry"))
    bench.add("season", made("seasons of an apple tree"))
    bench.add("foreign", None)
    assert bench.find("sea") == ["sea", "season"]
    assert bench.find("cafe SUN") == ["sea"]
    assert bench.find('"the sea"') == ["sea"]
    assert bench.find('"sea the"') == []
    assert bench.find("blurry") == ["sea"]
    assert bench.find("prompt:blurry") == []
    assert bench.find("negative:blurry") == ["sea"]
    assert bench.find("-sea") == ["foreign"]
    assert bench.find("apple OR café") == ["sea", "season"]
    assert bench.find("") == ["sea", "season", "foreign"]


@pytest.mark.parametrize("word", ["sea*", "NEAR(sea", "prompt", "^sea", "{sea}", "sea\0apple", "AND"])
def test_nothing_that_is_typed_is_an_operator_of_the_database(bench: Bench, word: str) -> None:
    bench.add("sea", made(f"here is {word} in a prompt"))
    assert bench.find(word) == ["sea"]


def test_by_what_a_picture_was_made_with(bench: Bench) -> None:
    bench.add("few", made(num_inference_steps=8, guidance_scale=1.5, seed=2**64 - 1, scheduler=SchedulerName.LCM))
    bench.add("many", with_lora(made(num_inference_steps=40, guidance_scale=7, seed=42), "add_detail"))
    bench.add("xl", replace(made(num_inference_steps=30), checkpoint_name="Dream 100%_XL"), width=1024, height=768)
    bench.add("foreign", None)
    assert bench.find("steps:>=30") == ["many", "xl"]
    assert bench.find("steps:8..30") == ["few", "xl"]
    assert bench.find("-steps:>20") == ["few", "foreign"]
    assert bench.find("-model:fake -sampler:lcm") == ["xl", "foreign"]
    assert bench.find("cfg:1.5") == ["few"]
    assert bench.find(f"seed:{2**64 - 1}") == ["few"]
    assert bench.find("seed:>100") == ["few"]
    assert bench.find(f"seed:{2**65}") == []
    assert bench.find("sampler:lcm") == ["few"]
    assert bench.find("sampler:nothing") == []
    assert bench.find("lora:DETAIL") == ["many"]
    assert bench.find("model:dream") == ["xl"]
    assert bench.find("model:0%_x") == ["xl"]
    assert bench.find("model:1_0") == [], "not a pattern"
    assert bench.find("size:1024x768") == bench.find("width:>64") == bench.find("height:768") == ["xl"]


def test_by_what_a_picture_of_another_program_tells(bench: Bench) -> None:
    settings = ForeignSettings(
        prompt=Prompt("A red apple", "blurry"),
        scheduler=SchedulerName.DPMPP_2M_KARRAS,
        num_inference_steps=25,
        guidance_scale=7.5,
        seed=2**64 - 1,
        checkpoint_name="dreamshaper_8",
        loras=(LoraTag("ink"), LoraTag("ink", 0.5), LoraTag("add_detail")),
    )
    bench.add("foreign", None, settings)
    bench.add("silent", None, ForeignSettings(Prompt("a pear")))
    everything = (
        f"apple negative:blurry sampler:karras steps:25 cfg:7.5 seed:{2**64 - 1} model:dream lora:ink lora:detail"
    )
    assert bench.find(everything) == ["foreign"]
    assert bench.find("made:elsewhere") == ["foreign", "silent"]
    assert bench.find("-steps:25 -model:dream -lora:ink") == ["silent"]


def test_by_how_and_when_it_was_made_and_by_its_family(bench: Bench) -> None:
    parent = bench.add("start", made("a house"))
    task = ImageToImage(image=START, parent=parent, strength=0.5)
    bench.add("varied", replace(made(), task=task))
    bench.add("painted", replace(made(), task=Inpaint(image=START, mask=MASK, parent=None, strength=1.0)))
    bench.add("foreign", None, created_at=datetime(2026, 10, 31, 23, 59, tzinfo=UTC))
    assert bench.find("made:text") == ["start"]
    assert bench.find("made:image") == ["varied"]
    assert bench.find("made:inpaint") == ["painted"]
    assert bench.find("made:elsewhere") == ["foreign"]
    assert bench.find("from:start") == ["varied"]
    assert bench.find("from:varied.png") == ["start"]
    assert bench.find("date:2026-10") == ["foreign"]
    assert bench.find("date:today") == ["start", "varied", "painted"]
    assert bench.find("date:<today") == ["foreign"]


def test_by_a_pictures_name_and_not_by_its_folders(bench: Bench) -> None:
    parent = bench.add("2026-11-20/start", made("a house"))
    bench.add("2026-11-20/varied", replace(made(), task=ImageToImage(image=START, parent=parent, strength=0.5)))
    bench.add("2026-11-20/2026", replace(made(), task=ImageToImage(image=START, parent=parent, strength=0.5)))
    assert bench.find("from:20") == ["2026-11-20/start"]
    assert bench.find("from:START") == ["2026-11-20/varied", "2026-11-20/2026"]
    assert bench.find("from:11-20/start") == []


def test_by_what_the_user_did_with_it(bench: Bench) -> None:
    for name in ("one", "two", "three"):
        bench.add(name, made(name))
    album = bench.marks.new_album("Best of the sea")
    mark(bench, "one", lambda marks: replace(marks, rating=5, favourite=True))
    mark(bench, "two", lambda marks: replace(marks, rating=2, tags=("Blue", "wet")))
    mark(bench, "three", lambda marks: replace(marks, note="print it", albums=(album.id,)))
    assert bench.find("rating:>=2") == ["one", "two"]
    assert bench.find("rating:<3") == ["two", "three"]
    assert bench.find("rating:0") == ["three"]
    assert bench.find("is:rated") == ["one", "two"]
    assert bench.find("is:fav") == ["one"]
    assert bench.find("tag:blue") == bench.find("is:tagged") == ["two"]
    assert bench.find("note:print") == bench.find("is:noted") == ["three"]
    assert bench.find('album:"of the sea"') == ["three"]
    assert bench.find("-is:fav three OR rating:5") == ["one", "three"]
    mark(bench, "one", lambda _: NO_MARKS)
    assert bench.find("is:fav OR rating:5") == []


def test_an_album_of_just_this_name_is_meant_alone(bench: Bench) -> None:
    for name, title in (("one", "Rome"), ("two", "Rome in winter"), ("three", "100 %"), ("four", "100 metres")):
        bench.add(name, made(name))
        album = bench.marks.new_album(title)
        mark(bench, name, lambda marks, album=album: replace(marks, albums=(album.id,)))
    assert bench.find("album:rom") == ["one", "two"]
    assert bench.find("album:rome") == ["one"]
    assert bench.find("-album:Rome") == ["two", "three", "four"]
    assert bench.find('album:"100 %"') == ["three"]
    assert bench.find("album:winter") == ["two"]


def test_found_pictures_are_sorted(bench: Bench) -> None:
    bench.add("b", replace(made(seed=2), checkpoint_name="zebra"))
    bench.add("c", replace(made(seed=1), checkpoint_name="Ape"), width=512)
    bench.add("a", None)
    mark(bench, "a", lambda marks: replace(marks, rating=3))
    orders = {
        PictureOrder.NEWEST: ["b", "c", "a"],
        PictureOrder.OLDEST: ["a", "c", "b"],
        PictureOrder.BEST_RATED: ["a", "b", "c"],
        PictureOrder.SEED: ["c", "b", "a"],
        PictureOrder.MODEL: ["c", "b", "a"],
        PictureOrder.LARGEST: ["c", "b", "a"],
    }
    assert {order: bench.find("", order) for order in PictureOrder} == orders


def test_what_was_changed_or_removed_is_found_by_its_new_words_only(bench: Bench) -> None:
    picture = bench.add("one", with_lora(made("apple"), "old"))
    bench.add("one", with_lora(made("pear"), "new"))
    assert (bench.find("apple"), bench.find("lora:old")) == ([], [])
    assert bench.find("pear") == bench.find("lora:new") == ["one"]
    bench.index.remove([picture])
    assert (bench.find("pear"), bench.find("lora:new")) == ([], [])


def test_an_index_of_schema_2_can_be_searched(tmp_path: Path) -> None:
    """Made with a picture that has a LoRA, and one that does not tell how it was made."""
    shutil.copy(STORED / "index-schema-2.db", tmp_path / "index.db")
    marks = opened_marks(tmp_path)
    database = Database(tmp_path / "index.db", SCHEMA, {"user": tmp_path / "user.db"})
    bench = Bench(database, PictureIndex(database, ROOT), marks)
    assert bench.find("cafe") == bench.find("lora:detail") == ["1" * 32]
    bench.index.remove([PictureId("1" * 32)])
    assert bench.find("cafe") == []
    database.close()
    marks.close()


def test_of_an_index_of_schema_3_other_programs_pictures_are_read_again(tmp_path: Path) -> None:
    """With the same pictures: what other programs tell was not searched for then."""
    shutil.copy(STORED / "index-schema-3.db", tmp_path / "index.db")
    marks = opened_marks(tmp_path)
    database = Database(tmp_path / "index.db", SCHEMA, {"user": tmp_path / "user.db"})
    index = PictureIndex(database, ROOT)
    assert database.set_aside is None
    assert Bench(database, index, marks).find("cafe lora:detail") == ["1" * 32]
    states = {picture: state.modified_ns for picture, state in index.known_files().values()}
    assert states == {PictureId("1" * 32): 20, PictureId("2" * 32): FileState(1, 2).to_be_read_again.modified_ns}
    database.close()
    marks.close()


@pytest.mark.parametrize(
    "text",
    ["apple", "-apple", "model:x", "steps:>3", "size:64x64", "made:text", "rating:>2", "tag:x", "from:x", "lora:x"],
)
def test_no_search_walks_the_wide_rows(bench: Bench, text: str) -> None:
    """Each condition is answered by an index, and so is the order."""
    bench.add("one", made("apple"))
    sql = select_ids(read_query(text, NOON), PictureOrder.NEWEST)
    plan = [str(row[3]) for row in bench.database.read(f"EXPLAIN QUERY PLAN {sql.text}", sql.values)]
    assert [step for step in plan if step.startswith("SCAN pictures") and "COVERING INDEX" not in step] == []
    assert not any("TEMP B-TREE FOR ORDER" in step for step in plan)
