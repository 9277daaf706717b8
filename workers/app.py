"""The Celery application: `celery -A workers.app worker|beat|flower`."""

from celery import Celery
from celery.signals import worker_process_init

from workers.memory import settle
from workers.queues import celery_queues, route
from workers.schedule import BEAT, SlotScheduler
from workers.task import Task

app = Celery("treum", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.task_queues = celery_queues()
app.conf.task_routes = (route,)
app.conf.beat_schedule = BEAT
app.conf.beat_scheduler = SlotScheduler
app.conf.imports = (
    "workers.handlers",
    "workers.housekeeping",
    "workers.notifications",
    "workers.payments",
    "workers.sandbox",
    "workers.signals",
    "workers.trading",
    "workers.users",
)

worker_process_init.connect(settle)
