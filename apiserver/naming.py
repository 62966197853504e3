"""What names may look like, each rule as a function: from a name to what is wrong with it.

The answers are sentences in the real server's words; none where the name is fine.
Behaviour: apimachinery's validation of names as of Kubernetes 1.36.
"""

from __future__ import annotations

import re

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
_RELATIVE = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_KEY = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = rf"({_KEY})?"
_SHORT, _LONG = 63, 253

_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    f"for validation is '{SUBDOMAIN}')"
)
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used "
    f"for validation is '{LABEL}')"
)
_RELATIVE_RULE = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    f"regex used for validation is '{_RELATIVE}')"
)
_KEY_SIGNS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
    f"validation is '{_KEY}')"
)
_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.',"
    " and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    f"'12345', regex used for validation is '{_VALUE}')"
)
_CONFIG_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name', "
    " or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_PORT_SIGNS = "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"


def _checked(name: str, most: int, pattern: str, rule: str) -> list[str]:
    found = [f"must be no more than {most} characters"] if len(name) > most else []
    return found if re.fullmatch(pattern, name) else [*found, rule]


def label(name: str) -> list[str]:
    """A label of a domain name, by RFC 1123: names of containers and namespaces."""
    return _checked(name, _SHORT, LABEL, _LABEL_RULE)


def label_of_old(name: str) -> list[str]:
    """A label of a domain name, by RFC 1035: it begins with a letter."""
    return _checked(name, _SHORT, _RELATIVE, _RELATIVE_RULE)


def subdomain(name: str) -> list[str]:
    """A domain name: names of most objects."""
    return _checked(name, _LONG, SUBDOMAIN, _SUBDOMAIN_RULE)


def undotted(name: str) -> list[str]:
    """A label, for objects that become a part of a domain name."""
    return ["must not contain dots"] if "." in name else label(name)


def path_segment(name: str) -> list[str]:
    """A part of a URL: names of roles."""
    if name in (".", ".."):
        return [f"may not be '{name}'"]
    return [f"may not contain '{sign}'" for sign in "/%" if sign in name]


def key(name: str) -> list[str]:
    """A key of labels and annotations: `app`, `example.org/app`."""
    parts = name.split("/")
    if len(parts) > 2:
        optional = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return [f"a valid label key {_KEY_SIGNS}{optional}"]
    found = _prefix_faults(parts[0]) if len(parts) == 2 else []
    last = parts[-1]
    if not last:
        found.append("name part must be non-empty")
    elif len(last) > _SHORT:
        found.append(f"name part must be no more than {_SHORT} bytes")
    return found if re.fullmatch(_KEY, last) else [*found, f"name part {_KEY_SIGNS}"]


def _prefix_faults(prefix: str) -> list[str]:
    if not prefix:
        return ["prefix part must be non-empty"]
    return [f"prefix part {each}" for each in subdomain(prefix)]


def value(word: str) -> list[str]:
    """The value of a label."""
    found = [f"must be no more than {_SHORT} bytes"] if len(word.encode()) > _SHORT else []
    return found if re.fullmatch(_VALUE, word) else [*found, _VALUE_RULE]


def config_key(name: str) -> list[str]:
    """A key of a ConfigMap or Secret: it may become the name of a file."""
    found = [f"must be no more than {_LONG} characters"] if len(name) > _LONG else []
    if not re.fullmatch(r"[-._a-zA-Z0-9]+", name):
        return [*found, _CONFIG_KEY_RULE]
    if name in (".", ".."):
        return [*found, f"must not be '{name}'"]
    return [*found, "must not start with '..'"] if name.startswith("..") else found


def port(name: str) -> list[str]:
    """The name of a container's port."""
    found = ["must be no more than 15 characters"] if len(name) > 15 else []
    if not re.fullmatch(r"[-a-z0-9]+", name):
        found.append(_PORT_SIGNS)
    if not re.search(r"[a-z]", name):
        found.append("must contain at least one letter (a-z)")
    if "--" in name:
        found.append("must not contain consecutive hyphens")
    return found if name.strip("-") == name else [*found, "must not begin or end with a hyphen"]


def variable(name: str) -> list[str]:
    """The name of an environment variable."""
    if re.fullmatch(r"[ -<>-~]+", name):
        return []
    return [
        "a valid environment variable name must consist only of printable ASCII characters other "
        "than '='"
    ]


def port_number(number: int) -> list[str]:
    """The number of a port."""
    return [] if 1 <= number <= 65535 else ["must be between 1 and 65535, inclusive"]
