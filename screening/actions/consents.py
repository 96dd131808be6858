"""Consent: texts are published, explained, agreed to, narrowed, withdrawn and asked for again. Nothing is ever changed."""

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import Clinic, User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Refused, refusal
from patients.models import Course, TeamMember
from screening.models import (
    Consent,
    ConsentRecall,
    ConsentText,
    ConsentWish,
    ConsentWithdrawal,
    Influence,
)
from screening.rules import consents
from screening.rules.candidate import ConsentFact, ConsentKind
from screening.rules.consents import Agreed, Agreement, Question, Scope
from screening.rules.words import said

PUBLISHERS = frozenset({Role.ADMIN, Role.PHYSICIAN})


@transaction.atomic
def publish_text(
    clinic: Clinic,
    *,
    kind: str,
    version: str,
    words: str,
    questions: Sequence[Question],
    valid_from: dt.date,
    valid_until: dt.date | None = None,
    holds_days: int | None = None,
    asks_again: bool = True,
    by: User,
    at: dt.datetime,
) -> ConsentText:
    """Publish a version of a consent text for good. Raises Refused with every reason."""
    Clinic.objects.select_for_update().get(pk=clinic.pk)
    rows = ConsentText.objects.filter(clinic=clinic, kind=kind)
    reasons = []
    if not PUBLISHERS & by.roles_in(clinic.pk, at.astimezone(clinic.zone).date()):
        reasons.append(refusal("publisher", "An admin or a physician of the clinic publishes consent texts."))
    if not questions and kind == ConsentKind.TREATMENT:
        reasons.append(refusal("questions", "Consent to treatment needs an understanding check: write the questions."))
    if rows.filter(Q(version=version) | Q(valid_from=valid_from)).exists():
        sentence = "There is a text with this version or from this day already. A published text is never changed."
        reasons.append(refusal("version", sentence))
    if valid_until and valid_until < valid_from:
        reasons.append(refusal("valid_until", "It would end before it begins. Give a later last day."))
    if reasons:
        raise Refused(reasons)
    return ConsentText.objects.create(
        clinic=clinic,
        kind=kind,
        version=version,
        words=words,
        sha256=hashlib.sha256(words.encode()).hexdigest(),
        questions=[{"ask": each.ask, "answers": list(each.answers), "right": each.right} for each in questions],
        valid_from=valid_from,
        valid_until=valid_until,
        holds_days=holds_days,
        asks_again=asks_again,
        published_by=by,
        published_at=at,
    )


def text_in_force(clinic: Clinic, kind: ConsentKind, *, on: dt.date) -> ConsentText | None:
    """The version of a consent text that is agreed to on a day."""
    rows = {row.rule: row for row in ConsentText.objects.filter(clinic=clinic, kind=kind)}
    current = consents.current(list(rows), kind, on=on)
    return rows[current] if current else None


def questions_of(text: ConsentText) -> list[Question]:
    return [Question(each["ask"], tuple(each["answers"]), each["right"]) for each in text.questions]


@transaction.atomic
def give_consent(
    course: Course,
    *,
    text: ConsentText,
    given_on: dt.date,
    explained_by: User,
    answers: Sequence[int | None] = (),
    understood: bool = True,
    terms: dict[str, Any],
    language: str = "English",
    minutes: int | None = None,
    own_words: str = "",
    by: User,
    at: dt.datetime,
) -> Consent:
    """Record a consent as it was explained and given, with the understanding check as it was answered.

    `answers` are the indexes chosen for the text's questions; for a text without questions `understood` says it.
    Raises Refused for a day that has not come, a text that is not in force, terms that are not complete, an ended
    course, and for more than was agreed while the patient is under the influence of a dose.
    """
    _hold(course)
    kind, questions = ConsentKind(text.kind), questions_of(text)
    scope = consents.scope_of(kind, terms)
    reasons = [*_untimely(course, given_on, at), *consents.term_refusals(kind, terms)]
    if text.clinic_id != course.clinic_id or text_in_force(course.clinic, kind, on=given_on) != text:
        reasons.append(refusal("text", f"Version {text.version} is not the text in force on {said(given_on)}."))
    sober = not _under_influence(course, given_on, at)
    reasons += consents.change_refusals(_newest_scope(course, kind), scope, sober=sober)
    if reasons:
        raise Refused(reasons)
    return Consent.objects.create(
        course=course,
        kind=kind,
        text=text,
        version=text.version,
        given_on=given_on,
        explained_by=explained_by,
        understood=consents.understood(questions, answers) if questions else understood,
        check_answers=_answered(questions, answers),
        own_words=own_words.strip(),
        language=language,
        minutes=minutes,
        terms=terms,
        scope=consents.ordered(scope),
        by=by,
        at=at,
    )


@transaction.atomic
def narrow(consent: Consent, *, keep: Collection[str], by: User, at: dt.datetime) -> Consent:
    """Agree to less, at once: of what the newest consent of its kind holds, only `keep` stays.

    Needs no new explanation. Raises Refused when it is not the newest, was withdrawn, or nothing would become less.
    """
    course = consent.course
    _hold(course)
    held, kept = frozenset(consent.scope), frozenset(keep)
    reasons = _not_newest(consent)
    if more := consents.widening(held, kept):
        reasons.append(
            refusal(
                "widening",
                f"This would be more: {consents.listed(more)}. Only less is agreed here; for more, record a new consent.",
            )
        )
    elif kept == held:
        reasons.append(refusal("same", "Nothing would change. Take away what is no longer agreed."))
    if reasons:
        raise Refused(reasons)
    copied = (
        "kind",
        "text",
        "version",
        "explained_by",
        "understood",
        "check_answers",
        "own_words",
        "language",
        "terms",
    )
    return Consent.objects.create(
        **{name: getattr(consent, name) for name in copied},
        course=course,
        given_on=at.astimezone(course.clinic.zone).date(),
        scope=consents.ordered(kept),
        narrows=consent,
        by=by,
        at=at,
    )


@transaction.atomic
def withdraw_consent(consent: Consent, *, reason: str = "", by: User, at: dt.datetime) -> ConsentWithdrawal:
    """Note that a consent ends, at once. Raises Refused when it has ended already or another took its place."""
    _hold(consent.course)
    if reasons := _not_newest(consent):
        raise Refused(reasons)
    on = at.astimezone(consent.course.clinic.zone).date()
    return ConsentWithdrawal.objects.create(consent=consent, on=on, reason=reason, by=by, at=at)


@transaction.atomic
def ask_again(course: Course, *, kind: str, cause: str, words: str, by: User, at: dt.datetime) -> ConsentRecall:
    """Ask for a consent again: what was given until now no longer counts. Raises Refused without a reason."""
    _hold(course)
    if not words.strip():
        raise Refused([refusal("words", "Say what is new, so that whoever explains it knows.")])
    on = at.astimezone(course.clinic.zone).date()
    return ConsentRecall.objects.create(course=course, kind=kind, cause=cause, words=words.strip(), on=on, by=by, at=at)


@transaction.atomic
def keep_wish(course: Course, *, text: ConsentText, terms: dict[str, Any], by: User, at: dt.datetime) -> ConsentWish:
    """Keep what was wished for beyond the agreement on the day of a dose, to be offered at the next session."""
    kind = ConsentKind(text.kind)
    more = consents.widening(_newest_scope(course, kind), consents.scope_of(kind, terms))
    return ConsentWish.objects.create(course=course, kind=kind, more=consents.ordered(more), by=by, at=at)


def open_wishes(course: Course, kind: ConsentKind) -> list[ConsentWish]:
    """Wishes said since the newest consent of a kind."""
    newest = _newest(course, kind)
    wishes = course.consent_wishes.filter(kind=kind)
    return list(wishes.filter(at__gt=newest.at) if newest else wishes)


@transaction.atomic
def note_influence(course: Course, *, by: User, at: dt.datetime) -> Influence:
    """A dose was given: until the clinic's next day begins, no consent of this course is widened."""
    zone = course.clinic.zone
    tomorrow = at.astimezone(zone).date() + dt.timedelta(days=1)
    until = dt.datetime.combine(tomorrow, dt.time(), tzinfo=zone)
    noted, _ = Influence.objects.get_or_create(course=course, since=at, defaults={"until": until, "by": by})
    return noted


def agreed_on(course: Course, kind: ConsentKind, on: dt.date) -> Agreed:
    """What is agreed on a day: now, and from the next session."""
    rows = course.consents.filter(kind=kind).select_related("withdrawal", "text").order_by("at", "pk")
    return consents.agreed([agreement_of(row, course.clinic) for row in rows], on=on)


def standing_on(course: Course, on: dt.date) -> dict[ConsentKind, tuple[Agreed, Consent | None]]:
    """What is agreed on a day of each kind, with the newest row that can be narrowed. One query."""
    rows: dict[ConsentKind, list[Consent]] = {kind: [] for kind in ConsentKind}
    for row in course.consents.select_related("withdrawal", "text").order_by("at", "pk"):
        rows[ConsentKind(row.kind)].append(row)
    return {
        kind: (
            consents.agreed([agreement_of(row, course.clinic) for row in given], on=on),
            given[-1] if given and not hasattr(given[-1], "withdrawal") else None,
        )
        for kind, given in rows.items()
    }


def agreement_of(row: Consent, clinic: Clinic) -> Agreement:
    """A row as the rules read it."""
    return Agreement(
        kind=ConsentKind(row.kind),
        scope=frozenset(row.scope),
        given_on=row.given_on,
        recorded_on=row.at.astimezone(clinic.zone).date(),
        understood=row.understood,
        withdrawn=hasattr(row, "withdrawal"),
        text=row.text.rule if row.text else None,
    )


def facts_of(days: Mapping[Course, dt.date]) -> dict[int, list[ConsentFact]]:
    """Every consent with what stands against it on the day of its course, by course key. Four queries for any number."""
    rows = {course.pk: (course, on) for course, on in days.items()}
    texts: dict[tuple[int, str], list[consents.Text]] = {}
    for text in ConsentText.objects.filter(clinic__in={course.clinic_id for course in days}):
        texts.setdefault((text.clinic_id, text.kind), []).append(text.rule)
    recalls = list(ConsentRecall.objects.filter(course__in=rows))
    pair = TeamMember.objects.filter(course__in=rows, duty__in=("lead", "second"), ends_on__isnull=False)
    gone = [member for member in pair.select_related("user") if member.ends_on < rows[member.course_id][1]]
    found: dict[int, list[ConsentFact]] = {key: [] for key in rows}
    for row in Consent.objects.filter(course__in=rows).select_related("withdrawal", "text"):
        course, on = rows[row.course_id]
        doubt = consents.doubt(
            agreement_of(row, course.clinic),
            texts.get((course.clinic_id, row.kind), []),
            recalls=[
                (r.on, str(r)) for r in recalls if (r.course_id, r.kind) == (row.course_id, row.kind) and r.at > row.at
            ],
            left=[(member.ends_on, str(member.user)) for member in gone if member.course_id == row.course_id],
            as_of=on,
        )
        withdrawn = row.withdrawal.on if hasattr(row, "withdrawal") else None
        fact = ConsentFact(ConsentKind(row.kind), row.version, row.given_on, row.understood, withdrawn, doubt)
        found[row.course_id].append(fact)
    return found


def _newest(course: Course, kind: str) -> Consent | None:
    return course.consents.filter(kind=kind).select_related("withdrawal").order_by("at", "pk").last()


def _newest_scope(course: Course, kind: ConsentKind) -> Scope:
    newest = _newest(course, kind)
    return agreement_of(newest, course.clinic).holds if newest else consents.NOTHING


def _not_newest(consent: Consent) -> list[Finding]:
    if ConsentWithdrawal.objects.filter(consent=consent).exists():
        return [
            refusal(
                "withdrawn", "This consent has been withdrawn already. If the patient agrees again, record a new one."
            )
        ]
    if _newest(consent.course, consent.kind) != consent:
        return [refusal("superseded", "A later consent took its place. Change that one.")]
    return []


def _under_influence(course: Course, given_on: dt.date, at: dt.datetime) -> bool:
    """Whether a dose was given before this was written down, today or on the day on which it is said to be given."""
    zone = course.clinic.zone
    doses = [row for row in course.influences.all() if row.since <= at]
    return any(at < row.until or row.since.astimezone(zone).date() == given_on for row in doses)


def _untimely(course: Course, given_on: dt.date, at: dt.datetime) -> list[Finding]:
    reasons = []
    if not course.is_active:
        state = course.get_state_display().lower()
        reasons.append(refusal("ended", f"The course is {state}: its screening is closed."))
    if given_on > at.astimezone(course.clinic.zone).date():
        reasons.append(refusal("future", "The day has not come yet. Enter the day on which the consent was given."))
    return reasons


def _answered(questions: Sequence[Question], answers: Sequence[int | None]) -> list[dict[str, Any]]:
    given = dict(enumerate(answers))
    return [
        {
            "ask": question.ask,
            "answered": "" if given.get(number) is None else question.answers[given[number]],
            "right": given.get(number) == question.right,
        }
        for number, question in enumerate(questions)
    ]


def _hold(course: Course) -> None:
    """Two people record one after the other."""
    Course.objects.select_for_update().get(pk=course.pk)
    course.refresh_from_db(fields=["state"])
