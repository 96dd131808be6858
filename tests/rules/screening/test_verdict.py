from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import (
    ConsentFact,
    ConsentKind,
    JudgementFact,
    MedicineFact,
    changes,
    fingerprint,
    inputs,
)
from screening.rules.readings import questions
from screening.rules.verdict import Standing, judge, reasons
from tests.rules.screening.people import TAKEN, TODAY, ago, healthy, mapp3, taking, with_piece, without_piece

HISTORY, MIND, ECG = EvidenceKind.HISTORY, EvidenceKind.PSYCHIATRIC, EvidenceKind.ECG


def verdict(candidate, as_of=TODAY):
    return judge(mapp3(), candidate, as_of=as_of)


def blocking(candidate):
    return {finding.code for finding in verdict(candidate).blockers}


def consents(*given):
    return replace(healthy(), consents=given)


GIVEN = ConsentFact(ConsentKind.TREATMENT, "2026-01", TAKEN, understood=True)
STOPPED = MedicineFact("sertraline", "50 mg", ongoing=False, last_dose_on=ago(10))


def test_with_everything_met_a_candidate_is_eligible():
    answer = verdict(healthy())
    assert (answer.standing, answer.sentence, answer.blockers, answer.until) == (
        Standing.ELIGIBLE,
        "Every requirement is met.",
        (),
        None,
    )


def test_nobody_is_eligible_on_an_empty_chart():
    empty = replace(healthy(), evidence={}, consents=(), contact_named=False)
    answer = verdict(empty)
    assert answer.standing is Standing.ON_HOLD
    assert {f.code for f in answer.findings if not f.blocks} == {"I1"}


@pytest.mark.parametrize("kind", EvidenceKind)
def test_without_any_one_of_the_five_pieces_nobody_is_eligible(kind):
    answer = verdict(without_piece(healthy(), kind))
    assert answer.standing is Standing.ON_HOLD
    assert f"evidence-{kind}" in {f.code for f in answer.blockers}


@pytest.mark.parametrize("kind", EvidenceKind)
def test_expired_evidence_holds_everybody(kind):
    assert verdict(with_piece(healthy(), kind, taken_on=ago(91))).standing is Standing.ON_HOLD


def test_one_stop_makes_not_eligible_whatever_else_is_missing():
    candidate = with_piece(without_piece(healthy(), ECG), MIND, answers={"P2": True})
    answer = verdict(candidate)
    assert (answer.standing, answer.sentence) == (
        Standing.NOT_ELIGIBLE,
        "1 stop. A stop has no override in a chart.",
    )


def test_a_missing_ecg_holds_and_counts_what_is_open():
    answer = verdict(without_piece(healthy(), ECG))
    assert answer.sentence == "4 requirements still open."  # the ECG itself, M2, M4 and M5


def test_a_running_washout_says_until_when():
    answer = verdict(taking(STOPPED))
    assert (answer.standing, answer.until) == (Standing.WASHOUT, date(2026, 4, 20))
    assert answer.sentence == "Until 20 Apr 2026; no other requirement is open."
    assert verdict(taking(STOPPED), date(2026, 4, 19)).standing is Standing.WASHOUT
    assert verdict(taking(STOPPED), date(2026, 4, 20)).standing is Standing.ELIGIBLE


def test_the_washout_of_a_booster_is_one_that_runs_like_any_other():
    answer = verdict(taking(MedicineFact("cobicistat", ongoing=False, last_dose_on=ago(3))))
    assert (answer.standing, answer.until) == (Standing.WASHOUT, date(2026, 4, 7))


def test_the_medicine_list_and_the_consent_are_said_with_their_evidence():
    found = {f.code: f for f in verdict(taking(STOPPED)).findings}
    assert found["medicine-list"].evidence == "1 medicine listed, 20 Mar 2026"
    assert (found["medicine-list"].sentence, found["medicine-list"].decided_by) == (
        "The medicine list was gone through with the patient and is complete.",
        "physician",
    )
    assert (found["consent"].sentence, found["consent"].evidence) == (
        "Consent to treatment was given and understood.",
        "Version 2026-01, given 20 Mar 2026",
    )


def test_the_pieces_of_evidence_say_until_when_they_count():
    found = {f.code: f for f in verdict(healthy()).findings}["evidence-ecg"]
    assert (found.sentence, found.evidence, found.decided_by) == (
        "ECG: recorded, valid until 18 Jun 2026.",
        "Taken 20 Mar 2026",
        "physician",
    )
    late = {f.code: f for f in verdict(with_piece(healthy(), ECG, taken_on=ago(-1))).findings}["evidence-ecg"]
    assert late.sentence == "ECG: dated 2 Apr 2026, which has not come yet; correct the date."


def test_a_running_washout_does_not_hide_what_is_to_be_judged():
    answer = verdict(with_piece(taking(STOPPED), HISTORY, answers={"P17": True}))
    assert (answer.standing, answer.sentence) == (Standing.WASHOUT, "Until 20 Apr 2026; 1 finding to be judged.")
    held = verdict(with_piece(without_piece(healthy(), ECG), HISTORY, answers={"P17": True}))
    assert held.sentence == "4 requirements still open, 1 finding to be judged."


def test_a_list_of_reasons_says_the_medicines_once():
    answer = verdict(taking(STOPPED))
    assert [f.code for f in answer.blockers] == ["M21", "medicine-sertraline"]
    assert [f.code for f in answer.reasons] == ["M21"]
    without = replace(mapp3(), criteria=tuple(c for c in mapp3().criteria if c.computed != "medicines"))
    alone = judge(without, taking(STOPPED), as_of=TODAY)
    assert [f.code for f in alone.reasons] == ["medicine-sertraline"]


def test_a_washout_that_has_not_begun_is_a_hold():
    assert verdict(taking(replace(STOPPED, ongoing=True, last_dose_on=None))).standing is Standing.ON_HOLD


def test_a_hold_beside_a_running_washout_is_a_hold():
    assert verdict(replace(taking(STOPPED), contact_named=False)).standing is Standing.ON_HOLD


def test_what_is_left_to_judge_is_said_last():
    candidate = with_piece(healthy(), HISTORY, answers={"P17": True})
    answer = verdict(candidate)
    assert (answer.standing, answer.sentence) == (
        Standing.JUDGEMENT,
        "1 finding to be judged, with a written reason each.",
    )


@pytest.mark.parametrize(
    ("given_consents", "outcome"),
    [
        ((GIVEN,), Outcome.MET),
        ((), Outcome.UNKNOWN),
        ((replace(GIVEN, kind=ConsentKind.RECORDING),), Outcome.UNKNOWN),
        ((replace(GIVEN, given_on=ago(-1)),), Outcome.UNKNOWN),
        ((replace(GIVEN, given_on=TODAY),), Outcome.MET),
        ((replace(GIVEN, understood=False),), Outcome.UNKNOWN),
        ((replace(GIVEN, doubt="Version 2 took its place."),), Outcome.UNKNOWN),
        ((replace(GIVEN, doubt="Version 2 took its place."), GIVEN), Outcome.MET),
        ((replace(GIVEN, withdrawn_on=TODAY),), Outcome.NOT_MET),
        ((replace(GIVEN, withdrawn_on=TODAY), GIVEN), Outcome.MET),
        ((GIVEN, replace(GIVEN, withdrawn_on=TODAY)), Outcome.NOT_MET),
    ],
)
def test_the_newest_consent_to_treatment_counts(given_consents, outcome):
    [found] = [f for f in verdict(consents(*given_consents)).findings if f.code == "consent"]
    assert (found.outcome, found.decided_by) == (outcome, "physician")
    assert (verdict(consents(*given_consents)).standing is Standing.ELIGIBLE) is (outcome is Outcome.MET)


def test_an_empty_medicine_list_counts_only_when_somebody_asked():
    assert blocking(with_piece(healthy(), HISTORY, words={"medicines_complete": "unknown"})) == {
        "M16",
        "M21",
        "medicine-list",
    }


def test_a_protocol_without_a_medicines_criterion_still_obeys_the_washout():
    criteria = tuple(c for c in mapp3().criteria if c.computed != "medicines")
    answer = judge(replace(mapp3(), criteria=criteria), taking(STOPPED), as_of=TODAY)
    assert answer.standing is Standing.WASHOUT


# What a decision rests on, and what has changed since


def test_the_fingerprint_of_the_same_facts_is_the_same():
    assert fingerprint(inputs(taking(STOPPED))) == fingerprint(inputs(taking(STOPPED)))
    assert fingerprint(inputs(taking(STOPPED))) != fingerprint(inputs(healthy()))


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (healthy(), []),
        (taking(STOPPED), ["The medicine list now has: sertraline 50 mg, regular, last dose 22 Mar 2026."]),
        (with_piece(healthy(), ECG, numbers={"qt": 410}), ["New ecg evidence was recorded."]),
        (without_piece(healthy(), ECG), ["New ecg evidence was recorded."]),
        (replace(healthy(), sex="male"), ["The sex was changed."]),
        (replace(healthy(), born_on=None), ["The date of birth was changed."]),
        (replace(healthy(), contact_named=False), []),
    ],
)
def test_what_changed_since_a_decision_is_said(after, said):
    assert changes(inputs(healthy()), inputs(after)) == said


JUDGED = JudgementFact("P17", "Medical history of 20 Mar 2026: yes", True, "An aunt.", "Dr Ash", TODAY)
UNLISTED = JudgementFact("unlisted-kava", "Kava, as needed, last dose not known", True, "Looked up.", "Dr Ash", TODAY)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (consents(GIVEN), consents(GIVEN, replace(GIVEN, given_on=TODAY)), []),
        (consents(GIVEN), consents(replace(GIVEN, doubt="Ask again.")), []),
        (
            consents(GIVEN),
            consents(replace(GIVEN, withdrawn_on=TODAY)),
            ["Consent to treatment was withdrawn on 1 Apr 2026."],
        ),
        (
            consents(GIVEN),
            consents(replace(GIVEN, withdrawn_on=TODAY), replace(GIVEN, given_on=TODAY)),
            ["Consent to treatment was withdrawn on 1 Apr 2026."],
        ),
        (
            consents(replace(GIVEN, withdrawn_on=ago(3)), GIVEN),
            consents(replace(GIVEN, withdrawn_on=ago(3)), GIVEN),
            [],
        ),
        (
            consents(replace(GIVEN, kind=ConsentKind.SHARING)),
            consents(replace(GIVEN, kind=ConsentKind.SHARING, withdrawn_on=TODAY)),
            [],
        ),
        (healthy(), replace(healthy(), judgements=(JUDGED,)), ["P17 was judged anew."]),
        (
            replace(healthy(), judgements=(JUDGED,)),
            replace(healthy(), judgements=(JUDGED, replace(JUDGED, acceptable=False))),
            ["P17 was judged anew."],
        ),
        (replace(healthy(), judgements=(JUDGED,)), replace(healthy(), judgements=(JUDGED,)), []),
        (healthy(), replace(healthy(), judgements=(UNLISTED,)), ["Kava was judged anew."]),
        (healthy(), replace(healthy(), dosed_on=TODAY), []),
    ],
)
def test_what_was_consented_and_judged_is_part_of_what_a_decision_rests_on(before, after, said):
    assert changes(inputs(before), inputs(after)) == said
    assert (inputs(before) == inputs(after)) is (before == after)


def test_a_taper_that_runs_says_that_the_date_rests_on_the_plan():
    planned = replace(STOPPED, ongoing=True, last_dose_on=ago(-10))
    answer = verdict(taking(planned))
    assert (answer.standing, answer.until) == (Standing.WASHOUT, date(2026, 5, 10))
    assert answer.sentence == "Until 10 May 2026 if the last dose is taken as planned; no other requirement is open."
    besides = verdict(taking(planned, replace(STOPPED, name="escitalopram", last_dose_on=ago(1))))
    assert besides.sentence == answer.sentence
    both_stopped = verdict(taking(STOPPED, replace(STOPPED, name="escitalopram", last_dose_on=ago(1))))
    assert "as planned" not in both_stopped.sentence


def test_a_medicine_taken_off_the_list_is_a_change_too():
    assert changes(inputs(taking(STOPPED)), inputs(healthy())) == [
        "The medicine list no longer has: sertraline 50 mg, regular, last dose 22 Mar 2026."
    ]


def test_a_snapshot_that_cannot_be_read_is_all_change():
    assert changes({}, inputs(taking(STOPPED)))[:2] == ["The date of birth was changed.", "The sex was changed."]


@pytest.mark.parametrize(
    ("medicine", "said"),
    [
        (MedicineFact("Zoloft"), "Zoloft, regular, last dose not known"),
        (MedicineFact("Zoloft", "50 mg", ongoing=True), "Zoloft 50 mg, regular, ongoing"),
        (MedicineFact("Zoloft", "", False, True, TODAY), "Zoloft, as needed, last dose 1 Apr 2026, ongoing"),
    ],
)
def test_a_medicine_is_said_as_a_clinician_would(medicine, said):
    assert medicine.said == said


# Properties


NAMES = st.sampled_from(
    ["sertraline", "phenelzine", "lithium", "ibuprofen", "propranolol", "lorazepam", "Xyzzomab", "zolof"]
)
MEDICINES = st.builds(
    MedicineFact,
    name=NAMES,
    dose=st.just(""),
    regular=st.booleans(),
    ongoing=st.sampled_from([None, False, True]),
    last_dose_on=st.one_of(st.none(), st.integers(-20, 200).map(ago)),
)
ANSWERS = st.sampled_from([False, False, False, True, None])


@st.composite
def candidates(draw):
    candidate = healthy()
    for kind in EvidenceKind:
        piece = candidate.evidence[kind]
        some = draw(st.lists(st.sampled_from(sorted(piece.answers)), max_size=2)) if piece.answers else []
        lost = draw(st.lists(st.sampled_from(sorted(piece.numbers)), max_size=1)) if piece.numbers else []
        candidate = with_piece(
            candidate,
            kind,
            answers={code: draw(ANSWERS) for code in some},
            numbers=dict.fromkeys(lost),
            taken_on=ago(draw(st.sampled_from([0, 12, 12, 12, 90, 91]))),
        )
    if draw(st.booleans()):
        candidate = without_piece(candidate, draw(st.sampled_from(EvidenceKind)))
    return replace(
        candidate,
        sex=draw(st.sampled_from(["female", "male", None])),
        medicines=tuple(draw(st.lists(MEDICINES, max_size=2))),
        consents=tuple(draw(st.lists(st.just(GIVEN), max_size=1))),
    )


@given(candidates(), st.sampled_from(EvidenceKind))
def test_taking_evidence_away_never_removes_a_reason(candidate, kind):
    assert blocking(candidate) <= blocking(without_piece(candidate, kind))


@given(candidates(), st.data())
def test_taking_one_reading_or_answer_away_never_removes_a_reason(candidate, data):
    kind = data.draw(st.sampled_from(EvidenceKind))
    if (piece := candidate.piece(kind)) is None:
        return
    for field in ("answers", "numbers", "words"):
        if keys := sorted(getattr(piece, field)):
            poorer = with_piece(candidate, kind, **{field: {data.draw(st.sampled_from(keys)): None}})
            assert blocking(candidate) <= blocking(poorer)


@given(candidates(), st.sampled_from([c for kind in EvidenceKind for c in questions(mapp3(), kind)]))
def test_adding_a_risk_never_removes_a_reason(candidate, criterion):
    if candidate.piece(criterion.evidence) is None:
        return
    riskier = with_piece(candidate, criterion.evidence, answers={criterion.code: True})
    assert blocking(candidate) <= blocking(riskier)
    assert verdict(riskier).standing is not Standing.ELIGIBLE


@given(candidates(), MEDICINES)
def test_adding_a_medicine_never_removes_a_reason(candidate, medicine):
    more = replace(candidate, medicines=(*candidate.medicines, medicine))
    assert blocking(candidate) <= blocking(more)


@given(candidates(), st.integers(0, 60))
def test_higher_readings_never_remove_a_reason(candidate, more):
    for kind, names in ((EvidenceKind.EXAMINATION, ("systolic_1", "systolic_2", "systolic_3")), (ECG, ("qt",))):
        if piece := candidate.piece(kind):
            raised = {name: piece.numbers[name] + more for name in names if name in piece.numbers}
            assert blocking(candidate) <= blocking(with_piece(candidate, kind, numbers=raised))


@given(candidates())
def test_the_same_facts_give_the_same_verdict(candidate):
    assert verdict(candidate) == verdict(candidate)


@given(candidates())
def test_eligible_means_that_every_single_finding_is_met(candidate):
    answer = verdict(candidate)
    assert (answer.standing is Standing.ELIGIBLE) is all(f.outcome is Outcome.MET for f in answer.findings)


def test_a_judgement_that_was_taken_back_blocks_again():
    candidate = with_piece(healthy(), HISTORY, answers={"P17": True})
    about = "Medical history of 20 Mar 2026: yes"
    yes, no = (JudgementFact("P17", about, answer, "Because.", "Dr Ash", TODAY) for answer in (True, False))
    assert verdict(replace(candidate, judgements=(yes,))).standing is Standing.ELIGIBLE
    assert verdict(replace(candidate, judgements=(yes, no))).standing is Standing.NOT_ELIGIBLE


@pytest.mark.parametrize(
    "candidate",
    [
        healthy(),
        taking(STOPPED),
        taking(MedicineFact("a name that nobody knows")),
        without_piece(healthy(), ECG),
        with_piece(healthy(), MIND, answers={"P2": True}),
        consents(replace(GIVEN, withdrawn_on=TODAY)),
    ],
)
@pytest.mark.parametrize("day", [TODAY, TODAY + timedelta(days=200)])
def test_lists_are_given_the_very_reasons_of_the_verdict(candidate, day):
    whole = verdict(candidate, day).reasons
    assert reasons(mapp3(), candidate, as_of=day) == whole
    codes = [finding.code for finding in verdict(candidate, day).findings]
    for among in (set(), {"M21"}, set(codes[::2]), set(codes[-3:])):
        some = reasons(mapp3(), candidate, as_of=day, among=among)
        assert some == tuple(finding for finding in whole if finding.code in among)
