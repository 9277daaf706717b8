"""The product's Celery application with the tally's tasks: `celery -A benchmarks.tally.worker worker --queues core`."""

from benchmarks.tally.handlers import SUBSCRIPTIONS
from workers.app import app as app
from workers.handlers import register

register(SUBSCRIPTIONS)
