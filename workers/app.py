"""The Celery application: `celery -A workers.app worker|beat|flower`."""

from celery import Celery
from celery.signals import task_prerun, worker_process_init
from django.db import close_old_connections

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


def let_go_of_broken_connections(**_: object) -> None:
    """Before each task, close the connections that have broken since the last one; the others stay open."""
    close_old_connections()


task_prerun.connect(let_go_of_broken_connections)
worker_process_init.connect(settle)
