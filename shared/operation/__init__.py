"""What is done to a cluster for whoever has manifests for it.

Objects are surveyed, applied, pruned, waited for, and kept as they were applied. Kustomizations and
Helm releases stand on the same rooms. Who owns the objects, and in whose name and on what terms all
of it is done, is for the caller to say (`Writer`, `Terms`, `Farewell`, `Tenant`).
"""
