from django.template.loader import render_to_string

from accounts.rules.findings import Finding, Mark, Outcome, Source
from accounts.templatetags.findings import grouped, said_once

ECG = Finding(
    "ecg", Outcome.NOT_MET, "The ECG is out of date.", "Taken 17 July", Source("Brief", Mark.BRIEF), "physician"
)
SAME = Finding("qtc", Outcome.NOT_MET, "The ECG is out of date.")
WAIT = Finding("washout", Outcome.WAITING, "Clear from 3 May.")
GOOD = Finding("pressure", Outcome.MET, "Blood pressure is 122/78.")


def test_what_is_said_twice_is_shown_once_and_the_first_stays():
    assert said_once([ECG, WAIT, SAME, GOOD]) == [ECG, WAIT, GOOD]


def test_findings_are_grouped_with_stops_first_and_empty_groups_left_out():
    assert [(group["title"], group["findings"]) for group in grouped([GOOD, WAIT, ECG])] == [
        ("Stops", [ECG]),
        ("Missing or still running", [WAIT]),
        ("Met", [GOOD]),
    ]


def test_a_finding_shows_its_verdict_evidence_source_mark_and_who_decides():
    html = render_to_string("parts/_finding.html", {"finding": ECG})
    assert 'class="finding finding-not-met"' in html and "<svg" in html
    for words in ("Not met", "The ECG is out of date.", "Taken 17 July", "(brief)", "Decided by the physician"):
        assert words in html
