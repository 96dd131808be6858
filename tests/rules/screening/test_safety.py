import pytest

from screening.rules import safety

WHOLE = {heading.code: "Something written down." for heading in safety.HEADINGS}


def test_a_whole_plan_may_be_kept():
    assert safety.refusals(WHOLE) == []


@pytest.mark.parametrize("heading", safety.HEADINGS, ids=lambda heading: heading.code)
def test_a_needed_heading_may_not_be_empty(heading):
    found = [finding.code for finding in safety.refusals({**WHOLE, heading.code: " \n"})]
    assert found == ([heading.code] if heading.needed else [])
