"""Read-only pages and documents that cross rooms: Today, the board, the course page and PDFs. No tables of clinical facts.

Nouns: Report. Verbs: request, render, verify.
"""
