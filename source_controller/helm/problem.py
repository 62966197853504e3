"""What can go wrong with a repository or a chart.

HelmProblem
├─ InvalidUrl         an address that no request can be made to
├─ InvalidCredential  a Secret is missing, or not what it should be
├─ FetchProblem       the other side is not there, refuses us, or sends too much
│  └─ Unauthorised    it refuses who we are
├─ IndexProblem       an index that cannot be read
├─ NoSuchChart        an index that can be read, and does not have what is asked for
├─ ChartProblem       a chart that is none
└─ ValuesProblem      values that cannot be read, or are not there
"""

from __future__ import annotations

from shared.problem import Problem


class HelmProblem(Problem):
    """Something about a Helm repository or a chart is not as it has to be."""


class InvalidUrl(HelmProblem):
    """An address that no request can be made to."""


class InvalidCredential(HelmProblem):
    """A Secret is missing, or what it holds cannot be used. No value is ever quoted."""


class FetchProblem(HelmProblem):
    """A file could not be had over the network."""


class Unauthorised(FetchProblem):
    """The other side refuses the credential, or we refuse the other side's certificate."""


class IndexProblem(HelmProblem):
    """The index of a repository cannot be read."""


class NoSuchChart(HelmProblem):
    """The index does not have a chart, or no version of it that is in the range."""


class ChartProblem(HelmProblem):
    """A chart is not one, or is more than this process is willing to read."""


class ValuesProblem(HelmProblem):
    """Values cannot be read, or their file is not there."""
