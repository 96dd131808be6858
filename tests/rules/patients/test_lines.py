"""Errors point at the right line, whatever stands around it."""

from hypothesis import given
from hypothesis import strategies as st

from patients.rules.lines import line_of, lines_of

names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
values = st.sampled_from(
    ["1", '"text"', "true", '["a", "]"]', '[\n  "a",\n  "[",\n]', '"""\nx = 1\n[y]\n"""', "'''\nz = 1\n'''", '{ a = 1, b = "}" }', '"# no comment" # a comment ]']
)  # fmt: skip


@given(st.lists(st.tuples(names, st.lists(st.tuples(names, values), max_size=4)), max_size=5))
def test_every_key_is_found_at_the_line_it_was_written_on(tables: list[tuple[str, list[tuple[str, str]]]]):
    lines: list[str] = []
    expected: dict[tuple[str | int, ...], int] = {}
    for number, (_, entries) in enumerate(tables):
        lines.append("[[visits]]")
        expected[("visits", number)] = len(lines)
        for key, value in dict(entries).items():
            expected[("visits", number, key)] = len(lines) + 1
            lines += f"{key} = {value}".split("\n")
    found = lines_of("\n".join(lines))
    assert {path: line for path, line in found.items() if path not in {(), ("visits",)}} == expected


def test_tables_under_a_table_of_a_list_belong_to_its_last_one():
    found = lines_of('[[criteria]]\ncode = "A"\n[[criteria]]\n[criteria.limits]\nlow = 1\n')
    assert found[("criteria", 1, "limits")] == 4
    assert found[("criteria", 1, "limits", "low")] == 5


def test_dotted_and_quoted_keys_are_one_path():
    assert lines_of('\na."b c".d = 1')[("a", "b c", "d")] == 2


def test_a_key_that_is_not_there_is_reported_where_it_would_stand():
    lines = lines_of("[washout]\nhalf_lives = { value = 5 }\n")
    assert line_of(lines, ("washout", "half_lives", "unit")) == 2
    assert line_of(lines, ("washout", "settling")) == 1
    assert line_of(lines, ("hours",)) == 1
