"""What is made of the treatment afterwards (never "connections to other systems"): insights, practices, measures and outcomes.

Nouns: Assessment, Insight, Practice. Verbs: score, record an insight, follow a practice.
"""
