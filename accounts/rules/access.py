"""Who may open what: one table, enforced for every request and shown as a page (accounts:access).

A URL without a row here does not exist for anybody. `clinic` roles reach every record of their clinic; `team` roles
reach only courses on whose care team they are that day. Nothing here is widened by code elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a clinic; one person may hold several."""

    THERAPIST = "therapist"
    PHYSICIAN = "physician"
    MEDICAL_LEAD = "medical_lead"  # opens no page of its own: signs protocols, beside the physician's role
    COORDINATOR = "coordinator"
    CUSTODIAN = "custodian"
    RATER = "rater"
    NIGHT_ATTENDANT = "night_attendant"  # opens no chart: stays with a patient the night after a dosing day
    ADMIN = "admin"
    PRIVACY = "privacy"


ROLE_TITLES = {
    Role.THERAPIST: "Therapist",
    Role.PHYSICIAN: "Physician",
    Role.MEDICAL_LEAD: "Medical lead",
    Role.COORDINATOR: "Coordinator",
    Role.CUSTODIAN: "Drug custodian",
    Role.RATER: "Independent rater",
    Role.NIGHT_ATTENDANT: "Night attendant",
    Role.ADMIN: "Clinic admin",
    Role.PRIVACY: "Privacy lead",
}


class Door(StrEnum):
    """What a page asks before anything else."""

    PUBLIC = "anybody"
    SIGNED_IN = "anybody logged in"
    ROLES = "the roles named"


@dataclass(frozen=True, slots=True)
class Page:
    """One row of the table: what opening the page means, and for whom."""

    say: str
    clinic: frozenset[Role] = frozenset()
    team: frozenset[Role] = frozenset()
    door: Door = Door.ROLES
    # Pages that may be opened while the screen is locked or before the second factor is set up.
    before_unlock: bool = False


def _page(say: str, clinic: tuple[Role, ...] = (), team: tuple[Role, ...] = ()) -> Page:
    return Page(say, frozenset(clinic), frozenset(team))


def _signed_in(say: str, before_unlock: bool = False) -> Page:
    return Page(say, door=Door.SIGNED_IN, before_unlock=before_unlock)


def _public(say: str) -> Page:
    return Page(say, door=Door.PUBLIC, before_unlock=True)


THERAPIST, PHYSICIAN, COORDINATOR = Role.THERAPIST, Role.PHYSICIAN, Role.COORDINATOR
CUSTODIAN, RATER, ADMIN, PRIVACY = Role.CUSTODIAN, Role.RATER, Role.ADMIN, Role.PRIVACY

CHART = (COORDINATOR, PHYSICIAN, ADMIN)
OFFICE = (COORDINATOR, ADMIN)
PAIR = (THERAPIST,)
BOOKED = (THERAPIST, PHYSICIAN, RATER, Role.NIGHT_ATTENDANT)

PAGES: dict[str, Page] = {
    # mdmaat
    "health": _public("Ask whether the application is well"),
    # accounts
    "accounts:lock": _signed_in("Lock the screen", before_unlock=True),
    "accounts:unlock": _signed_in("Unlock the screen", before_unlock=True),
    "accounts:seen": _signed_in("Say that somebody is still there"),
    "accounts:access": _signed_in("See who may do what"),
    "accounts:people": _page("See the people of the clinic", (ADMIN, COORDINATOR, PHYSICIAN, PRIVACY)),
    "accounts:person": _page("Give roles and record credentials", (ADMIN,)),
    # patients
    "patients:list": _page("See the list of patients", CHART, PAIR),
    "patients:new": _page("Take in a patient", (COORDINATOR, PHYSICIAN)),
    "patients:detail": _page("Open a patient's chart", CHART, PAIR),
    "patients:edit": _page("Change a patient's details", (COORDINATOR, PHYSICIAN)),
    "patients:contact_new": _page("Add a contact", (COORDINATOR, PHYSICIAN), PAIR),
    "patients:contact_edit": _page("Change a contact", (COORDINATOR, PHYSICIAN), PAIR),
    "patients:course_new": _page("Open a course of treatment", (COORDINATOR, PHYSICIAN)),
    "patients:changes": _page("See who changed and opened a chart", (PRIVACY, ADMIN, PHYSICIAN), PAIR),
    "patients:team": _page("Assign the care team", (COORDINATOR, PHYSICIAN)),
    "patients:approvals": _page("Record approvals of the access route", (COORDINATOR, PHYSICIAN, ADMIN)),
    "patients:withdraw": _page("Withdraw a course", (COORDINATOR, PHYSICIAN)),
    "patients:protocols": _signed_in("See the protocols"),
    "patients:protocol": _signed_in("Read a protocol"),
    # screening
    "screening:course": _page("Read the screening", (COORDINATOR, PHYSICIAN), PAIR),
    "screening:evidence": _page("Record screening evidence", (PHYSICIAN,), PAIR),
    "screening:draft": _page("Keep a draft of evidence", (PHYSICIAN,), PAIR),
    "screening:discard": _page("Discard one's own draft of evidence", (PHYSICIAN,), PAIR),
    "screening:history": _page("Read what was recorded of a piece of evidence before", (COORDINATOR, PHYSICIAN), PAIR),
    "screening:judge": _page("Judge a criterion", (PHYSICIAN,)),
    "screening:consent": _page("Record a consent or its withdrawal", (PHYSICIAN,), PAIR),
    "screening:narrow": _page("Record that less is agreed", (PHYSICIAN,), PAIR),
    "screening:recall": _page("Ask for a consent again", (PHYSICIAN,), PAIR),
    "screening:consent_texts": _page("Publish consent texts", (ADMIN, PHYSICIAN)),
    "screening:consent_text": _page("Read a consent text", (ADMIN, PHYSICIAN, COORDINATOR, THERAPIST)),
    "screening:decide": _page("Decide whether the patient may be treated", (PHYSICIAN,)),
    "screening:risk": _page("Read what was asked about suicide", (PHYSICIAN,), PAIR),
    "screening:clear_risk": _page("Clear high risk of suicide in writing", (PHYSICIAN,)),
    "screening:safety_plan": _page("Make or renew a safety plan", (PHYSICIAN,), PAIR),
    "screening:alert": _page("Read and answer an alert", (PHYSICIAN,), PAIR),
    "screening:medicine_new": _page("Add a medicine", (COORDINATOR, PHYSICIAN), PAIR),
    "screening:medicine_edit": _page("Change a medicine", (COORDINATOR, PHYSICIAN), PAIR),
    "screening:known_names": _signed_in("Look a medicine up in the reference table"),
    "screening:taper": _page("Record a prescriber's taper", (PHYSICIAN,), PAIR),
    "screening:check": _page("Ask how somebody is during a taper or washout", (PHYSICIAN,), PAIR),
    # screening: records from elsewhere
    "screening:imports": _page("Import a record, and see the imported ones", (COORDINATOR, PHYSICIAN)),
    "screening:import": _page("Read an imported record", (COORDINATOR, PHYSICIAN), PAIR),
    "screening:import_patient": _page("Say whose an imported record is", (COORDINATOR, PHYSICIAN)),
    "screening:import_line": _page("Confirm or reject a line of an imported record", (PHYSICIAN,), PAIR),
    "screening:import_into": _page("Import a record into a chart", (COORDINATOR, PHYSICIAN)),
    "screening:letter": _page("Write and sign a letter about a decision against treatment", (PHYSICIAN,)),
    "screening:prescreens": _page("See the calls before there is a patient", (COORDINATOR, PHYSICIAN)),
    "screening:prescreen_new": _page("Take a call", (COORDINATOR, PHYSICIAN)),
    "screening:prescreen": _page("Open a call", (COORDINATOR, PHYSICIAN)),
    "screening:prescreen_take_in": _page("Take in somebody who called", (COORDINATOR, PHYSICIAN)),
    "screening:failures": _page("See who was not treated and why; names for whom reads the screening", CHART),
    "screening:decisions": _page("Read every decision about a course", (COORDINATOR, PHYSICIAN), PAIR),
    # sessions: calendar
    "sessions:calendar": _page("See the calendar", (COORDINATOR, PHYSICIAN, ADMIN, CUSTODIAN), PAIR),
    "sessions:free_times": _page("Find free time for a dosing day", (COORDINATOR,)),
    "sessions:plan": _page("Plan a course", (COORDINATOR,)),
    "sessions:book": _page("Book a planned course", (COORDINATOR,)),
    "sessions:visit": _page("Open a visit", CHART, PAIR),
    "sessions:move": _page("Move a visit", (COORDINATOR,)),
    "sessions:fits": _page("Ask whether a visit may be dropped somewhere", (COORDINATOR,)),
    "sessions:lengthen": _page("Give a visit another length", (COORDINATOR,)),
    "sessions:repeat": _page("Repeat a baseline that was rated too early", (COORDINATOR, PHYSICIAN)),
    "sessions:cancel": _page("Cancel a visit", (COORDINATOR,)),
    "sessions:late": _page("Record that a visit began late", (COORDINATOR,), PAIR),
    "sessions:take_back": _page("Take back what was told of a visit", (COORDINATOR,), PAIR),
    "sessions:mend": _page("Put right a course that no longer holds", (COORDINATOR,)),
    "sessions:deviation": _page("Read and sign deviations from the protocol", (COORDINATOR, PHYSICIAN), PAIR),
    "sessions:mend_leave": _page("Put right what a leave touches", (COORDINATOR,)),
    "sessions:gatherings": _page("See and book groups and supervision", (COORDINATOR,)),
    "sessions:gathering_off": _page("Call off a group or a supervision", (COORDINATOR,)),
    "sessions:undo": _page("Take back a change of the calendar", (COORDINATOR,)),
    "sessions:absence": _page("Record an absence and what follows from it", (COORDINATOR,)),
    "sessions:rooms": _page("See and change the rooms", OFFICE),
    "sessions:leave": _page("Record leave and closures", OFFICE),
    # sessions: other calendars
    "sessions:feed": _public("Read when one person or one room is taken, by whoever has its secret address"),
    "sessions:feeds": _page("Make or end the address of one's own calendar", (), BOOKED),
    "sessions:room_feeds": _page("Make or end the address of a room's calendar", (COORDINATOR,)),
    "sessions:outside": _page("See and import when somebody is taken elsewhere", (COORDINATOR,), BOOKED),
    "sessions:preferences": _page("Record what a patient asks of their therapists", (COORDINATOR,)),
    "sessions:waiting": _page("See who waits, and plan them together", (COORDINATOR,)),
    "sessions:run": _page("Follow courses being planned together", (COORDINATOR,)),
    "sessions:run_progress": _page("See how far planning together is", (COORDINATOR,)),
    "sessions:run_stop": _page("Stop planning together, with the best so far", (COORDINATOR,)),
    "sessions:run_book": _page("Book courses that were planned together", (COORDINATOR,)),
    "sessions:run_discard": _page("Throw away what was planned together", (COORDINATOR,)),
    "sessions:run_again": _page("Plan courses together once more", (COORDINATOR,)),
    "sessions:working_hours": _page("See who works when", OFFICE),
    "sessions:working_week": _page("Change when somebody works", OFFICE),
    "sessions:duty": _page("See who is on duty for dosing days and nights", (*OFFICE, PHYSICIAN)),
    "sessions:left_outside": _page("See booked visits that no longer hold", OFFICE),
    # sessions: record
    "sessions:note": _page("Read and write session notes", (), PAIR),
    "sessions:draft": _page("Keep a draft of a note", (), PAIR),
    "sessions:sign": _page("Sign a session note", (), PAIR),
    "sessions:addendum": _page("Add to a signed note", (), PAIR),
    "sessions:presence": _page("Record who was in the room", (), PAIR),
    "sessions:dosing": _page("Open the dosing day", (PHYSICIAN,), PAIR),
    "sessions:flow": _page("See the flow sheet", (PHYSICIAN,), PAIR),
    "sessions:clear": _page("Clear for dosing", (PHYSICIAN,), PAIR),
    "sessions:dose": _page("Give a dose", (), PAIR),
    "sessions:vital": _page("Record vital signs", (PHYSICIAN,), PAIR),
    "sessions:effect": _page("Record an effect", (PHYSICIAN,), PAIR),
    "sessions:touch": _page("Record a touch", (), PAIR),
    "sessions:check": _page("Answer a check of the dosing day", (PHYSICIAN,), PAIR),
    "sessions:withhold": _page("Withhold the supplemental dose", (PHYSICIAN,), PAIR),
    "sessions:effect_end": _page("Record that an effect has passed", (PHYSICIAN,), PAIR),
    "sessions:discard": _page("Discard one's own draft of a note", (), PAIR),
    "sessions:close": _page("Close a session", (), PAIR),
    "sessions:hours": _page("See therapist hours", OFFICE, PAIR),
    "sessions:course_hours": _page("See the hours of a course", OFFICE, PAIR),
    # integration
    "integration:outcomes": _page("Read the outcomes", (PHYSICIAN,), PAIR),
    "integration:assess": _page("Enter a measure", (), (THERAPIST, PHYSICIAN, RATER)),
    "integration:ratings": _page("See the ratings that fall to oneself", (), (RATER,)),
    "integration:insights": _page("Read and write insights and practices", (), PAIR),
    "integration:practice_new": _page("Begin a practice", (), PAIR),
    "integration:practice_done": _page("Record that a practice was done", (), PAIR),
    "integration:practice_end": _page("End a practice", (), PAIR),
    # reminders
    "reminders:log": _page("Read the reminder log", OFFICE),
    "reminders:decide": _page("Settle a reminder that may not have arrived", OFFICE),
    "reminders:course": _page("Read the reminders of a course", OFFICE, PAIR),
    # reports
    "reports:today": _signed_in("See what is next"),
    "reports:search": _page("Search patients, courses and visits", CHART, PAIR),
    "reports:board": _page("See the board of courses", CHART, PAIR),
    "reports:board_view": _page("Save a view of the board for oneself", CHART, PAIR),
    "reports:course": _page("Open a course", CHART, PAIR),
    "reports:list": _page("See reports", CHART, PAIR),
    "reports:request": _page("Ask for a report", CHART, PAIR),
    "reports:report": _page("Open a report", CHART, PAIR),
    "reports:progress": _page("Follow a report in the making", CHART, PAIR),
    "reports:download": _page("Download a report", CHART, PAIR),
    "reports:verify": _signed_in("Check a report's verification code"),
    # log-in (allauth)
    "account_login": _public("Log in"),
    "account_logout": _signed_in("Log out", before_unlock=True),
    "account_signup": _public("Be told that nobody signs up"),
    "account_reauthenticate": _signed_in("Confirm who you are", before_unlock=True),
    "account_change_password": _signed_in("Change the password"),
    "account_inactive": _public("Be told that an account is closed"),
    "mfa_index": _signed_in("See the second factors", before_unlock=True),
    "mfa_authenticate": _public("Give the second factor"),
    "mfa_reauthenticate": _signed_in("Confirm with the second factor", before_unlock=True),
    "mfa_activate_totp": _signed_in("Set up an authenticator", before_unlock=True),
    "mfa_deactivate_totp": _signed_in("Remove the authenticator"),
    "mfa_view_recovery_codes": _signed_in("See the recovery codes", before_unlock=True),
    "mfa_generate_recovery_codes": _signed_in("Make new recovery codes", before_unlock=True),
    "mfa_download_recovery_codes": _signed_in("Download the recovery codes", before_unlock=True),
    "mfa_list_webauthn": _signed_in("See the passkeys", before_unlock=True),
    "mfa_add_webauthn": _signed_in("Add a passkey", before_unlock=True),
    "mfa_remove_webauthn": _signed_in("Remove a passkey"),
    "mfa_edit_webauthn": _signed_in("Rename a passkey"),
}


# Pages that stay open for hours while people listen rather than type.
LONG_IDLE = frozenset(
    f"sessions:{name}"
    for name in ("dosing", "check", "clear", "dose", "withhold", "vital", "effect", "effect_end", "touch", "close")
)


def reaches(page: Page, roles: frozenset[Role]) -> tuple[bool, bool]:
    """Whether these roles open the page for the whole clinic, and for courses on whose team the person is."""
    return bool(page.clinic & roles), bool(page.team & roles)


# What somebody does on a care team. Whoever rates a course stays blind to it, whatever else they are in the clinic.
TREATING_DUTIES = ("lead", "second", "physician")
RATING_DUTY = "rater"


def duties_on(page: str) -> tuple[str, ...]:
    """The duties on a care team that open a page's records: a rater's only where the page is open to raters."""
    row = PAGES.get(page)
    return (*TREATING_DUTIES, RATING_DUTY) if row is not None and RATER in row.team else TREATING_DUTIES
