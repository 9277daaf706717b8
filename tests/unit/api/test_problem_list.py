"""The list of problems: every code once, with the status that it is answered with."""

import pytest

from apps.kernel.errors import Conflict
from treum_project import problems
from treum_project.problems import CodeUsedTwice, all_problems


def test_the_list_holds_ours_the_frameworks_and_djangos():
    listed = {problem.code: problem.status for problem in all_problems()}
    expected = {"scope_missing": 403, "unsupported_media_type": 415, "internal_error": 500, "too_many_requests": 429}
    assert expected.items() <= listed.items()
    assert "refused" not in listed


def test_one_code_with_two_statuses_is_refused(monkeypatch):
    class ScopeMissing(Conflict):
        """Another error of the same name."""

    errors = problems._errors()
    monkeypatch.setattr(problems, "_errors", lambda: [*errors, ScopeMissing])
    with pytest.raises(CodeUsedTwice):
        all_problems()


def test_every_problem_is_a_sentence():
    assert [problem for problem in all_problems() if not problem.sentence.endswith((".", "}"))] == []
