"""Pages that cross rooms (pages.py) and documents on paper (documents.py)."""
