"""The Celery application; which tasks exist is declared by the apps themselves."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pumpparty.settings")

app = Celery("pumpparty")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
