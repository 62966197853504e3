"""Placeholder."""
from kustomize.configuration import EMPTY
def configuration_of_crds(directory, paths): return EMPTY
