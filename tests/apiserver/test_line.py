"""Lines of watches: made once for all who show the same."""

from __future__ import annotations

from apiserver.cluster import Cluster
from apiserver.form import Form, Page, Partial, Whole
from apiserver.line import Lines, frame
from apiserver.selector import Selection, parse_labels
from apiserver.storage import Record
from apiserver.table import Table
from apiserver.value import Object
from apiserver.watch import Request, Watch


class Counted:
    """A form that counts what it is asked for."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.name = form.name
        self.asked = 0

    def one(self, record: Record) -> bytes:
        self.asked += 1
        return self._form.one(record)

    def page(self, page: Page) -> bytes:
        return self._form.page(page)


def labelled(name: str, color: str) -> Object:
    return {"metadata": {"namespace": "x", "name": name, "labels": {"color": color}}}


def told(cluster: Cluster, form: Form, lines: Lines, selector: str = "") -> bytes:
    """What a watch since the beginning says at once."""
    selection = Selection("x", parse_labels(selector))
    kind = cluster.kind("", "ConfigMap")
    request = Request(kind, selection, since=1, bookmarks=False, initial=None, seconds=5)
    return b"".join(Watch(cluster, request, form, lines).begin())


def test_a_line_is_made_once_for_all_watches_of_a_form():
    cluster, lines = Cluster(), Lines()
    kind = cluster.kind("", "ConfigMap")
    cluster.storage.put(kind.shelf, labelled("a", "red"))
    whole, metadata = Counted(Whole(kind)), Counted(Partial(kind, is_list=False))

    answers = [told(cluster, form, lines) for form in (whole, metadata) for _ in range(50)]

    assert whole.asked == metadata.asked == 1
    assert len(set(answers)) == 2


def test_a_form_that_depends_on_who_asks_is_made_for_each():
    cluster, lines = Cluster(), Lines()
    kind = cluster.kind("", "ConfigMap")
    cluster.storage.put(kind.shelf, labelled("a", "red"))
    tables = [Counted(Table(kind, cluster.clock.now, include)) for include in ("None", "Object")]

    answers = [told(cluster, table, lines) for table in tables]

    assert [table.asked for table in tables] == [1, 1]
    assert answers[0] != answers[1]


def test_who_loses_an_object_sees_it_as_it_was_and_others_as_it_is():
    cluster, lines = Cluster(), Lines()
    kind = cluster.kind("", "ConfigMap")
    for color in ("red", "blue"):
        cluster.storage.put(kind.shelf, labelled("a", color))
    form, revision = Whole(kind), str(cluster.storage.revision).encode()

    for _ in range(2):
        lost = told(cluster, form, lines, "color=red").splitlines()[-1]
        assert lost.startswith(b'{"type":"DELETED"')
        assert b'"color":"red"' in lost
        assert b'"resourceVersion":"' + revision in lost
        found = told(cluster, form, lines, "color=blue")
        assert found.startswith(b'{"type":"ADDED"')
        assert b'"color":"blue"' in found
        assert told(cluster, form, lines).count(b"MODIFIED") == 1


def test_what_is_kept_is_bounded():
    size = len(frame("ADDED", b"x" * 10))
    lines = Lines(most=3 * size)
    made: list[int] = []

    def make() -> bytes:
        made.append(0)
        return b"x" * 10

    for revision in (1, 2, 3, 4, 4, 3, 2, 1):
        lines.at((revision, "ADDED", "v1"), make)

    assert len(made) == 5
