from datetime import datetime

import pytest

from reports.rules.words import duration, span


@pytest.mark.parametrize(("minutes", "said"), [(0, "–"), (45, "45 min"), (60, "1 h"), (515, "8 h 35 min")])
def test_a_duration_is_said_in_hours_and_minutes(minutes: int, said: str) -> None:
    assert duration(minutes) == said


def test_a_span_names_the_day_only_where_it_changes() -> None:
    starts = datetime(2026, 3, 10, 9, 0)
    assert span(starts, datetime(2026, 3, 10, 17, 30)) == "09:00–17:30"
    assert span(starts, datetime(2026, 3, 11, 8, 0)) == "09:00–08:00 on 11 Mar"
