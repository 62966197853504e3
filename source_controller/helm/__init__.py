"""Helm's repositories, indexes and charts, by the rules of Helm v4 as Flux calls it.

From the outside in: `location` and `fetch` get bytes, `index` finds a version, `archive` and
`directory` read a chart, `values` and `dependency` complete it, `package` writes it down.
"""
