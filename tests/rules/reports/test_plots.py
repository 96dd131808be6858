from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from reports.rules import plots
from reports.rules.papers import DoseLine, Limit, Reading

START = datetime(2026, 3, 10, 9, 0, tzinfo=ZoneInfo("Europe/Lisbon"))
READINGS = [
    Reading(START, "Before the dose", 118, 76, 66, 36.6, 98),
    Reading(START + timedelta(hours=2), "2 h", 152, 94, 104),
    Reading(START + timedelta(hours=6), "6 h", temperature=36.9),
]
DOSES = [DoseLine(START + timedelta(minutes=15), "D1", "initial", "80 mg", "A")]
LIMITS = [
    Limit("Systolic above 180", "systolic", 180, "mmHg", "", "not verified"),
    Limit("Pulse above 180", "pulse", 180, "/min", "", "not verified"),
    Limit("Temperature above 38", "temperature", 38, "°C", "", "not verified"),
]


def test_the_plot_holds_every_pressure_and_pulse_on_the_clinics_clock() -> None:
    lines, limits, doses = plots.vital_signs(READINGS, DOSES, LIMITS)["layer"]
    assert [(row["at"], row["series"], row["value"]) for row in lines["data"]["values"]] == [
        ("2026-03-10T09:00:00Z", "Systolic, mmHg", 118),
        ("2026-03-10T09:00:00Z", "Diastolic, mmHg", 76),
        ("2026-03-10T09:00:00Z", "Pulse, per min", 66),
        ("2026-03-10T11:00:00Z", "Systolic, mmHg", 152),
        ("2026-03-10T11:00:00Z", "Diastolic, mmHg", 94),
        ("2026-03-10T11:00:00Z", "Pulse, per min", 104),
    ]
    assert limits["data"]["values"] == [{"value": 180, "label": "Systolic and pulse 180"}]
    assert doses["data"]["values"] == [{"at": "2026-03-10T09:15:00Z", "label": "80 mg"}]


def test_without_doses_or_limits_the_plot_has_the_readings_only() -> None:
    assert len(plots.vital_signs(READINGS, [], [])["layer"]) == 1


def test_the_plot_is_said_in_words() -> None:
    assert plots.vital_signs_in_words(READINGS, DOSES) == (
        "Blood pressure and pulse at 3 times, 09:00 to 15:00. Highest blood pressure 152/94 mmHg at 11:00. "
        "Pulse from 66 to 104 per minute. Initial dose 80 mg at 09:15."
    )


def test_no_readings_are_said_too() -> None:
    assert plots.vital_signs_in_words([], []) == "No vital signs were recorded."


def test_a_temperature_alone_says_no_pressure() -> None:
    assert plots.vital_signs_in_words(READINGS[2:], []) == "Blood pressure and pulse at 1 times, 15:00 to 15:00."


def test_half_a_pressure_is_not_printed_as_one() -> None:
    assert Reading(START, "", systolic=120).pressure == ""
