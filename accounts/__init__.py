"""Who works here: users, clinics, memberships and roles, credentials; what each may do, and the audit of what they did.

Nouns: User, Clinic, Membership, Credential, Change, Opening. Verbs: join, give roles, record an opening, lock, unlock.
"""
