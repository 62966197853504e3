"""What is special about the built-in kinds when they are written: defaults, what the server fills
in, what may not change. One room a family; `rules.py` beside this package gathers them.

Behaviour: Kubernetes' own defaulting and validation as of 1.36, as far as GitOps users meet it.
"""
