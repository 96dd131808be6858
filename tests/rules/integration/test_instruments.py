import pytest

from integration.rules import instruments


def full(code, value):
    return {item.code: value for item in instruments.INSTRUMENTS[code].items}


def test_the_total_of_each_instrument():
    assert instruments.total("CAPS-5", full("CAPS-5", 1)) == 20
    assert instruments.total("PCL-5", full("PCL-5", 3)) == 60
    assert instruments.total("C-SSRS", full("C-SSRS", 0)) is None


def test_the_open_questions_of_each_instrument():
    assert len(instruments.missing("CAPS-5", {})) == 25
    assert len(instruments.missing("PCL-5", {"1": 0})) == 19
    assert [item.code for item in instruments.missing("C-SSRS", {"2": 0, "6": 0})] == ["1"]


def test_clean_answers_drop_the_empty_ones():
    assert instruments.answers_from("PCL-5", {"1": "3", "2": " ", "99": "4"}) == {"1": 3}


@pytest.mark.parametrize("text", ["5", "-1", "x", "²"])
def test_an_answer_off_the_scale_names_its_item(text):
    with pytest.raises(ValueError, match="Unwanted memories: choose one of the answers shown"):
        instruments.answers_from("PCL-5", {"1": text})


def test_slugs_and_codes_name_the_same_instruments():
    assert {instrument.code for instrument in instruments.BY_SLUG.values()} == set(instruments.INSTRUMENTS)
    assert instruments.BY_SLUG["pcl-5"].items[0].choices[4] == (4, "Extremely")
