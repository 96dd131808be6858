"""May they begin: evidence, criteria, washout, consent, judgement and the physician's signed decision.

Nouns: Evidence, Judgement, Consent, Decision, TaperPlan, WellBeing. Verbs: record evidence, judge a criterion, give and withdraw consent, decide.
"""
