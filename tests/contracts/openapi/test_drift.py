"""docs/openapi.yaml is the document that is served."""

import json

import yaml
from django.core.management import call_command
from rest_framework.test import APIClient

from treum_project.env import ROOT

PATH = ROOT / "docs" / "openapi.yaml"


def test_the_document_on_file_is_up_to_date():
    call_command("openapi", "--check")


def test_the_document_on_file_is_the_one_that_is_served():
    kept = yaml.safe_load(PATH.read_text())
    assert yaml.safe_load(APIClient().get("/api/schema/").content) == kept
    as_json = APIClient().get("/api/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert json.loads(as_json.content) == kept
