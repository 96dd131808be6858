"""The reference table against a second copy of it, typed by hand from the clinical facts, section 4.3."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.rules.findings import Outcome
from screening.rules.candidate import MedicineFact
from screening.rules.medicines import BY_NAME, TABLE, Rule, read
from screening.rules.washout import REFERENCE, clearances, washouts
from tests.rules.screening.people import TODAY, ago, mapp3, taking

S28 = "Antidepressant half-lives, PMC6168070 table 3"
S29 = "Antipsychotic pharmacokinetics, UpToDate 60825 (mirror)"
S30 = "Psychopharmacology reference tables (derived)"
S30B = "Antipsychotic half-lives, PMC8652414 table 3"
S31 = "MDMA guide, section on drug interactions, citing Malcolm, Edinoff, Bracchi, Sarparast"
S33 = "Pharmacist's washout chart, docslib 9997172"
S20 = "MDMA training programme, contraindications module"
M = "General pharmacological knowledge"
TRIALS = "Trial practice for concomitant medicines"
MAOI, DIBENZ = "MAOI, irreversible", "benzodiazepine"
STIM, AP, TCA = "stimulant", "antipsychotic", "TCA"
HARD, OPEN, ASK, AWAY = Rule.HARD, Rule.PROTOCOL, Rule.PRESCRIBER, Rule.ABSTAIN
PUBLISHED, MEMORY = "published", "not verified"

# name, class, half-life used in hours, days after the last dose, rule, sources, mark
FACTS = [
    ("phenelzine", MAOI, 12, 14, HARD, S31, PUBLISHED),
    ("tranylcypromine", MAOI, 3, 14, HARD, S31, PUBLISHED),
    ("isocarboxazid", MAOI, 4, 14, HARD, S31, PUBLISHED),
    ("selegiline", "MAO-B inhibitor", 25, 14, HARD, M, MEMORY),
    ("rasagiline", "MAO-B inhibitor", 25, 14, HARD, M, MEMORY),
    ("moclobemide", "RIMA, reversible MAOI", 4, 8, HARD, f"{M}; {S31}", MEMORY),
    ("ayahuasca", "RIMA, reversible MAOI", 4, 8, HARD, f"{M}; {S31}", MEMORY),
    ("harmala", "RIMA, reversible MAOI", 4, 8, HARD, f"{M}; {S31}", MEMORY),
    ("linezolid", "antibiotic or dye with MAOI activity", 24, 14, HARD, M, MEMORY),
    ("methylene blue", "antibiotic or dye with MAOI activity", 24, 14, HARD, M, MEMORY),
    ("ritonavir", "CYP3A4 and CYP2D6 inhibitor (booster)", 5, 9, HARD, f"{S31}; {M}", MEMORY),
    ("cobicistat", "CYP3A4 and CYP2D6 inhibitor (booster)", 5, 9, HARD, f"{S31}; {M}", MEMORY),
    ("citalopram", "SSRI", 35, 15, OPEN, S28, PUBLISHED),
    ("escitalopram", "SSRI", 32, 14, OPEN, S28, PUBLISHED),
    ("sertraline", "SSRI", 104, 29, OPEN, f"{S28}; {M}", MEMORY),
    ("paroxetine", "SSRI, strong CYP2D6 inhibitor", 24, 12, OPEN, S28, PUBLISHED),
    ("fluvoxamine", "SSRI, CYP1A2 and CYP2C19 inhibitor", 22, 12, OPEN, S30, PUBLISHED),
    ("fluoxetine", "SSRI, strong CYP2D6 inhibitor", 384, 87, OPEN, f"{S28}; {S33}", PUBLISHED),
    ("venlafaxine", "SNRI", 11, 10, OPEN, S28, PUBLISHED),
    ("desvenlafaxine", "SNRI", 11, 10, OPEN, S28, PUBLISHED),
    ("duloxetine", "SNRI, CYP2D6 inhibitor", 17, 11, OPEN, S28, PUBLISHED),
    ("levomilnacipran", "SNRI", 12, 10, OPEN, S28, PUBLISHED),
    ("milnacipran", "SNRI", 12, 10, OPEN, f"{S28}; {M}", MEMORY),
    ("amitriptyline", TCA, 44, 17, OPEN, M, MEMORY),
    ("clomipramine", "TCA, strong serotonin reuptake inhibitor", 77, 24, OPEN, M, MEMORY),
    ("nortriptyline", TCA, 44, 17, OPEN, M, MEMORY),
    ("bupropion", "NDRI, strong CYP2D6 inhibitor", 37, 15, OPEN, M, MEMORY),
    ("mirtazapine", "NaSSA", 40, 16, OPEN, M, MEMORY),
    ("trazodone", "SARI", 14, 10, OPEN, M, MEMORY),
    ("vortioxetine", "multimodal antidepressant", 66, 21, OPEN, M, MEMORY),
    ("vilazodone", "multimodal antidepressant", 25, 13, OPEN, M, MEMORY),
    ("buspirone", "azapirone", 3, 8, OPEN, M, MEMORY),
    ("lithium", "mood stabiliser", 36, 15, HARD, M, MEMORY),
    ("valproate", "mood stabiliser, anticonvulsant", 16, 11, ASK, M, MEMORY),
    ("lamotrigine", "mood stabiliser, anticonvulsant", 33, 14, ASK, M, MEMORY),
    ("carbamazepine", "mood stabiliser, anticonvulsant, enzyme inducer", 17, 14, ASK, M, MEMORY),
    ("aripiprazole", AP, 94, 27, OPEN, S29, PUBLISHED),
    ("brexpiprazole", AP, 91, 26, OPEN, S29, PUBLISHED),
    ("cariprazine", AP, 504, 112, OPEN, f"{S29}; {S30B}", PUBLISHED),
    ("olanzapine", AP, 54, 19, OPEN, S29, PUBLISHED),
    ("quetiapine", AP, 12, 10, OPEN, S29, PUBLISHED),
    ("risperidone", AP, 21, 12, OPEN, S29, PUBLISHED),
    ("ziprasidone", AP, 10, 10, OPEN, S29, PUBLISHED),
    ("lurasidone", AP, 40, 16, OPEN, S29, PUBLISHED),
    ("haloperidol", AP, 21, 12, OPEN, S30B, PUBLISHED),
    ("clozapine", AP, 13, 10, HARD, S29, PUBLISHED),
    ("methylphenidate", STIM, 4, 8, OPEN, M, MEMORY),
    ("amphetamine", STIM, 14, 10, OPEN, M, MEMORY),
    ("lisdexamfetamine", STIM, 14, 10, OPEN, M, MEMORY),
    ("atomoxetine", "noradrenaline reuptake inhibitor", 21, 12, OPEN, M, MEMORY),
    ("modafinil", "wakefulness-promoting", 15, 11, OPEN, M, MEMORY),
    ("armodafinil", "wakefulness-promoting", 15, 11, OPEN, M, MEMORY),
    ("diazepam", DIBENZ, 100, 28, OPEN, M, MEMORY),
    ("clonazepam", DIBENZ, 40, 16, OPEN, M, MEMORY),
    ("alprazolam", DIBENZ, 16, 11, OPEN, M, MEMORY),
    ("lorazepam", DIBENZ, 20, 12, OPEN, M, MEMORY),
    ("zolpidem", "Z-drug", 6, 9, OPEN, M, MEMORY),
    ("eszopiclone", "Z-drug", 6, 9, OPEN, M, MEMORY),
    ("gabapentin", "gabapentinoid", 7, 9, ASK, M, MEMORY),
    ("pregabalin", "gabapentinoid", 7, 9, ASK, M, MEMORY),
    ("prazosin", "alpha-1 blocker", 3, None, ASK, M, MEMORY),
    ("clonidine", "alpha-2 agonist", 17, None, ASK, M, MEMORY),
    ("guanfacine", "alpha-2 agonist", 17, None, ASK, M, MEMORY),
    ("propranolol", "beta-blocker", 6, None, ASK, M, MEMORY),
    ("tramadol", "opioid with SNRI action", 9, 9, HARD, M, MEMORY),
    ("meperidine", "serotonergic opioid", 59, 20, HARD, M, MEMORY),
    ("methadone", "serotonergic opioid", 59, 20, HARD, M, MEMORY),
    ("tapentadol", "serotonergic opioid", 59, 20, HARD, M, MEMORY),
    ("fentanyl", "serotonergic opioid", 59, 20, HARD, M, MEMORY),
    ("buprenorphine", "opioid agonist", 42, 16, ASK, M, MEMORY),
    ("dextromethorphan", "cough suppressant", 24, 12, HARD, M, MEMORY),
    ("sumatriptan", "triptan, 5-HT1 agonist", 6, 2, OPEN, M, MEMORY),
    ("terbinafine", "CYP2D6 inhibitor", 400, 91, OPEN, M, MEMORY),
    ("quinidine", "antiarrhythmic, CYP2D6 inhibitor", 8, 9, HARD, M, MEMORY),
    ("st john's wort", "herbal antidepressant, enzyme inducer", 48, 14, OPEN, M, MEMORY),
    ("5-htp", "serotonergic supplement", 7, 7, HARD, M, MEMORY),
    ("l-tryptophan", "serotonergic supplement", 7, 7, HARD, M, MEMORY),
    ("same", "serotonergic supplement", 7, 7, HARD, M, MEMORY),
    ("ketamine", "NMDA antagonist", 3, 84, OPEN, TRIALS, MEMORY),
    ("esketamine", "NMDA antagonist", 3, 84, OPEN, TRIALS, MEMORY),
    ("cannabis", "substance", 36, 1, AWAY, S20, PUBLISHED),
    ("thc", "substance", 36, 1, AWAY, S20, PUBLISHED),
    ("alcohol", "substance", 5, 1, AWAY, S20, PUBLISHED),
    ("caffeine", "substance", 6, 0, AWAY, M, MEMORY),
    ("nicotine", "substance", 6, 0, AWAY, M, MEMORY),
]
NAMES = [row[0] for row in FACTS]
# Never stopped by the application, as section 4.2 lists them.
NEVER_STOPPED = (
    "dolutegravir ritonavir valproate lamotrigine carbamazepine levetiracetam propranolol clonidine methadone "
    "buprenorphine lithium clozapine prednisolone warfarin insulin"
)
CHANGED_BY_PHENOTYPE = {"aripiprazole": 38, "risperidone": 14}
AS_NEEDED = {"trazodone": 3, "quetiapine": 3, "diazepam": 21, "clonazepam": 9, "alprazolam": 4, "lorazepam": 5}
AS_NEEDED |= {"zolpidem": 2, "eszopiclone": 2}


def taken(name, *, ongoing=False, last=TODAY, regular=True):
    return MedicineFact(name, "", regular, ongoing, last)


def one(name, **more):
    poor = more.pop("poor", False)
    [washout] = washouts(taken(name, **more), REFERENCE, as_of=TODAY, poor=poor)
    return washout


def outcome(name, **more):
    return clearances(taking(taken(name, **more)), REFERENCE, as_of=TODAY)[0].finding.outcome


@pytest.mark.parametrize(("name", "drug_class", "hours", "days", "rule", "source", "mark"), FACTS)
def test_a_row_says_what_the_clinical_facts_say(name, drug_class, hours, days, rule, source, mark):
    found = one(name)
    assert (found.drug, found.known, found.drug_class, found.days, found.rule) == (name, True, drug_class, days, rule)
    assert (found.source.document, found.source.mark.value) == (source, mark)
    assert BY_NAME[name].half_life == hours
    assert found.clear_from == (None if days is None else TODAY + timedelta(days=days))


def test_the_copy_leaves_out_only_what_may_continue_and_what_the_facts_give_no_number():
    more = {drug.name for drug in TABLE} - {BY_NAME[name].name for name in NAMES}
    herbs = {"ginkgo"}
    assert {name for name in more if not (BY_NAME[name].rule is Rule.CONTINUE or BY_NAME[name].no_days)} == herbs


@pytest.mark.parametrize("name", NAMES)
def test_a_medicine_that_is_still_taken_never_has_a_date(name):
    found = one(name, ongoing=True, last=None)
    assert found.clear_from is None
    drug = BY_NAME[name]
    expected = Outcome.WAITING
    if drug.rule is Rule.ABSTAIN:
        expected = Outcome.MET
    elif drug.keep and drug.rule is Rule.HARD:
        expected = Outcome.NOT_MET
    elif drug.rule is Rule.PRESCRIBER:
        expected = Outcome.JUDGEMENT
    assert outcome(name, ongoing=True, last=None) is expected


NUMBERED = [(name, days) for name, _, _, days, rule, _, _ in FACTS if days is not None and rule is not AWAY]


@pytest.mark.parametrize(("name", "days"), NUMBERED)
def test_it_waits_until_the_day_before_and_is_clear_on_the_day(name, days):
    assert outcome(name, last=ago(1)) is Outcome.WAITING
    assert outcome(name, last=ago(days - 1)) is Outcome.WAITING
    assert outcome(name, last=ago(days)) is Outcome.MET
    assert outcome(name, last=ago(days + 1)) is Outcome.MET


@pytest.mark.parametrize(("name", "days"), NUMBERED)
def test_a_last_dose_that_is_ahead_gives_a_date_that_waits_for_it(name, days):
    found = one(name, ongoing=True, last=ago(-5))
    assert found.clear_from == TODAY + timedelta(days=days + 5)
    assert outcome(name, ongoing=True, last=ago(-5)) is Outcome.WAITING


@pytest.mark.parametrize(("name", "days"), NUMBERED)
def test_an_unknown_last_dose_is_unknown(name, days):
    assert outcome(name, last=None) is Outcome.UNKNOWN
    assert outcome(name, ongoing=None, last=None) is Outcome.UNKNOWN


@pytest.mark.parametrize(("name", "days"), [(row[0], row[3]) for row in FACTS])
def test_an_occasional_dose_is_shorter_only_where_the_facts_say_so(name, days):
    assert one(name, regular=False).days == AS_NEEDED.get(name, days)


@pytest.mark.parametrize(("name", "days"), [(row[0], row[3]) for row in FACTS])
def test_a_poor_metaboliser_waits_as_long_or_longer(name, days):
    assert one(name, poor=True).days == CHANGED_BY_PHENOTYPE.get(name, days)


@pytest.mark.parametrize("name", NEVER_STOPPED.split())
def test_what_is_never_stopped_shows_no_date_while_it_is_taken(name):
    [entry] = clearances(taking(taken(name, ongoing=True, last=None)), REFERENCE, as_of=TODAY)
    assert BY_NAME[name].keep
    assert entry.clear_from is None
    assert entry.finding.outcome in (Outcome.JUDGEMENT, Outcome.NOT_MET)
    if days := one(name).days:
        assert one(name).arithmetic.endswith(
            "For reference only: whether it is ever stopped is the prescriber's decision."
        ), days


@pytest.mark.parametrize("name", ["diazepam", "clonazepam", "alprazolam", "lorazepam"])
def test_a_benzodiazepine_taken_regularly_is_the_prescribers_to_stop(name):
    [entry] = clearances(taking(taken(name, ongoing=True, last=None)), REFERENCE, as_of=TODAY)
    assert entry.finding.outcome is Outcome.WAITING
    assert "is the prescriber's decision, and no date is shown" in entry.finding.sentence
    now_and_then = clearances(taking(taken(name, ongoing=True, last=None, regular=False)), REFERENCE, as_of=TODAY)
    assert "is the prescriber's decision" not in now_and_then[0].finding.sentence


@pytest.mark.parametrize(("name", "first", "between"), [("methylphenidate", 8, 1), ("lisdexamfetamine", 10, 3)])
def test_a_stimulant_is_held_without_days_to_settle_between_two_dosing_days(name, first, between):
    medicine = taken(name, last=ago(between))
    before = taking(medicine)
    assert clearances(before, REFERENCE, as_of=TODAY)[0].finding.outcome is Outcome.WAITING
    after = replace(before, dosed_on=ago(28))
    assert clearances(after, REFERENCE, as_of=TODAY)[0].finding.outcome is Outcome.MET
    assert [w.days for w in washouts(medicine, REFERENCE, as_of=TODAY, between=True)] == [between]
    assert one(name).days == first


@pytest.mark.parametrize("name", ["sertraline", "phenelzine", "atomoxetine"])
def test_what_is_not_held_keeps_its_days_between_two_dosing_days(name):
    [found] = washouts(taken(name), REFERENCE, as_of=TODAY, between=True)
    assert found.days == one(name).days


def test_the_dosing_day_itself_is_not_yet_between():
    medicine = taken("methylphenidate", last=ago(1))
    today = replace(taking(medicine), dosed_on=TODAY)
    assert clearances(today, REFERENCE, as_of=TODAY)[0].finding.outcome is Outcome.WAITING


def test_every_choice_of_a_protocol_names_a_drug_of_the_table():
    assert all(read(name).certain for name in mapp3().washout.choices)


@pytest.mark.parametrize(
    "name",
    [
        "amlodipine",
        "levothyroxine",
        "ethinylestradiol",
        "atorvastatin",
        "metformin",
        "ibuprofen",
        "paracetamol",
        "hydrochlorothiazide",
    ],
)
def test_what_may_continue_waits_for_nothing(name):
    assert outcome(name, ongoing=True, last=None) is Outcome.MET
    assert (one(name).rule, one(name).days) == (Rule.CONTINUE, 0)
