"""Names of medicines as people write them, and the search for one."""

import pytest

from accounts.rules.findings import Outcome
from screening.rules.medicines import COMBINED, TABLE, read, search
from tests.rules.screening.people import ago
from tests.rules.screening.stopping import cleared, finding, stopped


@pytest.mark.parametrize(
    ("written", "drugs", "certain"),
    [
        ("Sertraline", ["sertraline"], True),
        ("SERTRALINE hydrochloride 100 mg tablets, once daily", ["sertraline"], True),
        ("Zoloft (sertraline)", ["sertraline"], True),
        ("Zolof", ["sertraline"], False),
        ("fluoxatine", ["fluoxetine", "fluvoxamine"], False),
        ("St John’s Wort", ["st john's wort"], True),
        ("5-HTP 200 mg", ["5-htp"], True),
        ("5-HTP", ["5-htp"], True),
        ("methylene blue", ["methylene blue"], True),
        ("methylene blue, sertraline and lithium", ["methylene blue", "sertraline", "lithium"], True),
        ("Symbyax (olanzapine + fluoxetine)", ["olanzapine", "fluoxetine"], True),
        ("SYMBYAX", ["olanzapine", "fluoxetine"], True),
        ("Auvelity", ["dextromethorphan", "bupropion"], True),
        ("Nuedexta 20/10 mg", ["dextromethorphan", "quinidine"], True),
        ("Lybalvi", ["olanzapine"], False),
        ("fluoxetine weekly", ["fluoxetine"], False),
        ("Sertralíne", ["sertraline"], True),
        ("ＳＥＲＴＲＡＬＩＮＥ", ["sertraline"], True),
        ("SERTRALİNE", ["sertraline"], True),
        ("ser\u00adtra\u200bline", ["sertraline"], True),
        ("Zoloft® 50µg", ["sertraline"], True),
        ("Сертралин", [], False),
        ("Флуоксетин + sertraline", ["sertraline"], False),
        ("セルトラリン", [], False),
        ("St. Johns Wort", ["st john's wort"], True),
        ("St John`s Wort", ["st john's wort"], True),
        ("Saint John’s Wort", ["st john's wort"], True),
        ("st johns wortt", ["st john's wort"], False),
        ("levonorgestrel implant", ["levonorgestrel"], True),
        ("no sertraline", ["sertraline"], False),
        ("Xanay", ["alprazolam"], False),  # four letters of five are near enough
        ("Xanyb", [], False),
        ("Escitalo", ["escitalopram"], False),  # and so are eight of twelve
        ("Escital", [], False),
        ("zzz", [], False),
        ("", [], False),
    ],
)
def test_names_are_read_as_people_write_them(written, drugs, certain):
    reading = read(written)
    assert ([drug.name for drug in reading.drugs], reading.certain) == (drugs, certain)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("haloperidol depot", "haloperidol"),
        ("Haldol Decanoate 50 mg", "haloperidol"),
        ("Abilify Maintena", "aripiprazole"),
        ("aripiprazole LAI", "aripiprazole"),
        ("aripiprazole injection", "aripiprazole"),
        ("Risperdal Consta", "risperidone"),
        ("Sublocade", "buprenorphine"),
        ("naltrexone implant", "naltrexone"),
    ],
)
def test_a_long_acting_form_is_unknown(written, known):
    reading = read(written)
    assert (reading.drugs, reading.certain, reading.nearest, reading.long_acting) == ((), False, (known,), True)
    assert finding(stopped(written, ago(3000))).outcome is Outcome.UNKNOWN
    assert cleared(stopped(written, ago(3000))) is None
    assert f"has only the short-acting forms of {known}." in finding(stopped(written)).sentence


def test_an_injection_of_what_has_no_long_acting_form_is_read():
    assert read("sumatriptan injection").certain
    assert not read("haloperidol").long_acting


def test_a_search_begins_with_what_was_typed_and_tolerates_a_slip():
    assert [drug.name for drug in search("sertr")] == ["sertraline"]
    assert [drug.name for drug in search("Prozak")] == ["fluoxetine"]
    assert [drug.name for drug in search("riz")] == ["rizatriptan"]
    assert [drug.name for drug in search("zy")] == ["bupropion", "tramadol", "olanzapine", "linezolid"]
    assert search("br")[-1].name == "buprenorphine"  # a depot comes after what is taken by mouth
    assert len(search("a")) == 8
    assert len(search("a", most=3)) == 3
    assert search(" ") == []


def test_no_name_stands_for_two_rows():
    names = [name for drug in TABLE for name in (*drug.names, *drug.brands, *drug.depots)] + list(COMBINED)
    assert len(names) == len(set(names))
