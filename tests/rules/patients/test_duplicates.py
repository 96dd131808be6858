import datetime as dt

import pytest

from patients.rules.duplicates import Identity, in_common

ADA = Identity("Ada", "Márquez", dt.date(1980, 5, 1), "+44 20 7946 0000")


@pytest.mark.parametrize(
    ("other", "shared"),
    [
        (Identity("ada", " marquez ", dt.date(1981, 1, 1), ""), ["the same name"]),
        (Identity("Marquez", "Ada", dt.date(1981, 1, 1), ""), ["the same name"]),
        (Identity("Ben", "Wood", dt.date(1980, 5, 1), ""), ["the same date of birth"]),
        (Identity("Ben", "Wood", dt.date(1981, 1, 1), "020 7946-0000"), ["the same telephone number"]),
        (ADA, ["the same name", "the same date of birth", "the same telephone number"]),
        (Identity("Ada", "Wood", dt.date(1981, 1, 1), "020 7946 0001"), []),
    ],
)
def test_what_two_people_have_in_common_is_said_in_words(other: Identity, shared: list[str]):
    assert in_common(ADA, other) == shared
    assert in_common(other, ADA) == shared


def test_two_people_without_a_telephone_do_not_share_one():
    one = Identity("A", "B", dt.date(1980, 1, 1), "")
    assert in_common(one, Identity("C", "D", dt.date(1981, 1, 1), "none")) == []
