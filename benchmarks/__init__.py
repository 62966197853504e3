"""What Penstock costs and how fast it is, beside the programs it is measured against.

Owns: the scenarios, the peers (Go programs of others, built once into the user's cache), and
`results/`. Reads the product's packages as any caller would. Nothing of the product imports this.
"""
