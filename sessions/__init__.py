"""When, who and where, and the dosing day: calendar, planner, notes, doses, vital signs and hours (label therapy_sessions).

Nouns: Room, Visit, Allocation, TherapySession, Note, Dose, VitalSign. Verbs: plan, book, move, open, clear for dosing, give, sign, close.
"""
