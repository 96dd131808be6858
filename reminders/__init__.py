"""What is sent, to whom, when, and the proof that it was sent once.

Nouns: Reminder, Attempt. Verbs: schedule, supersede, claim, send, reconcile.
"""
