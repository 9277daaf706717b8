"""Logs are events with fields, one a line, each with the correlation id of the story it belongs to."""

import logging.config
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from apps.kernel.observability import trace as tracing


def with_trace(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Add the ids of the bound trace to a log event."""
    trace = tracing.bound()
    if trace is not None:
        event.setdefault("correlation_id", trace.correlation_id)
        event.setdefault("actor", trace.actor)
        if trace.traceparent is not None:
            event.setdefault("trace_id", trace.traceparent.split("-")[1])
    return event


SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    with_trace,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)
"""What happens to every event, ours and the libraries', before it is written."""


def dictionary(*, as_json: bool, level: str) -> dict[str, Any]:
    """Return the logging configuration for one handler on standard error: JSON for machines, or lines for people."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*SHARED, structlog.stdlib.ExtraAdder()],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(as_json)],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
            "amqp": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "stripe": {"level": "WARNING"},  # its debugging shows what payers may use to confirm a payment
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Apply a logging configuration to the standard library and to structlog. This is Django's LOGGING_CONFIG."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderers(as_json: bool) -> list[Processor]:
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(default=str)]
    return [structlog.dev.ConsoleRenderer()]
