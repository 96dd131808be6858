from hypothesis import given
from hypothesis import strategies as st

from sessions.rules.daysheet import Block, Ground, arranged, sheet

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
