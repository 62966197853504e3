"""Go programs of others that Penstock is measured against and compared with.

A folder here is a go.mod that names them as tools: nothing of their code is in this repository.
"""
