"""Two clinics, their people, credentials, working hours and rooms."""

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from accounts.models import Clinic, Credential, Membership, User
from sessions.models import Leave, Room, WorkingTime

PASSWORD = "a-calm-room-for-eight-hours"  # noqa: S105 printed by ./dev up; the demonstration never runs in production

THERAPISTS = [
    ("therapist", "Tess Mockridge"),
    ("therapist2", "Amir Samplewood"),
    ("therapist3", "Noor Fictionby"),
    ("therapist4", "Jonas Exampleton"),
    ("therapist5", "Lucia Pretendle"),
    ("therapist6", "Sol Inventwell"),
    ("therapist7", "Maeve Storybrook"),
    ("therapist8", "Kofi Imagindale"),
]
# What patients may ask for, in the order of the therapists.
TRAITS = [
    ["woman"],
    ["man"],
    ["woman", "speaks Welsh"],
    ["man"],
    ["woman"],
    ["man", "speaks Welsh"],
    ["woman"],
    ["man"],
]
STAFF = [
    ("physician", "Dr Petra Mocksworth", ["physician"]),
    ("coordinator", "Cora Sampleton", ["coordinator"]),
    ("custodian", "Carl Fictionholm", ["custodian"]),
    ("rater", "Rita Examplewick", ["rater"]),
    ("nights", "Nell Staysby", ["night_attendant"]),
    ("nights2", "Otis Wakeling", ["night_attendant"]),
    ("admin", "Agnes Pretendham", ["admin"]),
    ("privacy", "Priya Inventley", ["privacy"]),
]
EVERY_ROLE = ["therapist", "physician", "coordinator", "custodian", "rater", "admin", "privacy"]


@dataclass(frozen=True)
class House:
    """The demonstration clinic and who works there."""

    clinic: Clinic
    therapists: list[User]
    staff: dict[str, User]
    today: dt.date

    @property
    def pairs(self) -> list[tuple[User, User]]:
        people = self.therapists
        return [(people[i], people[i + 1]) for i in range(0, len(people) - 1, 2)]


def open_house(*, today: dt.date) -> House:
    """Make both clinics. Log-ins are the names of the roles; all share one password."""
    hashed = make_password(PASSWORD)
    clinic = Clinic.objects.create(
        name="Larkmere Demonstration Clinic",
        discreet_name="Larkmere Rooms",
        time_zone="Europe/London",
        region="",  # no public holidays: the stories must fit whatever day today is
        phone="020 7946 0100",
        opens_at=dt.time(8),
        closes_at=dt.time(19),
        is_demo=True,
    )
    for name, kind in (("Garden room", "dosing"), ("Lake room", "dosing"), ("Study", "consulting")):
        Room.objects.create(clinic=clinic, name=name, kind=kind, turnover_minutes=30 if kind == "dosing" else 15)
    therapists = [_member(clinic, username, name, ["therapist"], hashed, today) for username, name in THERAPISTS]
    for therapist, traits in zip(therapists, TRAITS, strict=True):
        therapist.memberships.update(traits=traits)
    staff = {roles[0]: _member(clinic, username, name, roles, hashed, today) for username, name, roles in STAFF}
    Leave.objects.create(
        membership=therapists[6].memberships.get(),
        starts_on=today + dt.timedelta(days=24),
        ends_on=today + dt.timedelta(days=25),
        note="Annual leave",
    )
    # Something about to lapse, so that the people page has something to warn of.
    Credential.objects.create(
        membership=therapists[7].memberships.get(),
        kind="training",
        title="Supervision accreditation",
        number="DEMO-SUP",
        expires_on=today + dt.timedelta(days=26),
    )
    return House(clinic, therapists, staff, today)


def open_second_clinic(*, today: dt.date) -> Clinic:
    """Another clinic, whose only person must see nothing of the first."""
    clinic = Clinic.objects.create(
        name="Faraway Demonstration Clinic",
        discreet_name="Faraway Rooms",
        time_zone="Australia/Melbourne",
        region="AU-VIC",
        phone="03 5550 0100",
        is_demo=True,
    )
    Room.objects.create(clinic=clinic, name="Quiet room", kind="dosing")
    _member(clinic, "stranger", "Stella Otherwise", EVERY_ROLE, make_password(PASSWORD), today)
    return clinic


def _member(clinic: Clinic, username: str, name: str, roles: list[str], hashed: str, today: dt.date) -> User:
    user = User.objects.create(username=username, name=name, email=f"{username}@clinic.example", password=hashed)
    membership = Membership.objects.create(
        user=user,
        clinic=clinic,
        roles=roles,
        starts_on=today - dt.timedelta(days=900),
        nights=list(range(7)) if "night_attendant" in roles else [],
    )
    expires = today + dt.timedelta(days=420)
    if "therapist" in roles:
        _credential(membership, "licence", "Licence to practise psychotherapy", expires)
        _credential(membership, "training", "MDMA therapy training", expires)
    if "physician" in roles:
        _credential(membership, "licence", "Licence to practise medicine", expires)
        _credential(membership, "prescriber", "Prescriber registration", expires)
    # Seven days a week, because the demonstration has a dosing day today, whatever day today is.
    for weekday in range(7):
        WorkingTime.objects.create(membership=membership, weekday=weekday, starts=dt.time(8), ends=dt.time(19))
    return user


def _credential(membership: Membership, kind: str, title: str, expires: dt.date) -> None:
    Credential.objects.create(
        membership=membership,
        kind=kind,
        title=title,
        number=f"DEMO-{membership.pk:04}-{kind[:3].upper()}",
        issued_on=expires - dt.timedelta(days=1100),
        expires_on=expires,
    )
