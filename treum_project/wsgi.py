"""The web process: `gunicorn treum_project.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "treum_project.settings.local")

application = get_wsgi_application()
