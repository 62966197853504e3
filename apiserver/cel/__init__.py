"""A part of CEL, enough for the rules that definitions carry (`x-kubernetes-validations`).

Reads: literals, fields, indexes, operators, `has`, the usual functions on texts and lists, and the
macros `all exists exists_one filter map`. What it cannot read is told when the definition is
written, and is not checked; nothing is guessed.
"""
