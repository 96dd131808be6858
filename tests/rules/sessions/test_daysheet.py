from hypothesis import given
from hypothesis import strategies as st

from sessions.rules.daysheet import LANE, Block, Ground, arranged, sheet, spread

OPEN = {"ada": [(0, 40)], "ben": [(0, 40)], "cat": [(8, 40)]}


def spans(line):
    return [(cell.start, cell.columns, cell.rows, cell.block) for cell in line.cells]


def test_two_who_sit_together_are_neighbours():
    blocks = [Block(1, 0, 4, ("ada", "cat")), Block(2, 4, 36, ("ada", "cat")), Block(3, 0, 4, ("ben",))]
    assert arranged(["ada", "ben", "cat"], blocks) == ["ada", "cat", "ben"]


def test_a_dyad_is_one_cell_over_both_lines():
    upper, lower = sheet(["ada", "ben"], [Block(7, 4, 10, ("ben", "ada"))], OPEN, 40)
    assert spans(upper) == [(0, 4, 1, None), (4, 6, 2, 7), (10, 30, 1, None)]
    assert spans(lower) == [(0, 4, 1, None), (10, 30, 1, None)]


def test_two_who_cannot_be_neighbours_each_have_the_visit():
    lines = sheet(["ada", "ben", "cat"], [Block(7, 8, 10, ("ada", "cat"))], OPEN, 40)
    cells = [cell for line in lines for cell in line.cells if cell.block == 7]
    assert [(cell.rows, cell.is_joint) for cell in cells] == [(1, True), (1, True)]


def test_hours_outside_work_are_off():
    (line,) = sheet(["cat"], [], OPEN, 40)
    assert [(cell.start, cell.columns, cell.ground) for cell in line.cells] == [
        (0, 8, Ground.OFF),
        (8, 32, Ground.OPEN),
    ]


def test_turnover_stands_after_a_visit_up_to_the_next():
    (line,) = sheet(["room"], [Block(1, 0, 6, ("room",), 4), Block(2, 8, 12, ("room",), 4)], {"room": [(0, 14)]}, 14)
    assert [(cell.start, cell.columns, cell.ground) for cell in line.cells if cell.block is None] == [
        (6, 2, Ground.TURNOVER),
        (12, 2, Ground.TURNOVER),
    ]


@given(
    st.lists(
        st.tuples(st.integers(0, 39), st.integers(1, 12), st.sampled_from(["ada", "ben", "cat"]), st.booleans()),
        max_size=8,
    )
)
def test_every_line_is_covered_exactly_once(visits):
    """Counted with what reaches down from the line above, every line has all its columns and none twice."""
    keys, taken, blocks = ["ada", "ben", "cat"], {key: set() for key in ("ada", "ben", "cat")}, []
    for number, (start, length, who, is_pair) in enumerate(visits):
        people = (who, keys[(keys.index(who) + 1) % 3]) if is_pair else (who,)
        steps = set(range(start, min(start + length, 40)))
        if any(taken[person] & steps for person in people):
            continue
        for person in people:
            taken[person] |= steps
        blocks.append(Block(number, start, start + length, people))
    covered = {key: [] for key in keys}
    for place, line in enumerate(sheet(keys, blocks, OPEN, 40)):
        for cell in line.cells:
            for row in range(cell.rows):
                covered[keys[place + row]] += range(cell.start, cell.start + cell.columns)
    assert all(sorted(steps) == list(range(40)) for steps in covered.values())


def test_two_visits_of_one_line_at_a_time_have_a_lane_each():
    keys, blocks = spread(
        ["ada", "ben"], [Block(1, 0, 8, ("ada",)), Block(2, 4, 6, ("ada",)), Block(3, 8, 9, ("ada",))]
    )
    assert keys == ["ada", "ada/1", "ben"]
    assert {block.key: block.lines for block in blocks} == {1: ("ada",), 2: ("ada/1",), 3: ("ada",)}


@given(st.lists(st.tuples(st.integers(0, 39), st.integers(1, 12), st.sampled_from(["ada", "ben"])), max_size=12))
def test_nothing_is_covered_by_something_else(visits):
    blocks = [Block(n, start, min(40, start + length), (who,)) for n, (start, length, who) in enumerate(visits)]
    keys, placed = spread(["ada", "ben"], blocks)
    drawn = [cell.block for line in sheet(keys, placed, {}, 40) for cell in line.cells if cell.block is not None]
    assert sorted(drawn) == [block.key for block in blocks]
    assert {key.partition(LANE)[0] for key in keys} == {"ada", "ben"}
    without = [
        cell.block for line in sheet(["ada", "ben"], blocks, {}, 40) for cell in line.cells if cell.block is not None
    ]
    overlapping = any(
        a.lines == b.lines and a.start < b.end and b.start < a.end for a in blocks for b in blocks if a.key < b.key
    )
    assert overlapping or sorted(without) == sorted(drawn)  # the lanes are there for those that overlap


def test_ruled_ground_is_cut_at_every_hour():
    (line,) = sheet(["ada"], [Block(1, 6, 9, ("ada",))], OPEN, 16, ruled=4)
    assert spans(line) == [(0, 4, 1, None), (4, 2, 1, None), (6, 3, 1, 1), (9, 3, 1, None), (12, 4, 1, None)]
