"""Random sequences of requests over a small alphabet, and what a server makes of them.

A step is a request as in the tables of exchange.py, so a sequence that two servers answered
differently is kept as data and played again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.contract.alphabet import Alphabet, one_of, some, texts
from tests.contract.exchange import GROUP, ROOT_CA, Stage, at, named, path_of, plain

MANAGERS = ("ann", "bob", "cid")
VERBS = (
    *("create", "create", "update", "update", "patch", "patch", "patch", "patch", "apply", "apply"),
    *("delete", "sweep", "get", "list", "below"),
)
Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Steps, and the selector of the labels of which all changes are watched meanwhile."""

    steps: list[Step]
    watched: str = ""


def sequences(alphabet: Alphabet) -> st.SearchStrategy[Sequence]:
    """Sequences of two to eight steps."""
    steps = st.lists(_step(alphabet), min_size=2, max_size=8)
    return st.builds(Sequence, steps, one_of("", "", "x", "x=1", "!y"))


@st.composite
def _step(draw: st.DrawFn, alphabet: Alphabet) -> Step:
    target = draw(one_of(*alphabet.targets))
    plural = target.partition("/")[0]
    write = {"fieldManager": draw(one_of(*MANAGERS))} | draw(_OPTIONS)
    match draw(one_of(*VERBS)):
        case "create":
            body = draw(_whole(alphabet, target))
            return {"ask": f"POST {plural}", "query": write, "body": body}
        case "update":
            body = draw(_whole(alphabet, target))
            body["metadata"] |= draw(_CONDITION)
            return {"ask": f"PUT {target}", "query": write, "body": body}
        case "patch":
            return draw(_patch(alphabet, target, draw(one_of(*alphabet.forms)), write))
        case "apply":
            return draw(_patch(alphabet, target, "apply", write))
        case "delete":
            return {"ask": f"DELETE {target}", "body": draw(_DELETION)}
        case "sweep":
            return {"ask": f"DELETE {plural}", "query": draw(_OWN), "not": _MOMENT}
        case "get":
            return {"ask": f"GET {target}", "accept": draw(one_of("application/json", "partial"))}
        case "list":
            return draw(_list(alphabet, plural))
        case _:
            return draw(_below(alphabet, target, write))


_MOMENT = ["metadata.resourceVersion"]
_OPTIONS = some(
    dryRun=one_of("All"), fieldValidation=one_of("Ignore", "Warn", "Strict")
) | one_of({})  # fmt: skip
_CONDITION = one_of({}, {}, {"resourceVersion": "VERSION"}, {"resourceVersion": "STALE"})
_DELETION = one_of(
    *[None] * 3,
    {"preconditions": {"uid": "UID"}},
    {"preconditions": {"resourceVersion": "VERSION"}},
    {"preconditions": {"resourceVersion": "STALE"}},
    {"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}},
    {"dryRun": ["All"]},
    {"gracePeriodSeconds": 0},
)
_OWN = st.fixed_dictionaries({"labelSelector": one_of("x", "x=1", "y", "x in (1,2)")})
_SELECTION = some(labelSelector=one_of("x", "x=1", "!x", "y", "x in (1,2)", "x notin (1)", "x!=1"))


def _metadata(name: str) -> st.SearchStrategy[dict[str, Any]]:
    more = {
        "labels": texts("x", "y"),
        "annotations": texts("n"),
        "finalizers": st.lists(one_of("a.test/f", "a.test/g"), max_size=2, unique=True),
    }
    return st.fixed_dictionaries({"name": st.just(name)}, optional=more)


@st.composite
def _whole(draw: st.DrawFn, alphabet: Alphabet, target: str) -> dict[str, Any]:
    content = draw(alphabet.contents[target])
    strange = draw(one_of(*[{}] * 9, {"strange": 1}))
    return {**content, **strange, "metadata": draw(_metadata(target.partition("/")[2]))}


@st.composite
def _patch(draw: st.DrawFn, alphabet: Alphabet, target: str, form: str, write: Step) -> Step:
    line = {"ask": f"PATCH {target}", "form": form, "query": write}
    if form == "json":
        pointers = _COMMON | alphabet.pointers[target.partition("/")[0]]
        return line | {"body": draw(st.lists(_operation(pointers), min_size=1, max_size=2))}
    body = draw(_whole(alphabet, target))
    if form == "apply":
        body.pop("status", None)
        body["metadata"] |= draw(one_of({}, {}, {}, {"resourceVersion": "VERSION"}))
        return line | {"query": write | draw(some(force=one_of("true", "false"))), "body": body}
    body["metadata"] = {**body["metadata"], **draw(_CONDITION)}
    body["metadata"].pop("name")
    which = draw(st.integers(0, 2**9 - 1)) & draw(st.integers(0, 2**9 - 1))
    return line | {"body": _nulls(body, which)}


def _nulls(value: Any, which: int) -> Any:
    """A merge patch of some of the content, with nulls in places."""
    if not isinstance(value, dict):
        return value
    return {
        key: None if (which >> place) & 1 else _nulls(below, which >> 3)
        for place, (key, below) in enumerate(value.items())
    }


_COMMON: dict[str, Any] = {
    "/metadata/labels": {"z": "1"},
    "/metadata/labels/x": "3",
    "/metadata/finalizers": ["a.test/f"],
    "/metadata/finalizers/0": "a.test/g",
    "/metadata/annotations": {"m": "1"},
}


@st.composite
def _operation(draw: st.DrawFn, pointers: dict[str, Any]) -> dict[str, Any]:
    pointer = draw(one_of(*pointers))
    match draw(one_of("add", "add", "replace", "remove", "remove", "test", "copy", "move")):
        case "remove":
            return {"op": "remove", "path": pointer}
        case ("copy" | "move") as op:
            return {"op": op, "from": pointer, "path": draw(one_of(*pointers))}
        case op:
            return {"op": op, "path": pointer, "value": pointers[pointer]}


@st.composite
def _list(draw: st.DrawFn, alphabet: Alphabet, plural: str) -> Step:
    # What controllers put into every namespace would be on pages of these.
    has_furniture = plural in ("configmaps", "serviceaccounts")
    pages = [{"limit": "1"}, {"limit": "1", "continue": "CONTINUE"}]
    page = {} if has_furniture else draw(one_of({}, {}, *pages))
    query = draw(_OWN if page else _SELECTION)
    query |= draw(some(fieldSelector=one_of(*alphabet.fields)))
    return {
        "ask": f"GET {plural}",
        "query": query | page,
        "accept": draw(one_of("application/json", "partials", "table")),
        "not": ["metadata.remainingItemCount"],
    }


@st.composite
def _below(draw: st.DrawFn, alphabet: Alphabet, target: str, write: Step) -> Step:
    """A request about a subresource; a reading, where the kind has none."""
    below = alphabet.subresources.get(target.partition("/")[0], ())
    if not below:
        return {"ask": f"GET {target}"}
    which = draw(one_of(*below))
    line = {"ask": f"PATCH {target}/{which}", "query": write}
    if which == "scale":
        patch = one_of({"spec": {"replicas": 2}}, {"spec": {"replicas": None}}, {"spec": {}},
            {"spec": {"replicas": -1}}, {"metadata": {"labels": {"z": "1"}}})  # fmt: skip
        return draw(st.sampled_from([{"ask": f"GET {target}/scale"}, line | {"body": draw(patch)}]))
    body = draw(_whole(alphabet, target))
    body["status"] = draw(some(phase=one_of("x", "y"), replicas=one_of(1, 2)))
    form = draw(one_of(*alphabet.forms, "update"))
    if form == "update":
        return {"ask": f"PUT {target}/status", "query": write, "body": body}
    if form == "json":
        return line | {"form": form, "body": [{"op": "add", "path": "/status", "value": {}}]}
    return line | {"form": form, "body": body}


@dataclass(frozen=True, slots=True)
class Player:
    """One who plays a sequence, and remembers what it takes for later steps: of each object the
    first and the latest version and the uid, of each kind where a list goes on."""

    stage: Stage
    alphabet: Alphabet
    words: dict[str, dict[str, str]] = field(default_factory=dict)

    async def play(self, sequence: Sequence) -> list[Any]:
        """The answers to the steps, all objects as they are then, and what watches told."""
        since = [await self._version(plural) for plural in self.alphabet.plurals]
        reads = [{"ask": f"GET {target}"} for target in self.alphabet.targets]
        told = [await self._answer(step) for step in [*sequence.steps, *reads]]
        kinds = zip(self.alphabet.plurals, since, strict=True)
        return told + [await self._changes(sequence, *each) for each in kinds]

    async def _version(self, plural: str) -> str:
        answer = await self.stage.ask({"ask": f"GET {plural}"})
        return str(at(answer.body, "metadata.resourceVersion"))

    async def _answer(self, step: Step) -> Any:
        plural, name = [*step["ask"].split(" ")[1].split("/"), ""][:2]
        line = step
        for word, known in _UNKNOWN.items():
            line = named(line, word, self.words.get(f"{plural}/{name}", {}).get(word, known))
        answer = await self.stage.ask(line)
        self._remember(plural, answer.body)
        return comparable(self.stage.told(step, answer))

    def _remember(self, plural: str, body: Any) -> None:
        name, version = at(body, "metadata.name") or "", at(body, "metadata.resourceVersion")
        words = self.words.setdefault(f"{plural}/{name}", {})
        words["CONTINUE"] = at(body, "metadata.continue") or ""
        if name and version and at(body, "metadata.uid"):
            words |= {"VERSION": version, "UID": at(body, "metadata.uid")}
            words.setdefault("STALE", version)

    async def _changes(self, sequence: Sequence, plural: str, since: str) -> list[Any]:
        """What a watch tells of all that was done to the objects of a kind, up to a marker."""
        metadata = {"name": MARKER, "labels": {"x": "1"}}
        marker = {"metadata": metadata} | self.alphabet.markers[plural]
        await self.stage.ask({"ask": f"POST {plural}", "body": marker})
        query = {"resourceVersion": since, "labelSelector": sequence.watched}
        told: list[Any] = []
        path = path_of(plural, self.stage.namespace)
        async with self.stage.api.watch(path, **query) as watch:
            while at(event := await watch.next(), "object.metadata.name") != MARKER:
                told.append(comparable(plain(event, self.stage.namespace)))
        return [each for each in told if not _is_furniture(each)]


MARKER = "marker"
_UNKNOWN = {
    "VERSION": "1",
    "STALE": "1",
    "UID": "00000000-0000-0000-0000-000000000000",
    "CONTINUE": "",
}
_PATCHED = re.compile(r'(?<=Invalid value: )"(\{.*\}|map\[.*\])"(?=: )')
# What Go calls the types of its lists and maps is its own.
_TYPED = re.compile(r"(json: cannot unmarshal \w+ into Go ).*")
_COUNTED = re.compile(r"(ResourceVersion in [a-z ]+:? \(?)\d+")


def comparable(answer: Any, key: str = "") -> Any:
    """An answer without what only the moment decides: the order of entries of the same second,
    and numbers in messages."""
    if isinstance(answer, list):
        found = [comparable(each) for each in answer if not _is_furniture(each)]
        if key == "managedFields":
            found.sort(key=lambda each: [str(each.get(part)) for part in _ORDER])
        # The real server says null where nothing is left of some lists.
        return found or (None if key == "items" else found)
    if isinstance(answer, dict):
        if answer.get("kind") == "NetworkPolicy":
            # Where a client writes empty lists, the real server counts a generation.
            (at(answer, "metadata") or {}).pop("generation", None)
        if isinstance(at(answer, "details.causes"), list):
            answer = _with_causes_in_order(answer)
        return {key: comparable(value, key) for key, value in answer.items()}
    return _sorted_lines(answer) if isinstance(answer, str) else answer


def _with_causes_in_order(status: Any) -> Any:
    """What is wrong with custom resources, and conflicts of managers, are told in no order; and
    some things are told twice."""
    told = {str(each): each for each in status["details"]["causes"]}
    if len(told) > 1 and (status["code"] == 409 or GROUP in status["details"].get("group", "")):
        told = dict(sorted(told.items()))
        status = status | {"message": "<several>"}
    return status | {"details": status["details"] | {"causes": list(told.values())}}


def _sorted_lines(message: str) -> str:
    """What is wrong with a map is told in no order, and not after the first unknown field."""
    if "field not declared in schema" in message:
        return message.partition(": ")[0] + ": an unknown field"
    message = _TYPED.sub(r"\1<type>", message)
    message = _PATCHED.sub("<object>", _COUNTED.sub(r"\1<version>", message))
    first, *others = message.split("\n")
    return "\n".join([first, *sorted(others)])


def _is_furniture(found: Any) -> bool:
    """What controllers put into every namespace: an object, its event, its row of a table."""
    if not isinstance(found, dict):
        return False
    place = found.get("object", found)
    return at(place, "metadata.name") in (ROOT_CA, "default") or place.get("metadata") == _HIDDEN


_HIDDEN = "<authority>"
_ORDER = ("manager", "operation", "subresource")
