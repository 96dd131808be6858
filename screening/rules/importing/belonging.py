"""Whether a record can be the chart's: a file put into somebody else's chart is the worst that an import can do."""

from accounts.rules.findings import Finding, Outcome, refusal
from patients.rules.duplicates import Identity, plain
from screening.rules.words import said


def findings(record: Identity, chart: Identity) -> list[Finding]:
    """What speaks against it. Both name and date of birth differ: a refusal; one of them: something to look at."""
    names = {frozenset((plain(who.given_name), plain(who.family_name))) for who in (record, chart)}
    same_name, same_day = len(names) == 1, record.date_of_birth == chart.date_of_birth
    theirs = f"{record.given_name} {record.family_name}, born {said(record.date_of_birth)}"
    ours = f"{chart.given_name} {chart.family_name}, born {said(chart.date_of_birth)}"
    if same_name and same_day:
        return []
    if not same_name and not same_day:
        return [
            refusal(
                "somebody-else", f"The file is about {theirs}; the chart is that of {ours}. Choose the right chart."
            )
        ]
    what = "date of birth" if same_name else "name"
    sentence = f"The {what} differs: the file says {theirs}, the chart {ours}. Make sure that it is one person."
    return [Finding("look", Outcome.JUDGEMENT, sentence)]
