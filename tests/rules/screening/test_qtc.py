"""The corrected QT interval against the limit of the sex."""

import pytest

from tests.rules.screening.criteria import (
    ECG,
    JUDGEMENT,
    MET,
    NOT_MET,
    UNKNOWN,
    finding,
    limits,
    outcome,
    protocol_with,
    tracing,
)

# QT in ms at RR 1000 ms is the QTc itself by both formulas.
TRACINGS = [
    (tracing(qt=460, rr=1000), MET),
    (tracing(qt=461, rr=1000), NOT_MET),
    (tracing(qt=460.4, rr=1000), NOT_MET),
    (tracing("male", qt=450, rr=1000), MET),
    (tracing("male", qt=451, rr=1000), NOT_MET),
    (tracing(None, qt=450, rr=1000), MET),
    (tracing(None, qt=455, rr=1000), UNKNOWN),
    (tracing(None, qt=461, rr=1000), NOT_MET),
    (tracing(qt=400, rate=60), MET),
    (tracing(qt=400, rate=100), NOT_MET),  # QTcB 517 ms
    (tracing(qt=400, rr=1000, rate=64), MET),
    (tracing(qt=400, rr=1000, rate=80), UNKNOWN),
    (tracing(qt=400, rr=1000, rate=54.6), MET),  # 9.9 % apart
    (tracing(qt=400, rr=1000, rate=54.5), UNKNOWN),  # 10.1 %
    (tracing(qt=400, rr=0, rate=60), UNKNOWN),
    (tracing(qt=400, rr=None, rate=60), UNKNOWN),
    (tracing(qt=400, rr=1000, rate=None), UNKNOWN),
    (tracing(qt=400, rr=1000, rate=0), UNKNOWN),
    (tracing(qt=-400, rr=1000), UNKNOWN),
    (tracing(qt=0, rr=1000), UNKNOWN),
    (tracing(rr=1000), UNKNOWN),
    (tracing(qt=400, rr=1000, rhythm="other"), JUDGEMENT),
    (tracing(qt=400, rr=1000, rhythm=None), UNKNOWN),
    (tracing(qt=400, rr=1000, rhythm="unknown"), UNKNOWN),
    (tracing(qt=500, rr=1000, rhythm="other"), NOT_MET),
]


@pytest.mark.parametrize(("candidate", "expected"), TRACINGS)
def test_the_corrected_qt_interval_is_held_against_the_limit_of_the_sex(candidate, expected):
    assert outcome("M2", candidate) is expected


def test_both_corrections_are_shown_and_the_protocol_says_which_counts():
    candidate = tracing(qt=380, rate=75)  # RR 800 ms: Bazett 424.9, Fridericia 409.3
    assert finding("M2", candidate).evidence == "QT 380 ms, RR 800 ms: QTcB 425 ms, QTcF 410 ms, 20 Mar 2026"
    either = {
        name: outcome("X1", candidate, protocol_with(computed=name, evidence=ECG, limits=limits(male=420, female=420)))
        for name in ("qtc_bazett", "qtc_fridericia")
    }
    assert either == {"qtc_bazett": NOT_MET, "qtc_fridericia": MET}


@pytest.mark.parametrize(("computed", "said"), [("qtc_bazett", "QTc (Bazett)"), ("qtc_fridericia", "QTc (Fridericia)")])
@pytest.mark.parametrize("rhythm", ["sinus", "other"])
def test_a_finding_names_the_correction_that_counted(computed, said, rhythm):
    protocol = protocol_with(computed=computed, evidence=ECG, limits=limits(male=450, female=460))
    assert finding("X1", tracing(qt=400, rr=1000, rhythm=rhythm), protocol).sentence.startswith(f"{said} is 400 ms")


@pytest.mark.parametrize(
    ("printed", "said"),
    [(432, ""), (460, ""), (461, " The device prints 461 ms, above it: look at the tracing again.")],
)
def test_a_printed_qtc_is_shown_beside_the_computed_one_and_decides_nothing(printed, said):
    found = finding("M2", tracing(qt=400, qtc_printed=printed))
    assert (found.outcome, found.evidence) == (
        MET,
        f"QT 400 ms, RR 1000 ms: QTcB 400 ms, QTcF 400 ms, the device prints {printed} ms, 20 Mar 2026",
    )
    assert found.sentence.partition(" Not verified")[0] == f"QTc (Bazett) is 400 ms, at most 460 ms.{said}"
    # While the sex is not recorded, the lower of the two limits is held against it.
    assert "The device prints 455 ms" in finding("M2", tracing(sex=None, qt=400, qtc_printed=455)).sentence
    assert outcome("M2", tracing(qt=480, qtc_printed=400)) is NOT_MET
    assert outcome("M2", tracing(qt=None, qtc_printed=400)) is UNKNOWN
