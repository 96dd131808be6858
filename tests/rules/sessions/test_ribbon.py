from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.rules.protocol import VisitKind
from sessions.rules.picture import MEASURES, Form, Glyph, MarkState, Stop
from sessions.rules.ribbon import draw, state_of

MONDAY = date(2026, 3, 2)
TODAY = date(2026, 3, 25)


def stop(code, kind, day, state=MarkState.PLANNED, **more):
    return Stop(code, kind, more.pop("title", code), state, day, **more)


def course():
    return [
        stop("P1", VisitKind.PREPARATION, MONDAY, MarkState.DONE, when="Mon 2 Mar, 09:00"),
        stop("D1", VisitKind.DOSING, date(2026, 3, 23), MarkState.DONE, dose="80 + 40 mg"),
        stop("I1.1", VisitKind.INTEGRATION, date(2026, 3, 24), MarkState.LATE),
        stop("C1.1", VisitKind.CALL, date(2026, 3, 26), when="Thu 26 Mar, 10:00", title="Call, day 2"),
        stop("D2", VisitKind.DOSING, date(2026, 4, 20), window=(date(2026, 4, 13), date(2026, 4, 27))),
        stop("R1", VisitKind.RATING, None, MarkState.OPEN),
        stop("F2", VisitKind.FOLLOW_UP, date(2026, 11, 20)),
    ]


def picture(**more):
    return draw(more.pop("stops", course()), title="Course", today=more.pop("today", TODAY), **more)


@pytest.mark.parametrize(
    ("state", "day", "expected"),
    [
        ("planned", TODAY, MarkState.PLANNED),
        ("planned", TODAY - timedelta(days=1), MarkState.LATE),
        ("done", TODAY, MarkState.DONE),
        ("missed", TODAY, MarkState.MISSED),
        ("cancelled", TODAY, MarkState.CANCELLED),
        ("planned", None, MarkState.OPEN),
    ],
)
def test_the_state_of_a_mark(state, day, expected):
    assert state_of(state, day, TODAY) is expected


def test_kinds_have_their_shapes():
    shapes = {mark.code: mark.glyph for mark in picture().marks}
    assert shapes == {
        "P1": Glyph.CIRCLE,
        "D1": Glyph.DIAMOND,
        "I1.1": Glyph.SQUARE,
        "C1.1": Glyph.DOT,
        "D2": Glyph.DIAMOND,
        "F2": Glyph.TRIANGLE,
    }


def test_a_week_is_as_wide_as_the_next():
    marks = {mark.code: mark for mark in picture().marks}
    assert marks["D2"].x - marks["D1"].x == pytest.approx(4 * MEASURES[Form.LARGE].week, abs=0.2)


def test_a_window_reaches_from_the_first_to_the_end_of_the_last_day():
    (band,) = picture().bands
    assert band.width == pytest.approx(15 / 7 * MEASURES[Form.LARGE].week, abs=0.2)


def test_a_visit_months_later_stands_behind_the_scale_under_its_month():
    drawn = picture()
    far = next(mark for mark in drawn.marks if mark.code == "F2")
    assert far.x > drawn.lines.scale_end
    assert [tick.label for tick in drawn.far] == ["Nov ’26"]


def test_dosing_days_are_joined_with_the_days_between_them():
    assert [bridge.label for bridge in picture().bridges] == ["28 days"]


def test_the_washout_ends_on_its_clear_from_date():
    drawn = picture(washout=(date(2026, 2, 1), date(2026, 3, 12)))
    assert drawn.washout.label == "washout, clear from Thu 12 Mar"
    edge = MEASURES[Form.LARGE].left + 10 / 7 * MEASURES[Form.LARGE].week
    assert drawn.washout.x + drawn.washout.width == pytest.approx(edge, abs=0.2)


def test_a_washout_that_was_over_before_is_not_drawn():
    assert picture(washout=(date(2026, 1, 1), MONDAY)).washout is None


def test_rows_of_a_board_share_one_scale():
    shared = {"origin": MONDAY + timedelta(weeks=2), "weeks": 12, "form": Form.COMPACT}
    one, other = picture(**shared), picture(stops=course()[4:5], **shared)
    assert (one.width, one.height) == (other.width, other.height)
    assert {mark.code: mark.x for mark in one.marks}["D2"] == other.marks[0].x
    assert "P1" not in {mark.code for mark in one.marks}


def test_today_is_drawn_only_where_the_scale_holds_it():
    assert picture().today is not None
    assert picture(today=date(2027, 3, 1)).today is None


def test_the_picture_says_in_words_what_is_done_late_and_next():
    assert picture().description == "2 of 7 visits done. Late: I1.1. Next: Call, day 2, Thu 26 Mar, 10:00."


def test_the_table_holds_every_visit_also_those_without_a_day():
    assert [(row.code, row.state) for row in picture().rows] == [
        ("P1", "done"),
        ("D1", "done"),
        ("I1.1", "late"),
        ("C1.1", "planned"),
        ("D2", "planned"),
        ("R1", "no day yet"),
        ("F2", "planned"),
    ]


def test_a_course_without_visits_is_a_line_of_weeks():
    drawn = picture(stops=[])
    assert (drawn.marks, drawn.description, len(drawn.weeks)) == ((), "No visits yet.", 18)


@given(
    st.lists(st.tuples(st.sampled_from(VisitKind), st.integers(0, 500)), max_size=30),
    st.sampled_from(Form),
    st.booleans(),
)
def test_every_mark_lies_inside_the_picture(visits, form, is_aligned):
    stops = [stop(str(n), kind, MONDAY + timedelta(days=days)) for n, (kind, days) in enumerate(visits)]
    drawn = picture(stops=stops, form=form, origin=MONDAY if is_aligned else None)
    for mark in drawn.marks:
        assert mark.x - mark.size >= 0 and mark.x + mark.size <= drawn.width
        assert mark.y - mark.size >= 0 and mark.y + mark.size <= drawn.height
    for band in drawn.bands:
        assert band.width > 0 and band.x + band.width <= drawn.width
