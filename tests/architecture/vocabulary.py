"""The words that users see, found in the code: reasons of conditions and of events, the names of
log events with their fields, and the names of metrics.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.architecture.figures import Function, Module

CONDITIONS = {"Retryable": 0, "Stalled": 0, "Waiting": 0, "Ready": 0, "Mark": 1, "stage": 1}
"""Calls that give a condition its reason, and which of their arguments it is."""

ENDINGS = {
    "ready": {"Ready": 0},
    "retryable": {"Retryable": 0, "stage": 1},
    "stalled": {"Stalled": 0},
    "waiting": {"Waiting": 0},
}
"""How an attempt ends with a reason, by the calls that end it so."""

EVENTS = {"tell": 0, "tell_of": 2, "Note": 1}
"""Calls that give an event its reason."""

METRICS = {
    "Counter": "_total", "CounterMetricFamily": "_total", "Gauge": "", "GaugeMetricFamily": "",
    "Histogram": "", "Figure": "",
}  # fmt: skip
"""Calls that make a metric, and what Prometheus puts after its name."""

LEVELS = {"debug", "info", "warning", "error", "exception"}


def condition_reasons(modules: Sequence[Module]) -> set[str]:
    """The reasons that Ready, Reconciling, Stalled and the conditions of a kind may have."""
    return {reason for module in modules for reason in _reasons(module, CONDITIONS)}


def endings(modules: Sequence[Module]) -> dict[str, set[str]]:
    """How attempts may end with each reason; not at all where it is one of a condition beside."""
    found: dict[str, set[str]] = {reason: set() for reason in condition_reasons(modules)}
    for ending, calls in ENDINGS.items():
        for module in modules:
            for reason in _reasons(module, calls):
                found[reason].add(ending)
    return found


def event_reasons(modules: Sequence[Module]) -> set[str]:
    """The reasons of events that a story tells, beside those of its failures."""
    return {reason for module in modules for reason in _reasons(module, EVENTS)}


def log_events(modules: Sequence[Module]) -> dict[str, set[str]]:
    """The fields of each log event, by its name."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        for call in _calls(module.tree):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log"), attr=level),
                    args=[ast.Constant(value=str(name)), *_],
                ) if level in LEVELS:
                    found[name] |= {keyword.arg for keyword in call.keywords if keyword.arg}
    return dict(found)


def metrics(modules: Sequence[Module]) -> set[str]:
    """The names of all metrics, as they are scraped."""
    found: set[str] = set()
    for module in modules:
        for call in _calls(module.tree):
            match call.args[:1]:
                case [ast.Constant(value=str(name))] if _name(call.func) in METRICS:
                    grows = any(keyword.arg == "grows" for keyword in call.keywords)
                    found.add(name + ("_total" if grows else METRICS[_name(call.func)]))
    return found


def _reasons(module: Module, words: dict[str, int]) -> Iterator[str]:
    """The reasons that calls are given, and those given to a function of the module that gives its
    own parameter `reason` on to such a call."""
    passed_on = {
        function.name: index
        for function in module.functions()
        if (index := _parameter(function)) is not None and _passes_on(function, words)
    }
    for call in _calls(module.tree):
        index = {**words, **passed_on}.get(_name(call.func))
        if index is not None and index < len(call.args):
            yield from _texts(call.args[index])
    if "Mark" in words:
        yield from _assigned(module)


def _assigned(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="reason")], value=value):
                yield from _texts(value)


def _parameter(function: Function) -> int | None:
    names = [one.arg for one in function.args.args if one.arg != "self"]
    return names.index("reason") if "reason" in names else None


def _passes_on(function: Function, words: dict[str, int]) -> bool:
    return any(
        words.get(_name(call.func), len(call.args)) < len(call.args)
        and isinstance(argument := call.args[words[_name(call.func)]], ast.Name)
        and argument.id == "reason"
        for call in _calls(function)
    )


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _texts(node: ast.AST) -> Iterator[str]:
    """The words in an expression: `attempt.reason or "Failed"` has one. A condition has none."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _texts(value)
        case ast.Constant(value=str(text)) if text[:1].isupper():
            yield text
