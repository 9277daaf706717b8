"""Puts our admin site in the place of Django's. This module is imported before there are models."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "apps.kernel.audit.site.StaffSite"
