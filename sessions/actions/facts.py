"""Gathers what is known of a dosing day at one instant, for the rules to judge."""

import datetime as dt

from django.db.models import QuerySet

from accounts.models import Credential, Membership, User
from accounts.rules.access import Role
from accounts.rules.findings import Finding, Mark, Outcome, Source
from patients.models import Course
from patients.rules.protocol import VisitKind
from screening.actions.consents import agreed_on
from screening.actions.facts import clear_from, eligible_now, may_become_pregnant
from screening.rules.candidate import ConsentKind
from screening.rules.consents import ETHICS
from sessions.actions.blocking import course_open
from sessions.actions.record import allowed_therapists, first_state
from sessions.models import DayCheck, Dose, Effect, SessionStep, TherapySession, Visit, VitalSign
from sessions.rules.dosing import State, Step
from sessions.rules.facts import Answer, Basis, Check, DoseKind, Facts, Given, Person, basis_of
from sessions.rules.vitals import MEASURES, Reading

BRIEF = Source("The clinic's brief", Mark.BRIEF)
# The visit map has the baseline rated by the independent rater once the washout is over, before the last preparation.
BASELINE = Source("Protocol for depression derived from the sponsor's, table T2 (PMC9645093)", Mark.PUBLISHED)


def facts_for(session: TherapySession, *, as_of: dt.datetime, reason: str = "") -> Facts:
    """Everything the rules of the dosing day ask for. Times are in the clinic's zone. Writes nothing.

    `session` may be unsaved, for a day on which nothing has been written down yet.
    """
    visit = session.visit
    course, zone = visit.course, visit.course.clinic.zone
    protocol = course.plan
    here = as_of.astimezone(zone)
    plan = next((dose for dose in protocol.doses if dose.dose_number == visit.dose_number), None)
    needed = next((row.therapists for row in protocol.visits if row.code == visit.code), 2)
    checks = list(session.checks.select_related("person")) if session.pk else []
    presences = session.presences.select_related("therapist") if session.pk else []
    there = [row.therapist for row in presences if session.now_is is State.OPEN or row.left_at is None]
    named = [row.person for row in checks if row.check_code == Check.PHYSICIAN and row.person]
    physician = named[-1] if named else None
    live = _live([*there, *([physician] if physician else [])], course.clinic_id, here.date())
    return Facts(
        now=here,
        therapists_needed=needed,
        present=tuple(Person(str(user.pk), str(user), live[user.pk]["therapist"]) for user in there),
        physician=Person(str(physician.pk), str(physician), live[physician.pk]["physician"]) if physician else None,
        eligibility=_eligibility(visit, as_of) if session.now_is is not State.OPEN else None,
        may_be_pregnant=False if course.patient.sex == "male" else may_become_pregnant(course),
        answers=tuple(_answer(row, zone) for row in checks),
        readings=readings_of(session),
        severe_effects=tuple(
            session.effects.filter(severity=Effect.Severity.SEVERE, until_at=None).values_list("term", flat=True)
            if session.pk
            else ()
        ),
        doses=doses_of(session),
        earlier_mg=float(
            sum(dose.mg for dose in Dose.objects.filter(session__visit__course=course) if dose.session_id != session.pk)
        ),
        plan=plan,
        day=protocol.dosing_day,
        course_maximum=protocol.course_maximum.value,
        salt=basis_of(protocol.salt),
        limits=protocol.vital_limits,
        reason=reason,
    )


def readings_of(session: TherapySession) -> tuple[Reading, ...]:
    """The vital signs that count: a corrected set does not."""
    if not session.pk:
        return ()
    zone = session.visit.course.clinic.zone
    return tuple(
        reading_of(row, zone)
        for row in VitalSign.objects.filter(session=session, replaced_by=None).order_by("taken_at", "saved_at")
    )


def doses_of(session: TherapySession) -> tuple[Given, ...]:
    if not session.pk:
        return ()
    zone = session.visit.course.clinic.zone
    return tuple(
        Given(DoseKind(dose.kind), float(dose.mg), Basis(dose.basis), dose.given_at.astimezone(zone))
        for dose in session.doses.order_by("given_at")
    )


def reading_of(row: VitalSign, zone: dt.tzinfo) -> Reading:
    values = {name: None if getattr(row, name) is None else float(getattr(row, name)) for name in MEASURES}
    return Reading(key=str(row.pk), taken_at=row.taken_at.astimezone(zone), slot=row.slot, **values)


def session_of(visit: Visit) -> TherapySession:
    """The visit's session; one that is not saved yet when nothing has been written down."""
    found = TherapySession.objects.filter(visit=visit).first()
    session = found or TherapySession(visit=visit, state=first_state(visit))
    session.visit = visit
    return session


def physicians(visit: Visit) -> QuerySet[User]:
    """Physicians of the clinic who may cover the day."""
    clinic = visit.course.clinic
    on = visit.starts_at.astimezone(clinic.zone).date()
    members = Membership.objects.filter(clinic=clinic).holding(Role.PHYSICIAN, on)
    return User.objects.filter(pk__in=members.values("user")).order_by("name", "pk")


def therapists(visit: Visit) -> QuerySet[User]:
    return User.objects.filter(pk__in=[user.pk for user in allowed_therapists(visit)]).order_by("pk")


def witnesses(session: TherapySession, facts: Facts, giver: User) -> QuerySet[User]:
    """Whoever may witness a dose now: present, and not the giver."""
    keys = [person.key for person in facts.present]
    if facts.physician:
        keys.append(facts.physician.key)
    return User.objects.filter(pk__in=[int(key) for key in keys]).exclude(pk=giver.pk).order_by("name")


def ended_at_of(session: TherapySession) -> dt.datetime | None:
    if not session.has_ended:
        return None
    return SessionStep.objects.filter(session=session, step__in=[Step.CLOSE, Step.CALL_OFF]).latest("at").at


def _answer(row: DayCheck, zone: dt.tzinfo) -> Answer:
    number = None if row.number is None else float(row.number)
    return Answer(Check(row.check_code), row.good, row.at.astimezone(zone), number, row.detail)


def _live(people: list[User], clinic_id: int, on: dt.date) -> dict[int, dict[str, bool | None]]:
    """For each person, whether they may work as a therapist and as a physician that day; None without any papers."""
    papers: dict[int, list[Credential]] = {user.pk: [] for user in people}
    for row in Credential.objects.filter(
        membership__user__in=people, membership__clinic_id=clinic_id, membership__starts_on__lte=on
    ).select_related("membership"):
        if row.membership.in_force(on):
            papers[row.membership.user_id].append(row)
    return {
        user: {
            "therapist": _holds(rows, on, Credential.Kind.LICENCE, Credential.Kind.TRAINING),
            "physician": _holds(rows, on, Credential.Kind.LICENCE),
        }
        for user, rows in papers.items()
    }


def _holds(rows: list[Credential], on: dt.date, *kinds: str) -> bool | None:
    if not rows:
        return None
    return all(any(row.kind == kind and row.expires_on >= on for row in rows) for kind in kinds)


def _eligibility(visit: Visit, as_of: dt.datetime) -> tuple[Finding, ...]:
    """Whether the patient may be dosed at this instant: the course, screening's findings, and the preparation held."""
    course = visit.course
    on = as_of.astimezone(course.clinic.zone).date()
    return (course_open(course), *eligible_now(course, on), *_unprepared(visit), *_touch_unsettled(course, on))


def _touch_unsettled(course: Course, on: dt.date) -> list[Finding]:
    """That nothing was agreed about touch before the day began. No touch, said in words, is an agreement too."""
    if agreed_on(course, ConsentKind.TOUCH, on).ever:
        return []
    sentence = "No touch agreement was made before today. Make one while sober, in a session before this one."
    return [Finding("touch-agreement", Outcome.UNKNOWN, sentence, source=ETHICS)]


def _unprepared(visit: Visit) -> list[Finding]:
    """What the protocol has before the first dose and has not been held: preparation, and the baseline after the washout."""
    held = {
        row.code: row.starts_at.astimezone(visit.course.clinic.zone).date()
        for row in Visit.objects.filter(
            course=visit.course, kind__in=[VisitKind.PREPARATION, VisitKind.RATING], state=Visit.State.DONE
        )
    }
    findings = [
        Finding(
            "preparation",
            Outcome.NOT_MET,
            f"{row.title} has not been held. Hold it and close it before the first dose.",
            source=BRIEF,
        )
        for row in visit.course.plan.visits
        if row.kind is VisitKind.PREPARATION and row.code not in held
    ]
    for row in visit.course.plan.visits:
        if row.kind is VisitKind.RATING and row.after_washout:
            findings += _without_baseline(visit.course, row.title, held.get(row.code))
    return findings


def is_rated_too_early(visit: Visit) -> bool:
    """Whether this is a baseline that was held before the washout was over, and no dose has been given on it yet."""
    row = next((plan for plan in visit.course.plan.visits if plan.code == visit.code), None)
    if visit.state != Visit.State.DONE or row is None or row.kind is not VisitKind.RATING or not row.after_washout:
        return False
    rated_on = visit.starts_at.astimezone(visit.course.clinic.zone).date()
    return any(finding.outcome is Outcome.NOT_MET for finding in _without_baseline(visit.course, row.title, rated_on))


def _without_baseline(course: Course, title: str, rated_on: dt.date | None) -> list[Finding]:
    """The baseline that later scores are compared with: rated, and before the first dose also after every washout."""
    if rated_on is None:
        sentence = (
            f"{title} (independent rater) has not been rated and signed. It is the baseline of every later score."
        )
        return [Finding("baseline", Outcome.NOT_MET, sentence, source=BASELINE)]
    if Dose.objects.filter(session__visit__course=course).exists():
        return []
    clear = clear_from(course, rated_on).on
    if clear is not None and clear <= rated_on:
        return []
    when = f"on {clear:%-d %b %Y}" if clear else "on a day that nobody can name yet"
    sentence = f"{title} was rated on {rated_on:%-d %b %Y}; the washout is over {when}. Let it be rated again after it."
    return [Finding("baseline", Outcome.NOT_MET if clear else Outcome.UNKNOWN, sentence, source=BASELINE)]
