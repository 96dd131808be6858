"""What a clinician reads: the whole sentence and the evidence of every answer that the rules can give."""

import pytest

from tests.rules.screening.criteria import finding
from tests.rules.screening.sentences.circulation import CIRCULATION
from tests.rules.screening.sentences.laboratory import LABORATORY
from tests.rules.screening.sentences.medicines import MEDICINES
from tests.rules.screening.sentences.person import PERSON
from tests.rules.screening.sentences.questions import QUESTIONS
from tests.rules.screening.sentences.suicide import SUICIDE

SENTENCES = [*PERSON, *CIRCULATION, *LABORATORY, *SUICIDE, *MEDICINES, *QUESTIONS]


@pytest.mark.parametrize(("code", "candidate", "outcome", "sentence", "evidence"), SENTENCES)
def test_the_sentence_and_the_evidence_of_an_answer(code, candidate, outcome, sentence, evidence):
    found = finding(code, candidate)
    assert (found.outcome, found.sentence, found.evidence) == (outcome, sentence, evidence)
