"""Adding a risk never makes anybody more eligible, and taking evidence away never does: for any candidate at all."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Outcome
from patients.rules.protocol import EvidenceKind
from screening.rules.candidate import ConsentFact, ConsentKind, JudgementFact, MedicineFact, Piece
from screening.rules.readings import GROUPS, Choice, Number, dated, questions
from screening.rules.verdict import Standing, judge
from tests.rules.screening.people import TAKEN, TODAY, ago, healthy, mapp3

# The further down, the further from treatment. Nothing in the rules needs this order; the properties do.
ORDER = [Standing.ELIGIBLE, Standing.JUDGEMENT, Standing.WASHOUT, Standing.ON_HOLD, Standing.NOT_ELIGIBLE]
READINGS = {kind: [r for group in GROUPS[kind] for r in group.readings] for kind in EvidenceKind}
# A CYP2D6 result stretches washouts: taking it away is no loss of evidence about a risk but of a reason to wait longer.
OPTIONAL = {"cyp2d6"}
NAMES = [
    "sertraline",
    "phenelzine",
    "lithium",
    "ibuprofen",
    "propranolol",
    "lorazepam",
    "Xyzzomab",
    "zolof",
    "Paxlovid",
]
MEDICINES = st.builds(
    MedicineFact,
    name=st.sampled_from(NAMES),
    dose=st.just(""),
    regular=st.booleans(),
    ongoing=st.sampled_from([None, False, True]),
    last_dose_on=st.one_of(st.none(), st.integers(-20, 200).map(ago)),
)
# Where a higher reading is the greater risk, and where a lower one is.
HIGHER = {
    EvidenceKind.EXAMINATION: ["systolic_1", "diastolic_2"],
    EvidenceKind.ECG: ["qt"],
    EvidenceKind.LABORATORY: ["alt", "ast"],
    EvidenceKind.PSYCHIATRIC: ["ideation_month", "ideation_half_year"],
    EvidenceKind.HISTORY: ["mdma_uses"],
}
LOWER = {EvidenceKind.EXAMINATION: ["weight"], EvidenceKind.PSYCHIATRIC: ["caps5", "pcl5", "ptsd_months"]}


@st.composite
def pieces(draw, kind):
    """The healthy candidate's piece with a few answers, readings and days changed: any of them, to anything."""
    piece = healthy().evidence[kind]
    answers, numbers, words = dict(piece.answers), dict(piece.numbers), dict(piece.words)
    for code in draw(st.lists(st.sampled_from(sorted(answers)), max_size=2)) if answers else []:
        answers[code] = draw(st.booleans())
    for reading in draw(st.lists(st.sampled_from(READINGS[kind]), max_size=3)):
        if isinstance(reading, Choice) and reading.name not in OPTIONAL:
            words[reading.name] = draw(st.sampled_from([value for value, _ in reading.choices]))
        elif isinstance(reading, Number):
            near = numbers.get(reading.name, reading.low)
            numbers[reading.name] = draw(
                st.one_of(st.floats(reading.low, reading.high), st.just(near * 1.04), st.just(near * 0.96))
            )
    for criterion in dated(mapp3(), kind):
        if answers.get(criterion.code) and draw(st.booleans()):
            words[f"last-{criterion.code}"] = ago(draw(st.integers(0, 500))).isoformat()
    return Piece(kind, ago(draw(st.sampled_from([-1, 0, 12, 12, 12, 90, 91]))), answers, numbers, words)


@st.composite
def candidates(draw):
    changed = draw(st.lists(st.sampled_from(EvidenceKind), max_size=3, unique=True))
    evidence = {**healthy().evidence, **{kind: draw(pieces(kind)) for kind in changed}}
    gone = draw(st.sampled_from([None, None, None, *EvidenceKind]))
    given_on = draw(st.sampled_from([TAKEN, ago(-1)]))
    consent = ConsentFact(
        ConsentKind.TREATMENT, "1", given_on, draw(st.booleans()), draw(st.sampled_from([None, None, TODAY]))
    )
    return replace(
        healthy(),
        sex=draw(st.sampled_from(["female", "male", None])),
        contact_named=draw(st.sampled_from([True, True, False, None])),
        evidence={kind: piece for kind, piece in evidence.items() if kind is not gone},
        medicines=tuple(draw(st.lists(MEDICINES, max_size=2))),
        consents=draw(st.sampled_from([healthy().consents, healthy().consents, (consent,), ()])),
        judgements=tuple(draw(st.lists(st.sampled_from(JUDGEMENTS), max_size=2))),
    )


JUDGEMENTS = [
    JudgementFact(code, f"{where} of 20 Mar 2026: yes", acceptable, "Because.", "Dr Ash", TODAY)
    for code, where in (("P17", "Medical history"), ("M15", "Medical history"), ("P19", "Psychiatric evaluation"))
    for acceptable in (True, True, False)
]


def put(candidate):
    return judge(mapp3(), candidate, as_of=TODAY)


def blocking(verdict):
    return {finding.code for finding in verdict.blockers}


def assert_no_nearer(before, after):
    """No reason went away, nobody became eligible, and only a stop that was itself taken away leaves "not eligible"."""
    assert blocking(before) <= blocking(after)
    assert after.standing is not Standing.ELIGIBLE or before.standing is Standing.ELIGIBLE
    nearer = ORDER.index(after.standing) < ORDER.index(before.standing)
    assert not nearer or (before.standing, after.standing) == (Standing.NOT_ELIGIBLE, Standing.ON_HOLD)


def assert_no_more_eligible(before, after):
    assert blocking(before) <= blocking(after)
    assert ORDER.index(after.standing) >= ORDER.index(before.standing)


def with_changed(candidate, kind, **fields):
    piece = replace(candidate.evidence[kind], **fields)
    return replace(candidate, evidence={**candidate.evidence, kind: piece})


@given(candidates(), st.sampled_from(EvidenceKind))
def test_taking_a_piece_of_evidence_away(candidate, kind):
    rest = {other: piece for other, piece in candidate.evidence.items() if other is not kind}
    assert_no_nearer(put(candidate), put(replace(candidate, evidence=rest)))


@given(candidates(), st.data())
def test_taking_any_one_answer_or_reading_away(candidate, data):
    kind = data.draw(st.sampled_from(EvidenceKind))
    if (piece := candidate.piece(kind)) is None:
        return
    before = put(candidate)
    for field in ("answers", "numbers", "words"):
        known = getattr(piece, field)
        for name in known:
            less = {key: value for key, value in known.items() if key != name}
            assert_no_nearer(before, put(with_changed(candidate, kind, **{field: less})))


@given(candidates())
def test_taking_a_fact_of_the_person_or_of_a_medicine_away(candidate):
    before = put(candidate)
    poorer = [replace(candidate, **{name: None}) for name in ("born_on", "sex", "contact_named")]
    poorer += [replace(candidate, consents=()), replace(candidate, judgements=())]
    for n, medicine in enumerate(candidate.medicines):
        for name in ("ongoing", "last_dose_on"):
            less = (*candidate.medicines[:n], replace(medicine, **{name: None}), *candidate.medicines[n + 1 :])
            poorer.append(replace(candidate, medicines=less))
    for one in poorer:
        after = put(one)
        refused = [
            f
            for f in before.findings
            if f.outcome is Outcome.NOT_MET and f.evidence in {j.about for j in candidate.judgements}
        ]
        if one.judgements != candidate.judgements and refused:
            continue  # a judgement against somebody is no evidence: without it the finding is for judgement again
        assert blocking(before) <= blocking(after)
        assert after.standing is not Standing.ELIGIBLE or before.standing is Standing.ELIGIBLE


@given(candidates(), st.sampled_from([c for kind in EvidenceKind for c in questions(mapp3(), kind)]))
def test_answering_that_a_risk_is_there(candidate, criterion):
    if (piece := candidate.piece(criterion.evidence)) is None:
        return
    words = {name: word for name, word in piece.words.items() if name != f"last-{criterion.code}"}
    riskier = with_changed(candidate, criterion.evidence, answers={**piece.answers, criterion.code: True}, words=words)
    after = put(riskier)
    assert blocking(put(candidate)) <= blocking(after)
    judged = {j.code for j in candidate.judgements if j.acceptable}
    assert after.standing is not Standing.ELIGIBLE or criterion.code in judged


@given(candidates(), MEDICINES)
def test_taking_one_more_medicine(candidate, medicine):
    assert_no_more_eligible(put(candidate), put(replace(candidate, medicines=(*candidate.medicines, medicine))))


@given(candidates(), st.data())
def test_a_worse_reading(candidate, data):
    for table, by in ((HIGHER, 1.3), (LOWER, 0.7)):
        kind = data.draw(st.sampled_from(sorted(table)))
        if (piece := candidate.piece(kind)) is None:
            continue
        name = data.draw(st.sampled_from(table[kind]))
        if name in piece.numbers:
            worse = {**piece.numbers, name: piece.numbers[name] * by}
            assert blocking(put(candidate)) <= blocking(put(with_changed(candidate, kind, numbers=worse)))


@given(candidates(), st.integers(1, 400))
def test_time_passing_alone_only_ends_washouts(candidate, days):
    """Evidence runs out, nothing else comes: whatever went away meanwhile was waiting for a medicine."""
    later = judge(mapp3(), candidate, as_of=ago(-days))
    gone = blocking(put(candidate)) - blocking(later)
    by_time = {"I1", "consent", "M21", "M16", *(f"evidence-{kind}" for kind in EvidenceKind)}
    future = {kind for kind, piece in candidate.evidence.items() if piece.taken_on > TODAY}
    assert all(
        code.startswith("medicine-") or code in by_time or future or code in {"P10", "P14", "M5"} for code in gone
    )


@given(candidates())
def test_eligible_is_exactly_when_nothing_blocks_and_the_same_facts_give_the_same_verdict(candidate):
    answer = put(candidate)
    assert (answer.standing is Standing.ELIGIBLE) is all(f.outcome is Outcome.MET for f in answer.findings)
    assert answer == put(candidate)
    assert (answer.missing == ()) is not any(f.outcome in (Outcome.UNKNOWN, Outcome.WAITING) for f in answer.findings)
