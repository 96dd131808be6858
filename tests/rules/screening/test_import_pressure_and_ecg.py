"""Values of a record that belong together: the two of a blood pressure, and the QT interval and heart rate of an ECG."""

from screening.rules.importing.proposing import Kind
from tests import records
from tests.rules.screening.importing import lines, proposals, reading, readings


def test_blood_pressures_of_three_days_and_of_each_day_the_highest():
    days = [records.pressure(f"d{n}", 120 + n, 80, f"2026-11-{n:02d}T09:00:00Z") for n in range(1, 5)]
    found, aside = readings(*days, records.pressure("high", 160, 95, "2026-11-04T12:00:00Z"))
    assert found == [
        reading({"systolic": top, "diastolic": bottom}, evidence="examination", on=day)
        for top, bottom, day in ((160, 95, "2026-11-04"), (123, 80, "2026-11-03"), (122, 80, "2026-11-02"))
    ]
    assert aside == [
        ("Blood pressure 124/80 mmHg, 4 Nov 2026", "There is a higher one of the same day."),
        ("Blood pressure 121/80 mmHg, 1 Nov 2026", "There are three newer days."),
    ]


def test_neither_of_two_pressures_of_one_day_hides_the_height_of_the_other():
    for pair in (((139, 80), (138, 95)), ((138, 95), (139, 80))):
        parts = [records.pressure(name, *pair[n], f"2026-11-04T0{n}:00:00Z") for n, name in enumerate("ab")]
        found, aside = readings(*parts)
        assert found == [reading({"systolic": 139, "diastolic": 95}, evidence="examination", on="2026-11-04")]
        assert aside == []


def test_a_lower_pressure_after_a_higher_one_of_the_same_day_is_set_aside_too():
    high = records.pressure("a", 160, 95, "2026-11-04T08:00:00Z")
    low = records.pressure("b", 120, 80, "2026-11-04T09:00:00Z")
    found, aside = readings(high, low)
    assert found == [reading({"systolic": 160, "diastolic": 95}, evidence="examination", on="2026-11-04")]
    assert aside == [("Blood pressure 120/80 mmHg, 4 Nov 2026", "There is a higher one of the same day.")]


def test_half_a_blood_pressure_is_none_and_two_halves_of_one_moment_are_one():
    top = records.observation("s", "8480-6", "Systolic", 130, "mm[Hg]", "2026-11-02T09:00:00Z")
    bottom = records.observation("d", "8462-4", "Diastolic", 80, "mm[Hg]", "2026-11-02T09:00:00Z")
    assert readings(top)[1] == [("Systolic: 130 mm[Hg]", "The other half of the blood pressure is missing.")]
    assert readings(top, bottom)[0] == [reading({"systolic": 130, "diastolic": 80}, evidence="examination")]
    twice = records.observation("e", "8462-4", "Diastolic", 70, "mm[Hg]", "2026-11-02T09:00:00Z")
    assert readings(top, bottom, twice)[0] == []


def test_one_half_of_a_blood_pressure_hides_no_whole_one():
    half = records.observation("s", "8480-6", "Systolic", 180, "mm[Hg]", "2026-11-01T09:00:00Z")
    whole = records.pressure("p", 130, 80, "2026-11-02T09:00:00Z")
    assert [line.title for line in lines(Kind.READING, half, whole)] == ["Blood pressure 130/80 mmHg"]


def test_two_measurements_of_one_moment_keep_their_halves_together():
    moment = "2026-11-02T09:00:00Z"
    found = lines(Kind.READING, records.pressure("a", 130, 80, moment), records.pressure("b", 150, 85, moment))
    assert [line.title for line in found] == ["Blood pressure 150/85 mmHg"]


def test_a_part_of_a_panel_that_cannot_be_used_says_why_and_an_empty_one_is_nothing():
    odd = records.pressure("p", 130, 80, "2026-11-02T09:00:00Z")
    odd["component"][0]["valueQuantity"]["code"] = "kPa"
    assert [(one.what, one.why) for one in proposals(odd).set_aside] == [
        ("Systolic", "Its unit, kPa, is not in the table: nothing is converted by guess."),
        ("Diastolic: 80 mm[Hg]", "The other half of the blood pressure is missing."),
    ]
    empty = records.pressure("p", 130, 80, "2026-11-02T09:00:00Z")
    del empty["component"][0]["valueQuantity"]
    assert [one.what for one in proposals(empty).set_aside] == ["Diastolic: 80 mm[Hg]"]
    assert proposals(empty).unmapped == ()
    single = empty | {"code": empty["component"][0]["code"], "component": empty["component"][1:]}
    assert [one.what for one in proposals(single).set_aside] == ["Diastolic: 80 mm[Hg]"]


def test_a_heart_rate_is_the_ecgs_only_beside_a_qt_interval():
    qt = records.observation("qt", "8634-8", "QT", 400, "ms", "2026-11-02T09:00:00Z")
    rate = records.observation("hr", "8867-4", "Heart rate", 60, "/min", "2026-11-02T09:00:00Z")
    other = records.observation("hr2", "8867-4", "Heart rate", 90, "/min", "2026-11-03T09:00:00Z")
    found, aside = readings(qt, rate, other)
    assert found == [reading({"qt": 400, "rate": 60}, evidence="ecg")]
    assert aside == [("Heart rate", "A heart rate that belongs to no ECG is not asked for.")]


def test_an_older_ecg_is_set_aside_whole():
    def tracing(name, day, qt):
        at = f"2026-11-{day:02d}T09:00:00Z"
        return [
            records.observation(f"q{name}", "8634-8", "QT", qt, "ms", at),
            records.observation(f"r{name}", "8637-1", "RR", 900, "ms", at),
        ]

    found, aside = readings(*tracing(1, 1, 410), *tracing(2, 9, 400))
    assert found == [reading({"qt": 400, "rr": 900}, evidence="ecg", on="2026-11-09")]
    assert aside == [("QT: 410 ms", "There is a newer ECG."), ("RR: 900 ms", "There is a newer ECG.")]
    rr = records.observation("r", "8637-1", "RR", 900, "ms", "2026-11-01")
    assert readings(rr)[1] == [("RR", "It has no QT interval.")]
