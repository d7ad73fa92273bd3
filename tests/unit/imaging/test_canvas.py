"""The canvas: every edit is one exact step, and any sequence of steps, undos and redos equals a replay from scratch."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from studio.core.geometry import Rect
from studio.core.picture_id import PictureId
from studio.imaging.brush import Brush, StrokePoint
from studio.imaging.canvas import Canvas
from studio.imaging.history import Edit, Growth
from studio.imaging.layer import LayerName, Paint
from studio.imaging.outpaint import extended
from studio.imaging.pyramid import Pyramid
from studio.imaging.selection import ellipse, feathered, filled_holes, grown, inverted, polygon, rectangle, shrunk

if TYPE_CHECKING:
    from studio.core.pixels import MaskPixels, Pixels

# More than one tile each way, and none of them whole.
WIDTH, HEIGHT = 300, 270

Step: TypeAlias = Callable[[Canvas], object]


def noise(width: int = WIDTH, height: int = HEIGHT, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@dataclass
class Journal:
    """Keeps what an autosave would: the edits that are there, and how many of them are done."""

    edits: list[Edit] = field(default_factory=list)
    position: int = 0

    def edit_added(self, edit: Edit, position: int) -> None:
        self.edits[position:] = [edit]
        self.position = position + 1

    def moved(self, position: int) -> None:
        self.position = position


@dataclass(frozen=True)
class State:
    picture: Pixels
    mask: MaskPixels
    parent: PictureId | None

    @classmethod
    def of(cls, canvas: Canvas) -> State:
        return cls(canvas.picture_now(), canvas.mask_now(), canvas.parent)

    def is_state_of(self, canvas: Canvas) -> bool:
        same_pixels = np.array_equal(self.picture, canvas.picture) and np.array_equal(self.mask, canvas.mask)
        return same_pixels and self.parent == canvas.parent


# --- steps of every kind

coordinates = st.floats(-40, 340)
positions = st.tuples(coordinates, coordinates)
points = st.builds(StrokePoint, coordinates, coordinates, st.floats(0, 1))
brushes = st.builds(
    Brush, diameter=st.floats(1, 150), hardness=st.floats(0, 1), opacity=st.floats(0, 1), spacing=st.floats(0.05, 0.5)
)
layers_and_paints = st.one_of(
    st.tuples(st.just(LayerName.MASK), st.integers(0, 255)),
    st.tuples(st.just(LayerName.PICTURE), st.tuples(*[st.integers(0, 255)] * 3)),
)
mask_operations = st.sampled_from(
    [
        inverted,
        filled_holes,
        lambda mask: grown(mask, 7),
        lambda mask: shrunk(mask, 5),
        lambda mask: feathered(mask, 9),
        np.zeros_like,
    ]
)


def draw_stroke(ink: tuple[LayerName, Paint], brush: Brush, path: list[StrokePoint]) -> Step:
    def step(canvas: Canvas) -> None:
        canvas.begin_stroke(ink[0], brush, ink[1], path[0])
        for point in path[1:]:
            canvas.continue_stroke(point)
        canvas.end_stroke("Stroke")

    return step


def paint_shape(ink: tuple[LayerName, Paint], shape: str, corners: list[tuple[float, float]]) -> Step:
    def step(canvas: Canvas) -> None:
        within = canvas.bounds.grown(10)
        match shape:
            case "rectangle":
                area, coverage = rectangle(corners[0], corners[1], within)
            case "ellipse":
                area, coverage = ellipse(corners[0], corners[1], within)
            case _:
                area, coverage = polygon(corners, within)
        canvas.paint_area(ink[0], area, coverage, ink[1], shape)

    return step


strokes = st.builds(draw_stroke, layers_and_paints, brushes, st.lists(points, min_size=1, max_size=4))
shapes = st.builds(
    paint_shape,
    layers_and_paints,
    st.sampled_from(["rectangle", "ellipse", "polygon"]),
    st.lists(positions, min_size=2, max_size=6),
)
mask_steps = mask_operations.map(lambda operation: lambda canvas: canvas.set_mask(operation(canvas.mask), "Mask"))
pictures = st.just(lambda canvas: canvas.replace_picture(255 - canvas.picture, "Picture"))
parents = st.sampled_from([None, PictureId("first"), PictureId("second")])
results = parents.map(lambda parent: lambda canvas: canvas.accept(255 - canvas.picture, "Accept", parent))
results_of_other_sizes = st.builds(
    lambda width, height, brightest, parent: (
        lambda canvas: canvas.accept(np.minimum(noise(width, height), np.uint8(brightest)), "Accept", parent)
    ),
    st.integers(1, 530),
    st.integers(1, 530),
    st.sampled_from([0, 255]),
    parents,
)
extensions = st.lists(st.integers(0, 20), min_size=4, max_size=4).map(
    lambda sides: lambda canvas: canvas.extend(*sides, "Extend")
)


class CanvasAgainstReplay(RuleBasedStateMachine):
    """Remembers the steps, and how the canvas looked after each."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = Journal()
        self.canvas = Canvas(noise(), listener=self.journal)
        self.steps: list[Step] = []
        self.states = [State.of(self.canvas)]
        self.done = 0

    @rule(step=st.one_of(strokes, shapes, mask_steps, pictures, results, results_of_other_sizes, extensions))
    def do(self, step: Step) -> None:
        step(self.canvas)
        if self.states[self.done].is_state_of(self.canvas):
            assert self.canvas.history.position == self.done
            return
        self.steps[self.done :] = [step]
        self.states[self.done + 1 :] = [State.of(self.canvas)]
        self.done += 1
        assert self.canvas.redo_label is None

    @rule(brush=brushes, ink=layers_and_paints, start=points, end=points)
    def cancel_a_stroke(self, brush: Brush, ink: tuple[LayerName, Paint], start: StrokePoint, end: StrokePoint) -> None:
        self.canvas.begin_stroke(ink[0], brush, ink[1], start)
        self.canvas.continue_stroke(end)
        self.canvas.cancel_stroke()

    @rule()
    def undo(self) -> None:
        changed = self.canvas.undo()
        assert (changed is None) == (self.done == 0)
        self.done = max(0, self.done - 1)

    @rule()
    def redo(self) -> None:
        changed = self.canvas.redo()
        assert (changed is None) == (self.done == len(self.steps))
        self.done = min(len(self.steps), self.done + 1)

    @invariant()
    def looks_as_it_did_then(self) -> None:
        assert self.states[self.done].is_state_of(self.canvas)
        assert (self.canvas.height, self.canvas.width) == self.canvas.mask.shape

    @invariant()
    def knows_how_much_is_masked(self) -> None:
        mask = self.canvas.mask
        assert self.canvas.mask_share == int(mask.sum(dtype=np.int64)) / (255 * mask.size)
        assert self.canvas.is_mask_empty == (not mask.any())

    @invariant()
    def its_half_size_copies_are_of_what_is_there(self) -> None:
        for name, pixels in ((LayerName.PICTURE, self.canvas.picture), (LayerName.MASK, self.canvas.mask)):
            anew = Pyramid(lambda pixels=pixels: pixels)
            assert np.array_equal(self.canvas.pyramid(name).level(2), anew.level(2))

    @invariant()
    def an_autosave_knows_all_of_it(self) -> None:
        assert self.journal.edits == list(self.canvas.history.edits)
        assert self.journal.position == self.canvas.history.position == self.done

    def teardown(self) -> None:
        replayed = Canvas(noise())
        for step in self.steps[: self.done]:
            step(replayed)
        assert State.of(replayed).is_state_of(self.canvas)

        restored = Canvas(self.canvas.picture, self.canvas.mask)
        restored.parent = self.canvas.parent
        restored.history.load([edit.packed() for edit in self.journal.edits], self.journal.position)
        while restored.redo():
            pass
        assert self.states[-1].is_state_of(restored)
        while restored.undo():
            pass
        assert self.states[0].is_state_of(restored)


TestCanvasAgainstReplay = CanvasAgainstReplay.TestCase
TestCanvasAgainstReplay.settings = settings(max_examples=30, stateful_step_count=15, deadline=None)


# --- one by one

DOT = Brush(diameter=20)


def click(canvas: Canvas, x: float, y: float, label: str = "Stroke") -> None:
    canvas.begin_stroke(LayerName.MASK, DOT, 255, StrokePoint(x, y))
    canvas.end_stroke(label)


def test_a_canvas_leaves_the_picture_it_was_made_from_alone() -> None:
    picture = noise()
    canvas = Canvas(picture, np.zeros((HEIGHT, WIDTH), np.uint8))

    canvas.replace_picture(255 - picture, "Accept")

    assert np.array_equal(picture, noise())
    assert not np.array_equal(canvas.picture, picture)


def test_the_views_show_every_change_and_cannot_be_written_to() -> None:
    canvas = Canvas(noise())
    mask, then = canvas.mask, canvas.mask_now()

    click(canvas, 100, 100)

    assert mask[100, 100] == 255
    assert then[100, 100] == 0
    for view in (canvas.mask, canvas.picture):
        with pytest.raises(ValueError, match="read-only"):
            view[0, 0] = 1


def test_labels_name_what_would_be_undone_and_done_again() -> None:
    canvas = Canvas(noise())
    assert (canvas.undo_label, canvas.redo_label) == (None, None)

    click(canvas, 50, 50, "Brush")
    click(canvas, 90, 90, "Eraser")
    assert (canvas.undo_label, canvas.redo_label) == ("Eraser", None)

    canvas.undo()
    assert (canvas.undo_label, canvas.redo_label) == ("Brush", "Eraser")

    click(canvas, 10, 10, "Lasso")
    assert (canvas.undo_label, canvas.redo_label) == ("Lasso", None)


def test_undo_says_where_the_picture_changed() -> None:
    canvas = Canvas(noise())
    click(canvas, 250, 250)

    changed = canvas.undo()

    assert changed is not None
    assert changed.intersection(Rect(238, 238, 24, 24)) == changed
    assert not changed.is_empty


def test_accepting_a_candidate_and_clearing_the_mask_is_one_step() -> None:
    canvas = Canvas(noise())
    click(canvas, 100, 100)
    before = State.of(canvas)

    canvas.accept(noise(seed=1), "Accept")
    assert State(noise(seed=1), np.zeros((HEIGHT, WIDTH), np.uint8), None).is_state_of(canvas)

    canvas.undo()
    assert before.is_state_of(canvas)


@pytest.mark.parametrize("size", [(40, 600), (WIDTH + 1, HEIGHT), (10, 10), (512, 512)])
def test_a_result_of_another_size_is_one_step_too(size: tuple[int, int]) -> None:
    journal = Journal()
    canvas = Canvas(noise(), listener=journal)
    click(canvas, 100, 100)
    before = State.of(canvas)

    assert canvas.accept(noise(*size, seed=1), "Accept") == Rect(0, 0, *size)
    after = State(noise(*size, seed=1), np.zeros(size[::-1], np.uint8), None)
    assert after.is_state_of(canvas)
    assert len(journal.edits) == 2

    assert canvas.undo() == Rect(0, 0, WIDTH, HEIGHT)
    assert before.is_state_of(canvas)
    assert canvas.redo() == Rect(0, 0, *size)
    assert after.is_state_of(canvas)


def test_a_result_of_another_size_is_no_extension() -> None:
    canvas = Canvas(noise())
    canvas.extend(8, 0, 0, 0, "Extend")
    canvas.accept(noise(512, 512), "Accept")

    extension, acceptance = canvas.history.edits
    assert extension.extension == Growth(8, 0, 0, 0)
    assert acceptance.extension is None


def test_a_result_of_another_size_counts_in_the_history_and_can_be_packed() -> None:
    canvas = Canvas(np.full((HEIGHT, WIDTH, 3), 200, np.uint8))
    canvas.accept(np.full((512, 512, 3), 90, np.uint8), "Accept")
    pixels = 3 * (WIDTH * HEIGHT + 512 * 512)

    [edit] = canvas.history.edits
    assert pixels < edit.size < pixels + 10_000
    packed = edit
    while packed.unpacked_size:
        packed = packed.packed_by_one()
    assert packed == edit.packed()
    assert packed.size < pixels / 20


def test_extending_fills_and_masks_what_is_new() -> None:
    canvas = Canvas(noise())
    click(canvas, 100, 100)
    before = State.of(canvas)

    canvas.extend(30, 0, 5, 40, "Extend")

    assert (canvas.width, canvas.height) == (335, 310)
    assert np.array_equal(canvas.picture, extended(before.picture, 30, 0, 5, 40))
    assert np.array_equal(canvas.mask[:270, 30:330], before.mask)
    canvas.set_mask(np.where(canvas.mask == 255, canvas.mask, 255), "All")
    assert canvas.mask_share == 1
    canvas.undo()
    assert canvas.mask[:, :30].min() == canvas.mask[270:].min() == canvas.mask[:, 330:].min() == 255

    assert canvas.undo() == canvas.bounds == Rect(0, 0, WIDTH, HEIGHT)
    assert before.is_state_of(canvas)
    assert canvas.redo() == canvas.bounds == Rect(0, 0, 335, 310)


def test_a_view_of_before_a_resize_stays_as_it_was() -> None:
    canvas = Canvas(noise())
    picture = canvas.picture
    canvas.extend(1, 0, 0, 0, "Extend")

    assert picture is not canvas.picture
    assert np.array_equal(picture, noise())


def test_a_canvas_without_growth_is_no_step() -> None:
    canvas = Canvas(noise())
    picture = canvas.picture
    canvas.extend(0, 0, 0, 0, "Extend")

    assert canvas.undo_label is None
    assert canvas.picture is picture


@pytest.mark.parametrize(
    "edit",
    [
        lambda canvas: canvas.undo(),
        lambda canvas: canvas.redo(),
        lambda canvas: canvas.set_mask(canvas.mask, "Mask"),
        lambda canvas: canvas.replace_picture(canvas.picture, "Accept"),
        lambda canvas: canvas.extend(1, 1, 1, 1, "Extend"),
        lambda canvas: canvas.paint_area(LayerName.MASK, Rect(0, 0, 1, 1), np.ones((1, 1), np.uint8), 255, "Area"),
        lambda canvas: canvas.begin_stroke(LayerName.MASK, DOT, 0, StrokePoint(0, 0)),
    ],
)
def test_nothing_else_happens_while_a_stroke_is_drawn(edit: Step) -> None:
    canvas = Canvas(noise())
    canvas.begin_stroke(LayerName.MASK, DOT, 255, StrokePoint(9, 9))
    assert canvas.is_drawing

    with pytest.raises(RuntimeError, match="being drawn"):
        edit(canvas)


@pytest.mark.parametrize(
    "edit",
    [
        lambda canvas: canvas.continue_stroke(StrokePoint(1, 1)),
        lambda canvas: canvas.end_stroke("Stroke"),
        lambda canvas: canvas.cancel_stroke(),
    ],
)
def test_a_stroke_that_was_not_begun_cannot_go_on(edit: Step) -> None:
    with pytest.raises(RuntimeError, match="no stroke"):
        edit(Canvas(noise()))


@pytest.mark.parametrize(
    "edit",
    [
        lambda canvas: canvas.set_mask(np.zeros((5, 5), np.uint8), "Mask"),
        lambda canvas: canvas.replace_picture(noise(5, 5), "Accept"),
        lambda canvas: canvas.accept(np.zeros((5, 5), np.uint8), "Accept"),
        lambda canvas: canvas.accept(np.zeros((0, 5, 3), np.uint8), "Accept"),
        lambda canvas: canvas.extend(-1, 0, 0, 0, "Extend"),
        lambda canvas: canvas.paint_area(LayerName.MASK, Rect(0, 0, 2, 1), np.ones((2, 1), np.uint8), 255, "Area"),
        lambda canvas: canvas.paint_area(LayerName.PICTURE, Rect(0, 0, 1, 1), np.ones((1, 1), np.uint8), 255, "Area"),
        lambda canvas: canvas.begin_stroke(LayerName.MASK, DOT, (1, 2, 3), StrokePoint(0, 0)),
        lambda canvas: canvas.history.load((), 1),
        lambda canvas: canvas.begin_stroke(LayerName.MASK, DOT, 256, StrokePoint(0, 0)),
        lambda canvas: canvas.begin_stroke(LayerName.PICTURE, DOT, (0, -1, 0), StrokePoint(0, 0)),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(edit: Step) -> None:
    canvas = Canvas(noise())
    with pytest.raises(ValueError, match=r"pixels|grow|painted|position"):
        edit(canvas)

    assert State.of(Canvas(noise())).is_state_of(canvas)
    assert not canvas.is_drawing
    assert canvas.undo_label is None


def test_a_mask_of_another_size_than_the_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="mask"):
        Canvas(noise(), np.zeros((WIDTH, HEIGHT), np.uint8))


# --- the history

BIG = Brush(diameter=200)


def scribble(canvas: Canvas, number: int) -> None:
    """Most of a megabyte, not packed."""
    colour = (number % 256, 255 - number % 256, 7)
    canvas.begin_stroke(LayerName.PICTURE, BIG, colour, StrokePoint(100, 100 + number))
    canvas.continue_stroke(StrokePoint(900, 500 - number))
    canvas.end_stroke(f"Stroke {number}")


def test_the_oldest_steps_are_forgotten_when_the_budget_is_used_up() -> None:
    journal = Journal()
    canvas = Canvas(noise(), history_bytes=1_000_000, listener=journal)
    states = [State.of(canvas)]

    # Noise cannot be packed: each of these takes as much as the picture, 243,000 bytes.
    for seed in range(1, 8):
        canvas.replace_picture(noise(seed=seed), "Accept")
        states.append(State.of(canvas))
        assert canvas.history.size == sum(edit.size for edit in canvas.history.edits) <= 1_000_000

    assert (len(canvas.history.edits), canvas.history.forgotten) == (4, 3)
    assert journal.position == len(journal.edits) == 7
    for state in states[6:2:-1]:
        canvas.undo()
        assert state.is_state_of(canvas)
    assert journal.position == 3
    assert canvas.undo() is None


def test_the_newest_step_can_be_undone_whatever_it_takes() -> None:
    canvas = Canvas(noise(1000, 600), history_bytes=1)
    scribble(canvas, 1)
    scribble(canvas, 2)

    assert canvas.undo() is not None
    assert canvas.undo() is None


def test_packing_changes_nothing_but_the_memory() -> None:
    canvas = Canvas(np.full((600, 1000, 3), 90, np.uint8), history_bytes=2**30)
    states = [State.of(canvas)]
    for number in range(85):
        scribble(canvas, number)
        states.append(State.of(canvas))
    size = canvas.history.size
    assert size > 64 * 2**20

    while canvas.history.pack_next():
        pass

    unpacked = [edit for edit in canvas.history.edits if edit.unpacked_size]
    assert canvas.history.edits[-1] in unpacked
    assert canvas.history.edits[0] not in unpacked
    assert sum(edit.unpacked_size for edit in unpacked) <= 64 * 2**20
    assert canvas.history.size == sum(edit.size for edit in canvas.history.edits) < size
    for state in reversed(states[:-1]):
        canvas.undo()
        assert state.is_state_of(canvas)


def test_a_step_is_plain_data() -> None:
    canvas = Canvas(noise())
    click(canvas, 250, 250)
    canvas.extend(2, 3, 4, 5, "Extend")
    stroke, extension = canvas.history.edits

    assert {patch.layer for patch in stroke.patches} == {LayerName.MASK}
    assert stroke.growth is None
    assert extension.growth == Growth(2, 3, 4, 5)
    for edit in (stroke, extension):
        assert pickle.loads(pickle.dumps(edit)) == edit
        assert edit.packed().unpacked_size == 0
        assert edit.packed().packed() == edit.packed() != edit


def test_patches_lie_within_a_tile_and_hold_what_changed_only() -> None:
    canvas = Canvas(noise(600, 600))
    click(canvas, 256, 256)

    areas = [patch.area for patch in canvas.history.edits[0].patches]

    assert sorted((area.left // 256, area.top // 256) for area in areas) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert {(area.width, area.height) for area in areas} == {(10, 10)}
    assert [len(patch.content) for patch in canvas.history.edits[0].patches] == [100] * 4


def test_a_history_is_not_loaded_over_another() -> None:
    canvas = Canvas(noise())
    click(canvas, 9, 9)

    with pytest.raises(ValueError, match="history"):
        canvas.history.load(canvas.history.edits, 1)


def test_a_loaded_history_keeps_to_the_budget() -> None:
    canvas = Canvas(noise())
    states = [State.of(canvas)]
    for seed in range(1, 6):
        canvas.replace_picture(noise(seed=seed), "Accept")
        states.append(State.of(canvas))
    canvas.undo()

    restored = Canvas(canvas.picture, history_bytes=800_000)
    restored.history.load(canvas.history.edits, 4)

    assert restored.history.size <= 800_000
    assert (restored.history.forgotten, restored.history.position) == (2, 2)
    restored.redo()
    assert states[5].is_state_of(restored)
    while restored.undo():
        pass
    assert states[2].is_state_of(restored)
