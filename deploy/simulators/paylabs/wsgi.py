import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deploy.simulators.paylabs.settings")
application = get_wsgi_application()
