"""`manage.py stub_model`: a provider for practice on this machine, which answers by the rules and fails on request."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.decisions.adapters.model.stub import FAULTS, StubServer, parse_fault


class Command(BaseCommand):
    """Listen until told to stop."""

    help = "Serve the OpenAI protocol on 127.0.0.1 without a model: answers come from the rules, faults on request."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the port and the faults."""
        parser.add_argument("--port", type=int, default=8090, help="port on 127.0.0.1 (default: 8090)")
        parser.add_argument(
            "--fault",
            action="append",
            default=[],
            metavar="KIND:EVERY",
            help=f"fail every n-th question so, again and again: {', '.join(FAULTS)}; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until SIGTERM or Ctrl-C."""
        try:
            server = StubServer(options["port"], faults=[parse_fault(text) for text in options["fault"]])
        except (ValueError, OverflowError) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"Port {options['port']}: {error.strerror}") from None
        signal.signal(signal.SIGTERM, _stop)
        self.stdout.write(f"Answering by the rules at {server.url}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
