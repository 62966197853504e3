"""How to go on from here, and what went wrong: the last words of the demo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cli.request import Wish
from cli.verdict import Verdict

GUIDE = """\
The cluster is yours until Ctrl-C:

  export KUBECONFIG={kubeconfig}
  kubectl get gitrepositories,kustomizations,helmreleases -A
  kubectl get all -A
"""
CHANGE = """\
To see a change arrive, edit a file of the repository and commit it:

  cd {directory}
  {example}git commit -am "a change"
"""
SAMPLE_CHANGE = "sed -i 's/count: 2/count: 3/' apps/laptop/kustomization.yaml\n  "


def guide(kubeconfig: Path, wish: Wish, *, sample: bool) -> str:
    """What to type next."""
    text = GUIDE.format(kubeconfig=kubeconfig)
    if wish.local:
        example = SAMPLE_CHANGE if sample else ""
        text += "\n" + CHANGE.format(directory=wish.local, example=example)
    return text


def reasons(unready: Sequence[Verdict]) -> str:
    """A line for each object that is not ready: which, the reason, and what it says."""
    return "\n".join(f"  {one.ref}: {one.reason}: {one.message}" for one in unready)
