"""Random choices: reproducible, bounded, and never outside of the folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.prompts.wildcards import LONGEST, expand, has_choices, read_lines
from tests.helpers.growth import grows_with_length_alone


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "colour": "red\n# a comment\n\n  green  \nblue\n",
        "animals/big cat": "lion\ntiger\n",
        "nested": "a __colour__ {hat|coat}\n",
        "weighted": "0::never\n5::often\n",
        "loop": "x __loop__\n",
        "bomb": "__bomb__ __bomb__ __bomb__ __bomb__ __bomb__ __bomb__ __bomb__ __bomb__ __bomb__\n",
        "brackets": "(red:1.2)\n[a|b]\n",
    }
    for name, content in files.items():
        path = tmp_path / "wildcards" / f"{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret\n")
    return tmp_path / "wildcards"


def results(text: str, folder: Path, seeds: int = 40) -> set[str]:
    return {expand(text, folder, seed) for seed in range(seeds)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {red|blue} hat", {"a red hat", "a blue hat"}),
        ("{a|{b|c}}", {"a", "b", "c"}),
        ("{2$$a|b}", {"a,b", "b,a"}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{0::a|1::b}", {"b"}),
        ("{|a}", {"", "a"}),
        ("__colour__", {"red", "green", "blue"}),
        ("__animals/big cat__", {"lion", "tiger"}),
        ("__weighted__", {"often"}),
        ("{__animals/big cat__|dog}", {"lion", "tiger", "dog"}),
        ("{2$$ $$__animals/big cat__}", {"lion tiger", "tiger lion"}),
        ("__nested__", {f"a {colour} {thing}" for colour in ("red", "green", "blue") for thing in ("hat", "coat")}),
        ("__brackets__", {"(red:1.2)", "[a|b]"}),
        ("({a|b}:1.2) [{c|d}:e:3]", {f"({x}:1.2) [{y}:e:3]" for x in "ab" for y in "cd"}),
        ("{(a:1.2)|[b|c]}", {"(a:1.2)", "[b", "c]"}),
        (r"{50% off|$5|a_b|w/o|C\|D}", {"50% off", "$5", "a_b", "w/o", r"C\|D"}),
    ],
)
def test_choices(text, expected, folder):
    assert results(text, folder) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a cat",
        "",
        r"\{a|b\}",
        "{a",
        "a}",
        "${x}",
        "%{a$$b}",
        "# {a|b}",
        "__nothing__",
        "__../secret__",
        "__/etc/passwd__",
        "____",
    ],
)
def test_what_stays_as_it_is(text, folder):
    assert results(text, folder, 3) == {text}


def test_a_seed_means_a_choice(folder):
    text = "{a|b|c|d} __colour__ {e|f|g|h} __colour__"
    assert [expand(text, folder, seed) for seed in range(20)] == [expand(text, folder, seed) for seed in range(20)]
    assert len(results(text, folder)) > 20
    assert any(first != second for first, second in (expand("{a|b} {a|b}", folder, seed).split() for seed in range(9)))


def test_a_seed_of_64_bits_is_one_too(folder):
    assert expand("{a|b}", folder, 2**64 - 1) in {"a", "b"}


def test_links_do_not_lead_out(folder):
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "up").symlink_to(folder.parent)
    assert expand("__out__ __up/secret__", folder, 1) == "__out__ __up/secret__"


def test_files_that_cannot_be_used(folder):
    (folder / "large.txt").write_text("a\n" * 2**20)
    (folder / "binary.txt").write_bytes(b"\xff\xfe\x00")
    (folder / "dir.txt").mkdir()
    for name in ("large", "binary", "dir", "none", "a*b", ""):
        assert read_lines(folder, name) == ()


def test_files_that_name_each_other_come_to_an_end(folder):
    assert expand("__loop__", folder, 1) == "x " * 8 + "__loop__"
    assert len(expand("__bomb__", folder, 1)) <= LONGEST


HOSTILE = {
    "nested": lambda length: "{" * length + "a|b" + "}" * length,
    "many": lambda length: f"{{{'9' * length}$$a|b}}",
    "open": lambda length: "{a|" * length,
    "next to each other": lambda length: "{a|b}" * length,
    "no name": lambda length: "__" * length,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_prompts_cost_no_more_than_their_length(hostile, folder):
    assert len(expand(hostile(4000), folder, 1)) <= LONGEST + len(hostile(4000))
    assert grows_with_length_alone(lambda length: partial(expand, hostile(length), folder, 1), 4000)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["{", "}", "|", "$$", "__", "a", "2", "::", "\\", "#", "$", "%", "~", "@", "-", " ", "\n"]),
        max_size=30,
    )
)
def test_expanding_never_fails(pieces):
    assert isinstance(expand("".join(pieces), Path("nowhere"), 1), str)


def test_plain_prompts_need_no_library():
    assert not has_choices("a (red:1.2) [cat|dog]")
    assert has_choices("{a|b}")
    assert has_choices("__a__")
