"""`vars`: `$(NAME)` in the fields that may hold it becomes the value of another field."""

from __future__ import annotations

from kustomize.accumulator import Accumulator
from kustomize.bound import MOST_CHARACTERS, Budget
from kustomize.field_path import found, split, with_indices
from kustomize.fieldspec import Place, at
from kustomize.identity import Gvk, Id, gvk
from kustomize.kustomization import Variable
from kustomize.problem import BuildError
from kustomize.resource import Resource
from kustomize.resources import Resources
from kustomize.scalar import MISSING, Moment, is_null, plain, text_of

Values = dict[str, object]


def add_variables(accumulator: Accumulator, variables: tuple[Variable, ...]) -> None:
    """Note variables, and with the objects they come from that they do. Raises BuildError for a
    name that is there already, and for an object that is not clear."""
    for variable in variables:
        matches = [one for one in accumulator.resources if _is_meant(one, variable)]
        if len(matches) > 1:
            raise BuildError(
                f"merging vars: found {len(matches)} resId matches for var {_told(variable)} "
                "(unable to disambiguate)"
            )
        for resource in matches:
            resource.variables += (variable.name,)
    try:
        accumulator.add_variables(variables)
    except BuildError as error:
        raise error.under("merging vars") from error


def _reference(variable: Variable) -> Id:
    given = variable.objref
    kind = Gvk(given.group, given.version, given.kind)
    if given.api_version:
        parts = given.api_version.split("/")
        if len(parts) == 2:
            kind = gvk(given.api_version, given.kind)
        elif len(parts) == 1:
            kind = Gvk(given.group, parts[0], given.kind)
    return Id(kind, given.name, given.namespace)


def _is_meant(resource: Resource, variable: Variable) -> bool:
    wanted = _reference(variable)
    ids = [(resource.id, resource.effective_namespace)]
    ids += [(old, old.namespace) for old in resource.former()]
    anywhere = not wanted.namespace
    return any(
        one.name == wanted.name
        and one.gvk == wanted.gvk
        and (anywhere or resource.scope.effective(wanted.gvk, wanted.namespace) == namespace)
        for one, namespace in ids
    )


def _told(variable: Variable) -> str:
    return f"{{{variable.name} {_reference(variable).gvk} {{{_path(variable)}}}}}"


def _path(variable: Variable) -> str:
    return variable.fieldref.field_path or "metadata.name"


def resolve_variables(accumulator: Accumulator) -> None:
    """Put the values in. Raises BuildError for a variable without an object or a field."""
    if not accumulator.variables:
        return
    values = {
        name: _value(accumulator.resources, accumulator.variables[name])
        for name in sorted(accumulator.variables)
    }
    expander = Expander(values)
    for resource in accumulator.resources:
        for place in at(resource, accumulator.configuration.fields.var_reference):
            expander.replace_at(place)


def _value(resources: Resources, variable: Variable) -> object:
    for resource in resources:
        if variable.name in resource.variables:
            return _field(resource, variable)
    raise BuildError(
        f"var '{_told(variable)}' cannot be mapped to a field in the set of known resources"
    )


def _field(resource: Resource, variable: Variable) -> object:
    parts = with_indices(split(_path(variable)))
    try:
        value = found(resource.manifest, parts)
    except BuildError:
        value = MISSING
    if value is MISSING:
        raise BuildError(
            f"field specified in var '{_told(variable)}' not found in corresponding resource"
        )
    return value


class Expander:
    """Puts values into texts, and keeps count of how long they become."""

    __slots__ = ("_budget", "_values")

    def __init__(self, values: Values) -> None:
        self._values = values
        self._budget = Budget(MOST_CHARACTERS, "the texts with their variables")

    def replace_at(self, place: Place) -> None:
        """Works on a text, the texts of a list, or those of a mapping. Raises BuildError."""
        holder, name = place
        value = holder[name]
        if isinstance(value, dict):
            for key, item in value.items():
                if _is_text(item):
                    value[key] = self.expanded(item)
        elif isinstance(value, list):
            if not all(map(_is_text, value)):
                raise BuildError("invalid value type expect a string")
            value[:] = map(self.expanded, value)
        elif _is_text(value):
            holder[name] = self.expanded(text_of(value))

    def expanded(self, text: str) -> object:
        """A text with `$(NAME)` replaced; a value alone keeps its type, `$$` is a dollar sign."""
        if "$" not in text:
            return text
        parts: list[str] = []
        at = 0
        while (dollar := text.find("$", at)) >= 0 and dollar + 1 < len(text):
            parts.append(text[at:dollar])
            following = text[dollar + 1]
            closing = text.find(")", dollar) if following == "(" else -1
            if closing < 0:
                parts.append("$" if following == "$" else f"${following}")
                at = dollar + 2
                continue
            name = text[dollar + 2 : closing]
            value = self._mapped(name)
            if text == f"$({name})":
                return value
            parts.append(text_of(value))
            self._budget.spend(len(parts[-1]))
            at = closing + 1
        return "".join(parts) + text[at:]

    def _mapped(self, name: str) -> object:
        value = self._values.get(name, MISSING)
        if value is MISSING or is_null(value) or isinstance(value, dict | list):
            return f"$({name})"
        return plain(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Moment)
