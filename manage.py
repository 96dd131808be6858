#!/usr/bin/env python
import os
import sys

from mdmaat import rules_only

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdmaat.settings")
    if rules_only.asks_rules_only(sys.argv[1:]):
        rules_only.stand_in(os.environ)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
