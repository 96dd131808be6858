"""What the demonstration's people wrote. Fictional, and gentle."""

import datetime as dt

from accounts.models import User
from integration.actions.practices import begin_practice, record_done, record_insight
from sessions.models import Visit

NOTES = {
    "preparation": [
        "Met in the garden room. Went through the course of the dosing day hour by hour, the music, the eye mask and "
        "how to ask for quiet. The patient named a place by the sea to return to when it becomes too much. Agreed on "
        "the stop word and practised it twice.",
        "Talked about what support at home looks like in the week after a dosing day. The patient would like the "
        "sister to be told what helps and what does not. Fears named: losing control, and being a burden. Both were "
        "met with time. Touch agreement read aloud and signed.",
        "Reviewed intentions. The patient wishes to look at the winter of the accident without having to run. Breathing "
        "practice for ten minutes. Sleep is better than last week. Ride home arranged with a friend.",
    ],
    "dosing": [
        "Settled within the hour, music low. Long stretches inward with the eye mask on; asked twice for a hand and once "
        "for quiet. Spoke of the accident in the present tense, then from a distance, then with kindness. Stayed with "
        "the breath through the tight hour. Ate soup at five. Handed over to the night attendant, calm and clear.",
        "A quieter day than the last. Grief came early and moved through. The patient set the pace; we mostly listened. "
        "Jaw tight until the afternoon, eased by stretching. Oriented and steady at the close.",
    ],
    "integration": [
        "The morning after. Slept five hours, calm, a little tired, ate breakfast. Spoke of seeing the younger self at "
        "the kitchen table and staying with them. Few words wanted; drew instead. The ride home was on time.",
        "A week of swinging moods, with two good days. The patient told a brother about the accident for the first "
        "time. Talked about what changed at work: one lunch with colleagues, no escape plan needed. Practice: ten "
        "minutes of writing after supper.",
        "Less startle, fewer nightmares: one in seven nights. Grief came up where fear used to be. The patient wants to "
        "visit the grave in spring. Planned the next preparation and what to ask of the next dosing day.",
    ],
}
INSIGHTS = [
    "I was a child, and it was not mine to prevent.",
    "Quiet is not the same as danger.",
    "I can ask somebody to stay.",
]
PRACTICES = [("Ten minutes of writing after supper", 4), ("A walk without headphones", 3), ("Call my brother", 1)]


def practice_of(visit: Visit, *, by: User) -> None:
    """Each first integration session after a dosing day leaves an insight, and a practice that is partly kept."""
    if visit.kind != "integration" or not visit.code.endswith(".1"):
        return
    number = visit.dose_number or int(visit.code[1])
    at = visit.ends_at
    insight = record_insight(visit.course, text=INSIGHTS[number % len(INSIGHTS)], visit=visit, by=by, at=at)
    title, times = PRACTICES[number % len(PRACTICES)]
    on = at.astimezone(visit.course.clinic.zone).date()
    practice = begin_practice(
        visit.course, title=title, times_a_week=times, started_on=on, insight=insight, by=by, at=at
    )
    for day in (1, 2, 4):
        later = at + dt.timedelta(days=day)
        record_done(practice, on=on + dt.timedelta(days=day), by=by, at=later)
