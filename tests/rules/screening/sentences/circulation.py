"""Sentences about blood pressure and the ECG."""

from tests.rules.screening.criteria import JUDGEMENT, MET, NOT_MET, UNKNOWN, A, B, C, pressure, tracing
from tests.rules.screening.people import healthy

CIRCULATION = [
    (
        "M1",
        healthy(),
        MET,
        "Blood pressure was below 140/90 mmHg on 3 separate days. Not verified: systolic 140 mmHg, diastolic 90 mmHg, occasions 3 occasions.",
        "128/80 mmHg on 10 Mar 2026; 126/82 mmHg on 15 Mar 2026; 130/84 mmHg on 20 Mar 2026",
    ),
    (
        "M1",
        pressure((140, 80, A), (140, 80, B), (140, 80, C)),
        NOT_MET,
        "Blood pressure was 140/90 mmHg or more on all of 3 separate days. Not verified: systolic 140 mmHg, diastolic 90 mmHg, occasions 3 occasions.",
        "140/80 mmHg on 10 Mar 2026; 140/80 mmHg on 15 Mar 2026; 140/80 mmHg on 20 Mar 2026",
    ),
    (
        "M1",
        pressure((140, 80, A), (139, 89, B), (139, 89, C)),
        JUDGEMENT,
        "Blood pressure was 140/90 mmHg or more on 1 of 3 days. Physician judges it, with a written reason. Not verified: systolic 140 mmHg, diastolic 90 mmHg, occasions 3 occasions.",
        "140/80 mmHg on 10 Mar 2026; 139/89 mmHg on 15 Mar 2026; 139/89 mmHg on 20 Mar 2026",
    ),
    (
        "M1",
        pressure((140, 80, A)),
        UNKNOWN,
        "Blood pressure: 1 day with a current reading; 3 separate days are needed. Measure again.",
        "140/80 mmHg on 10 Mar 2026",
    ),
    (
        "M2",
        tracing(qt=461, rr=1000),
        NOT_MET,
        "QTc (Bazett) is 461 ms, above 460 ms. Not verified: male 450 ms, female 460 ms.",
        "QT 461 ms, RR 1000 ms: QTcB 461 ms, QTcF 461 ms, 20 Mar 2026",
    ),
    (
        "M2",
        tracing("male", qt=451, rr=1000),
        NOT_MET,
        "QTc (Bazett) is 451 ms, above 450 ms. Not verified: male 450 ms, female 460 ms.",
        "QT 451 ms, RR 1000 ms: QTcB 451 ms, QTcF 451 ms, 20 Mar 2026",
    ),
    (
        "M2",
        tracing(None, qt=455, rr=1000),
        UNKNOWN,
        "QTc (Bazett) is 455 ms; which limit applies is unknown until the sex is recorded.",
        "QT 455 ms, RR 1000 ms: QTcB 455 ms, QTcF 455 ms, 20 Mar 2026",
    ),
    (
        "M2",
        tracing(None, qt=461, rr=1000),
        NOT_MET,
        "QTc (Bazett) is 461 ms, above 460 ms. Not verified: male 450 ms, female 460 ms.",
        "QT 461 ms, RR 1000 ms: QTcB 461 ms, QTcF 461 ms, 20 Mar 2026",
    ),
    (
        "M2",
        tracing(None, qt=450, rr=1000),
        MET,
        "QTc (Bazett) is 450 ms, at most 450 ms. Not verified: male 450 ms, female 460 ms.",
        "QT 450 ms, RR 1000 ms: QTcB 450 ms, QTcF 450 ms, 20 Mar 2026",
    ),
    ("M2", tracing(qt=None), UNKNOWN, "The QT interval is not recorded.", ""),
    (
        "M2",
        tracing(qt=400, rr=1000, rate=None),
        UNKNOWN,
        "RR interval and heart rate are both needed and must agree; read the ECG again and record both.",
        "",
    ),
    (
        "M2",
        tracing(qt=400, rhythm=None),
        UNKNOWN,
        "The rhythm is not recorded.",
        "QT 400 ms, RR 1000 ms: QTcB 400 ms, QTcF 400 ms, 20 Mar 2026",
    ),
    (
        "M2",
        tracing(qt=400, rhythm="other"),
        JUDGEMENT,
        "QTc (Bazett) is 400 ms, but the rhythm is not sinus rhythm. Physician judges it, with a written reason. Not verified: male 450 ms, female 460 ms.",
        "QT 400 ms, RR 1000 ms: QTcB 400 ms, QTcF 400 ms, 20 Mar 2026",
    ),
]
