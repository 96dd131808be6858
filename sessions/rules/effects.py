"""Words for what is felt, seen and done in a dosing room, without a judgement whether it is good or bad."""

FURTHER_EFFECTS = (
    "Euphoric or elated mood",
    "Feeling of closeness",
    "Dizziness",
    "Headache",
    "Vomiting",
    "Chills",
    "Blurred vision",
    "Uncontrolled eye movements",
    "Sleepiness",
    "Feeling drunk",
    "Dissociation",
    "Hallucination",
    "Impaired judgement",
    "Confusion",
    "Agitation",
    "Chest discomfort",
    "Fainting",
)
"""Asked for beside the protocol's list: welcome effects, those that tell about abuse potential, and warning signs."""

NO_EFFECT = "No effect noticed"
"""An explicit answer; an empty list says only that nobody wrote anything."""


def vocabulary(protocol_effects: tuple[str, ...]) -> list[str]:
    """Every term that may be recorded, the protocol's first."""
    known = {term.casefold() for term in protocol_effects}
    further = [term for term in FURTHER_EFFECTS if term.casefold() not in known]
    return [*protocol_effects, *further, NO_EFFECT]
