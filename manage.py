#!/usr/bin/env python3
"""The one doorway to the project: prepares its own environment, then runs a command."""

import os
import sys


def main() -> None:
    """Run the command line inside the project's locked environment."""
    root = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, root)
    from pumpparty import bootstrap

    bootstrap.enter(root, sys.argv)

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")
    from pumpparty.runtime import preparation

    preparation.before_django(sys.argv)
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as impossible:
        sys.exit(f"A setting is impossible: {impossible}")


if sys.version_info < (3, 11):  # noqa: UP036 - the reader may start it with an older Python
    sys.exit("Pump Party needs Python 3.11 or newer. Try: python3.11 manage.py")

if __name__ == "__main__":
    main()
