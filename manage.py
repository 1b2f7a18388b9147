#!/usr/bin/env python3
"""Pump Party's one command: `python3 manage.py up` runs the arena, `python3 manage.py test` proves it."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
