"""A whole record: every entry is accounted for, and nothing proposes that a risk is absent."""

import json

from hypothesis import given
from hypothesis import strategies as st

from screening.rules.importing.proposing import Kind, propose
from screening.rules.importing.reading import read
from tests import records
from tests.rules.screening.importing import ICD, TODAY, proposals, the


def test_a_realistic_record_gives_a_list_that_can_be_gone_through():
    found = proposals(*[entry["resource"] for entry in records.whole()["entry"][1:]])
    assert [(line.kind.value, line.title) for line in found.lines] == [
        ("person", "Wren Fictional"),
        *(("criterion", code) for code in ("M20", "M5", "M6", "M1a", "M18")),
        ("reading", "Diagnosis: F43.1 Post-traumatic stress disorder, since 2019-03-01"),
        ("reading", "Allergy: Intolerance to lactose"),
        ("medicine", "Venlafaxine"),
        ("medicine", "Sertraline"),
        ("reading", "Blood pressure 146/76 mmHg"),
        ("reading", "Blood pressure 145/76 mmHg"),
        ("reading", "Blood pressure 144/76 mmHg"),
        ("reading", "QT interval 400 ms, Heart rate 60 per minute"),
        ("reading", "Creatinine 79.56 µmol/L"),
        ("reading", "Potassium 4.1 mmol/L"),
        ("reading", "Sodium 139 mmol/L"),
        ("reading", "Weight 64 kg"),
    ]


def test_the_order_of_a_file_changes_neither_lines_nor_digests():
    value = records.whole()
    turned = {**value, "entry": value["entry"][::-1]}
    one, other = ({line.digest for line in propose(read(records.file(v)), as_of=TODAY).lines} for v in (value, turned))
    assert one == other


def test_another_content_is_another_digest():
    lines = [
        the(Kind.MEDICINE, records.prescription("m", "Sertraline", state)).digest for state in ("active", "stopped")
    ]
    assert lines[0] != lines[1]


CODES = st.sampled_from(["F20.0", "F31.9", "I48", "I10", "E11", "E87.1", "K70", "Z33", "Q99"])
STATES = st.sampled_from(["active", "resolved", "remission", "inactive", ""])
CERTAINTIES = st.sampled_from(["confirmed", "refuted", "entered-in-error", "unconfirmed", ""])
CONDITIONS = st.builds(
    lambda n, c, s, v: records.condition(f"c{n}", records.coded(ICD, c, c), s, v),
    st.integers(0, 9),
    CODES,
    STATES,
    CERTAINTIES,
)
MEASURES = st.builds(
    lambda n, code, value, unit, day: records.observation(f"o{n}", code, code, value, unit, f"2026-{day % 12 + 1:02d}-01"),
    st.integers(0, 9), st.sampled_from(["2951-2", "2823-3", "1742-6", "8480-6", "8462-4", "8634-8", "8867-4", "29463-7"]),
    st.floats(0, 1e6, allow_nan=False), st.sampled_from(["mmol/L", "U/L", "mm[Hg]", "ms", "kg", "/min", "?"]), st.integers(0, 20),
)  # fmt: skip
MEDICINES = st.builds(
    lambda n, name, status: records.prescription(f"m{n}", name, status),
    st.integers(0, 9), st.sampled_from(["Sertraline", "Nardil", "?", "Fluoxetine 20 mg"]), st.sampled_from(["active", "stopped", "completed", "draft", "odd"]),
)  # fmt: skip


@given(st.lists(CONDITIONS | MEASURES | MEDICINES, max_size=12, unique_by=lambda one: one["id"]))
def test_no_record_proposes_that_a_risk_is_absent_and_every_entry_is_accounted_for(found):
    answer = proposals(*found)
    for line in answer.lines:
        json.dumps(dict(line.proposal))
        if line.kind is Kind.CRITERION:
            assert dict(line.proposal) == {"criterion": line.title}
        if line.kind is Kind.READING:
            assert set(line.proposal) == {"evidence", "on", "numbers", "words"}
        if line.kind is Kind.MEDICINE:
            assert not (line.proposal["ongoing"] and line.proposal["last_dose_on"])
    spoken = {origin for line in answer.lines for origin in line.origins}
    paths = {one.path for one in (*answer.unmapped, *answer.set_aside, *answer.skipped)}
    if len(found) == 1:
        assert paths or len(spoken) == 2
