from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.findings import Mark, Outcome, Source
from patients.rules.protocol import Figure, WashoutPolicy
from screening.rules.candidate import JudgementFact, MedicineFact
from screening.rules.medicines import COMBINED, TABLE, Rule, read, search
from screening.rules.washout import clear_from, clearances, medicine_code, washout, washouts
from tests.rules.screening.people import TODAY, ago, healthy, mapp3, taking

SOURCE = Source("A document", Mark.PUBLISHED)
PLAIN = WashoutPolicy(Figure(5, "half-lives", SOURCE), Figure(7, "days", SOURCE), {})


def stopped(name, last=TODAY, **more):
    return MedicineFact(name, ongoing=False, last_dose_on=last, **more)


def days(name, policy=PLAIN, poor=False, **more):
    return washouts(stopped(name, **more), policy, as_of=TODAY, poor=poor)[0].days


def finding(medicine, as_of=TODAY, **changes):
    candidate = replace(taking(medicine), **changes)
    return clearances(candidate, mapp3().washout, as_of=as_of)[0].finding


def cleared(*medicines, as_of=TODAY):
    return clear_from(clearances(taking(*medicines), mapp3().washout, as_of=as_of), as_of=as_of)


def test_sertraline_is_clear_29_days_after_its_last_dose():
    [washout] = washouts(stopped("Sertraline 50 mg", date(2026, 3, 1)), PLAIN, as_of=TODAY)
    assert (washout.days, washout.clear_from) == (29, date(2026, 3, 30))
    assert washout.arithmetic == (
        "Sertraline: 5 half-lives of 104 h (of desmethylsertraline) = 520 h = 22 days rounded up, + 7 days to settle "
        "= 29 days. Last dose 1 Mar 2026, clear from 30 Mar 2026."
    )


def test_the_owner_of_a_protocol_chooses_a_half_life():
    mid = replace(PLAIN, choices={"fluoxetine": Figure(240, "h", SOURCE)})
    assert days("fluoxetine", mid) == 57
    assert washouts(stopped("prozac"), mid, as_of=TODAY)[0].source is SOURCE
    assert days("sertraline", replace(PLAIN, choices={"sertraline": Figure(26, "h", SOURCE)})) == 13


def test_no_choice_goes_below_the_floor():
    short = replace(PLAIN, choices={"fluoxetine": Figure(24, "h", SOURCE)})
    [washout] = washouts(stopped("fluoxetine"), short, as_of=TODAY)
    assert washout.days == 42
    assert "raised to the floor of 42 days" in washout.arithmetic


def test_a_floor_that_raises_nothing_is_not_spoken_of():
    exact = replace(PLAIN, choices={"fluoxetine": Figure(168, "h", SOURCE)})  # 35 days and 7 to settle
    [washout] = washouts(stopped("fluoxetine"), exact, as_of=TODAY)
    assert washout.days == 42
    assert "floor" not in washout.arithmetic


def test_no_protocol_shortens_an_maoi():
    short = WashoutPolicy(Figure(1, "", SOURCE), Figure(0, "", SOURCE), {"phenelzine": Figure(1, "h", SOURCE)})
    assert days("Nardil", short) == 14
    [washout] = washouts(stopped("Nardil", date(2026, 3, 1)), short, as_of=TODAY)
    assert washout.arithmetic.startswith("Phenelzine: 14 days after the last dose (")
    assert washout.arithmetic.endswith(" Last dose 1 Mar 2026, clear from 15 Mar 2026.")


@pytest.mark.parametrize(("lives", "expected"), [(0, 1), (1, 1), (5, 2)])
def test_an_occasional_dose_waits_a_day_whatever_the_protocol_says(lives, expected):
    policy = replace(PLAIN, half_lives=Figure(lives, "half-lives", SOURCE))
    assert days("zolpidem", policy, regular=False) == expected


@pytest.mark.parametrize(
    ("name", "usual", "poor"), [("aripiprazole", 27, 38), ("risperidone", 12, 14), ("sertraline", 29, 29)]
)
def test_a_poor_metaboliser_waits_longer_where_it_is_known(name, usual, poor):
    assert (days(name), days(name, poor=True)) == (usual, poor)


@pytest.mark.parametrize(("hours", "source"), [(145, None), (146, SOURCE), (147, SOURCE)])
def test_the_longer_half_life_counts_and_the_protocols_own_where_they_are_alike(hours, source):
    chosen = replace(PLAIN, choices={"aripiprazole": Figure(hours, "h", SOURCE)})
    [washout] = washouts(stopped("aripiprazole"), chosen, as_of=TODAY, poor=True)
    assert (washout.source is SOURCE) is (source is SOURCE)
    assert ("in a CYP2D6 poor metaboliser" in washout.arithmetic) is (source is None)


@pytest.mark.parametrize(("name", "expected"), [("lorazepam", 5), ("zolpidem", 2), ("sertraline", 29)])
def test_an_occasional_dose_needs_no_days_to_settle_where_the_table_says_so(name, expected):
    assert days(name, regular=False) == expected


def test_an_unknown_drug_has_no_number_and_no_date():
    [washout] = washouts(stopped("Xyzzomab"), PLAIN, as_of=TODAY)
    assert (washout.known, washout.days, washout.clear_from, washout.rule) == (False, None, None, None)
    assert washout.arithmetic == (
        "Xyzzomab is not in the reference table. Its washout is unknown, and nothing is assumed."
    )


def test_an_unknown_drug_is_never_clear_however_long_ago():
    assert finding(stopped("Xyzzomab", ago(3000))).outcome is Outcome.UNKNOWN
    assert cleared(stopped("Xyzzomab", ago(3000))) is None
    [entry] = clearances(taking(stopped("Xyzzomab")), mapp3().washout, as_of=TODAY)
    assert (entry.certain, entry.clear_from) == (False, None)


def test_the_physician_may_look_an_unknown_drug_up_and_judge_it():
    medicine = stopped("Xyzzomab")
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "Not serotonergic.", "Dr Ash", TODAY)
    answer = finding(medicine, judgements=(judged,))
    assert answer.outcome is Outcome.MET
    assert answer.sentence == "Judged acceptable by Dr Ash on 1 Apr 2026: Not serotonergic."
    assert finding(medicine, judgements=(replace(judged, acceptable=False),)).outcome is Outcome.NOT_MET
    assert finding(replace(medicine, dose="80 mg"), judgements=(judged,)).outcome is Outcome.UNKNOWN


# medicine, outcome on 1 April
OUTCOMES = [
    (MedicineFact("sertraline", ongoing=True), Outcome.WAITING),
    (MedicineFact("sertraline", ongoing=True, last_dose_on=ago(100)), Outcome.WAITING),
    (MedicineFact("sertraline", ongoing=False), Outcome.UNKNOWN),
    (MedicineFact("sertraline"), Outcome.UNKNOWN),
    (MedicineFact("sertraline", last_dose_on=ago(28)), Outcome.WAITING),
    (MedicineFact("sertraline", last_dose_on=ago(29)), Outcome.UNKNOWN),  # nobody said that it is stopped
    (stopped("sertraline", ago(29)), Outcome.MET),
    (MedicineFact("sertraline", ongoing=True, last_dose_on=ago(-10)), Outcome.WAITING),
    (MedicineFact("phenelzine", ongoing=True), Outcome.WAITING),
    (MedicineFact("phenelzine"), Outcome.UNKNOWN),
    (stopped("phenelzine", ago(13)), Outcome.WAITING),
    (stopped("phenelzine", ago(14)), Outcome.MET),
    (MedicineFact("lithium", ongoing=True), Outcome.NOT_MET),
    (MedicineFact("lithium"), Outcome.UNKNOWN),
    (stopped("lithium", ago(15)), Outcome.MET),
    (MedicineFact("lithium", ongoing=True, last_dose_on=TODAY), Outcome.NOT_MET),  # taken this morning is no plan
    (MedicineFact("lithium", ongoing=True, last_dose_on=ago(-1)), Outcome.WAITING),
    (MedicineFact("valproate", ongoing=True), Outcome.JUDGEMENT),
    (MedicineFact("gabapentin", ongoing=True), Outcome.JUDGEMENT),
    (stopped("gabapentin", ago(8)), Outcome.WAITING),
    (stopped("gabapentin", ago(9)), Outcome.MET),
    (MedicineFact("propranolol", ongoing=True), Outcome.JUDGEMENT),
    (stopped("propranolol", ago(300)), Outcome.JUDGEMENT),
    (MedicineFact("alcohol", ongoing=True), Outcome.MET),
    (MedicineFact("ibuprofen", ongoing=True), Outcome.MET),
    (MedicineFact("amlodipine", ongoing=True), Outcome.MET),
    (MedicineFact("lorazepam", regular=False, ongoing=True, last_dose_on=ago(4)), Outcome.WAITING),
    (MedicineFact("lorazepam", regular=False, ongoing=True, last_dose_on=ago(5)), Outcome.JUDGEMENT),
    (MedicineFact("lorazepam", regular=False, ongoing=True), Outcome.WAITING),
    (MedicineFact("sertralin", ongoing=False, last_dose_on=ago(10)), Outcome.WAITING),
    (MedicineFact("sertralin", ongoing=False, last_dose_on=ago(300)), Outcome.UNKNOWN),
    (stopped("olanzapine/fluoxetine", ago(30)), Outcome.WAITING),
    (MedicineFact("olanzapine/fluoxetine", last_dose_on=ago(30)), Outcome.UNKNOWN),
    (MedicineFact("ibuprofen and lithium", ongoing=True), Outcome.NOT_MET),
    (MedicineFact("sertraline blorbital", last_dose_on=ago(300)), Outcome.UNKNOWN),
    (MedicineFact("propranolo", ongoing=True), Outcome.UNKNOWN),  # a guess is not put to anybody's judgement
    (MedicineFact("ibuprofenn", ongoing=True), Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("medicine", "outcome"), OUTCOMES)
def test_what_a_medicine_means_today(medicine, outcome):
    assert finding(medicine).outcome is outcome


def test_a_judgement_lets_an_ongoing_medicine_be_and_only_as_it_was_judged():
    medicine = MedicineFact("gabapentin", "300 mg", ongoing=True)
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "For pain.", "Dr Ash", TODAY)
    assert finding(medicine, judgements=(judged,)).outcome is Outcome.MET
    assert finding(replace(medicine, dose="900 mg"), judgements=(judged,)).outcome is Outcome.JUDGEMENT


def test_no_judgement_shortens_a_washout():
    medicine = stopped("phenelzine", ago(13))
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "In a hurry.", "Dr Ash", TODAY)
    assert finding(medicine, judgements=(judged,)).outcome is Outcome.WAITING


@pytest.mark.parametrize("name", ["phenelzine", "tramadol"])
def test_no_judgement_clears_what_must_never_meet_mdma_while_it_is_taken_as_needed(name):
    medicine = MedicineFact(name, regular=False, ongoing=True, last_dose_on=ago(300))
    judged = JudgementFact(medicine_code(medicine), medicine.said, True, "Seldom taken.", "Dr Ash", TODAY)
    assert finding(medicine, judgements=(judged,)).outcome is Outcome.UNKNOWN
    assert finding(replace(medicine, ongoing=False)).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("medicine", "start"),
    [
        (
            MedicineFact("sertraline", ongoing=True),
            "Sertraline is still taken; 29 days are needed after the last dose.",
        ),
        (MedicineFact("sertraline"), "When Sertraline was last taken is not known; 29 days are needed after the last"),
    ],
)
def test_without_a_last_dose_the_days_that_are_needed_are_said(medicine, start):
    assert finding(medicine).sentence.startswith(start)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Sertraline 50 mg", "medicine-sertraline-50-mg"),
        ("St John's Wort", "medicine-st-john-s-wort"),
        ("Xyzzomab  forte", "unlisted-xyzzomab-forte"),
    ],
)
def test_the_code_of_a_medicine_is_its_name_as_judgements_have_it(name, code):
    assert medicine_code(MedicineFact(name)) == code


def test_a_planned_last_dose_says_that_the_date_rests_on_the_plan():
    answer = finding(MedicineFact("venlafaxine", ongoing=True, last_dose_on=ago(-3)))
    assert answer.sentence.endswith("13 days to go if the last dose is taken as planned.")


@pytest.mark.parametrize(
    ("medicines", "expected"),
    [
        ((), TODAY),
        ((stopped("ibuprofen"),), TODAY),
        ((MedicineFact("caffeine", ongoing=True),), TODAY),
        ((MedicineFact("propranolol", ongoing=True),), TODAY),
        ((stopped("sertraline", ago(29)),), TODAY),
        ((stopped("sertraline", ago(28)),), date(2026, 4, 2)),
        ((stopped("sertraline", ago(28)), stopped("fluoxetine", ago(28))), date(2026, 4, 30)),
        ((stopped("sertraline", ago(28)), MedicineFact("fluoxetine", ongoing=True)), None),
        ((stopped("sertralin", ago(28)),), None),
        ((MedicineFact("lithium", ongoing=True),), None),
        # Of one entry with two drugs the later one counts, and none where one of them has no number.
        ((stopped("olanzapine/fluoxetine", ago(30)),), date(2026, 4, 28)),
        ((stopped("Mysimba", ago(3)),), None),
        ((stopped("alcohol, ibuprofen", TODAY),), date(2026, 4, 2)),
        # Taken today and not stopped: no clock runs yet.
        ((MedicineFact("sertraline", ongoing=True, last_dose_on=TODAY),), None),
    ],
)
def test_the_calendar_is_given_the_last_clear_from_date_or_none(medicines, expected):
    assert cleared(*medicines) == expected


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


def test_the_answer_for_a_combination_is_the_longer_wait_and_the_graver_rule():
    answer = washout(stopped("Nuedexta"), PLAIN, as_of=TODAY)
    assert (answer.drug, answer.days) == ("dextromethorphan and quinidine", 12)
    assert answer.clear_from == TODAY + timedelta(days=12)
    assert answer.drug_class == "cough suppressant; antiarrhythmic, CYP2D6 inhibitor"
    assert answer.rule is Rule.HARD
    assert answer.source == Source("General pharmacological knowledge", Mark.NOT_VERIFIED)
    assert answer.caution == (
        "Serotonergic; sold without prescription. Lengthens QTc; ask about arrhythmia, which is a stop."
    )


@pytest.mark.parametrize(
    ("names", "days", "mark"), [("Symbyax", 87, Mark.PUBLISHED), ("olanzapine, sertraline", 29, Mark.NOT_VERIFIED)]
)
def test_a_combination_is_as_trustworthy_as_its_weaker_source(names, days, mark):
    answer = washout(stopped(names), PLAIN, as_of=TODAY)
    assert (answer.days, answer.source.mark) == (days, mark)


def test_a_combination_with_a_part_that_has_no_number_has_none():
    answer = washout(stopped("Mysimba"), PLAIN, as_of=TODAY)
    assert (answer.known, answer.days, answer.clear_from, answer.rule) == (True, None, None, Rule.PROTOCOL)


def test_a_combination_whose_last_dose_nobody_knows_has_days_and_no_date():
    answer = washout(stopped("Symbyax", None), PLAIN, as_of=TODAY)
    assert (answer.days, answer.clear_from) == (87, None)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Prozak", "Prozak cannot be read for certain; the nearest in the reference table: Prozac (fluoxetine)."),
        ("Sertralin", "Sertralin cannot be read for certain; the nearest in the reference table: sertraline."),
        (
            "fluoxatine",
            "Fluoxatine cannot be read for certain; the nearest in the reference table: fluoxetine or fluvoxamine.",
        ),
        (
            "sertraline blorbital",
            "Sertraline blorbital cannot be read for certain; the nearest in the reference table: sertraline.",
        ),
        (
            "haldol depot",
            "Haldol depot is a long-acting form; the reference table has only the short-acting forms of haloperidol.",
        ),
    ],
)
def test_the_answer_for_a_likeness_is_unknown_and_says_what_is_near(name, sentence):
    answer = washout(stopped(name), PLAIN, as_of=TODAY)
    assert (answer.known, answer.days, answer.clear_from, answer.source) == (False, None, None, None)
    assert answer.arithmetic == f"{sentence} Its washout is unknown, and nothing is assumed."


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


KNOWN = st.sampled_from([drug.name for drug in TABLE if drug.rule in (Rule.HARD, Rule.PROTOCOL)])


@given(name=KNOWN, since=st.integers(0, 200))
def test_a_medicine_that_has_to_be_out_is_never_clear_before_its_days(name, since):
    medicine = stopped(name, ago(since))
    needed = washouts(medicine, mapp3().washout, as_of=TODAY)[0].days
    assert needed is not None and needed > 0
    assert (finding(medicine).outcome is Outcome.MET) is (since >= needed)


@given(name=st.one_of(KNOWN, st.text(max_size=20)), regular=st.booleans(), ongoing=st.sampled_from([None, False, True]))
def test_a_medicine_whose_last_dose_nobody_knows_is_never_washed_out(name, regular, ongoing):
    if any(drug.rule not in (Rule.HARD, Rule.PROTOCOL) for drug in read(name).drugs):
        return
    medicine = MedicineFact(name, "", regular, ongoing, None)
    assert finding(medicine).outcome is not Outcome.MET
    assert cleared(medicine) is None


@given(hours=st.floats(0.5, 500), last=st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_a_longer_half_life_never_clears_earlier(hours, last):
    shorter = replace(PLAIN, choices={"sertraline": Figure(hours, "h", SOURCE)})
    longer = replace(PLAIN, choices={"sertraline": Figure(hours * 1.5, "h", SOURCE)})
    [first], [second] = (washouts(stopped("sertraline", last), p, as_of=TODAY) for p in (shorter, longer))
    assert first.clear_from <= second.clear_from
    assert first.clear_from >= last + timedelta(days=7)


def test_a_candidate_without_medicines_has_nothing_to_wait_for():
    assert clearances(healthy(), mapp3().washout, as_of=TODAY) == []


ANY_NAME = st.one_of(
    st.sampled_from([name for drug in TABLE for name in (*drug.names, *drug.brands, *drug.depots)]),
    st.text(max_size=20),
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
SHORT = st.builds(
    lambda lives, settling, hours, name: WashoutPolicy(
        Figure(lives, "", SOURCE), Figure(settling, "", SOURCE), {name: Figure(hours, "h", SOURCE)}
    ),
    st.floats(0, 5),
    st.integers(0, 7),
    st.floats(0.1, 500),
    st.sampled_from([drug.name for drug in TABLE]),
)


@given(name=ANY_NAME, first=DAYS, later=st.integers(0, 400), regular=st.booleans(), poor=st.booleans())
def test_a_later_last_dose_never_gives_an_earlier_date(name, first, later, regular, poor):
    one, other = (
        washout(stopped(name, last, regular=regular), PLAIN, as_of=TODAY, poor=poor)
        for last in (first, first + timedelta(days=later))
    )
    assert (one.clear_from is None) is (other.clear_from is None)
    assert one.clear_from is None or one.clear_from <= other.clear_from


@given(policy=SHORT, poor=st.booleans(), regular=st.booleans())
def test_no_protocol_goes_below_a_fixed_number_of_days_or_a_floor(policy, poor, regular):
    for drug in TABLE:
        if drug.no_days or drug.rule is Rule.CONTINUE:
            continue
        [answer] = washouts(stopped(drug.name, regular=regular), policy, as_of=TODAY, poor=poor)
        if drug.fixed_days is not None:
            assert answer.days == drug.fixed_days
        assert answer.days >= drug.floor_days
        if "MAO" in drug.drug_class and "RIMA" not in drug.drug_class:
            assert answer.days == 14


@given(name=st.text(max_size=30), last=st.none() | DAYS)
def test_an_unknown_name_is_never_clear(name, last):
    medicine = stopped(name, last)
    answer = washout(medicine, PLAIN, as_of=TODAY)
    if answer.known:
        return
    assert (answer.days, answer.clear_from) == (None, None)
    assert finding(medicine).outcome is not Outcome.MET
    assert cleared(medicine) is None


@given(name=ANY_NAME, last=DAYS)
def test_a_poor_metaboliser_and_regular_use_never_wait_shorter(name, last):
    def date_of(**how):
        poor = how.pop("poor", False)
        return washout(stopped(name, last, **how), PLAIN, as_of=TODAY, poor=poor).clear_from or last

    assert date_of(poor=True) >= date_of()
    assert date_of() >= date_of(regular=False)
