"""The WSGI entry point: pages, API and the operator console."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")

application = get_wsgi_application()
