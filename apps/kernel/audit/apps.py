"""Django's handle on the audit log's tables, which stand in every context's database."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "apps.kernel.audit"
    label = "audit"
    verbose_name = "Audit log"
