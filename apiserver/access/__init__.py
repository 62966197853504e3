"""Who may do what.

Owns: identities, tokens, certificates, and the reading of roles and bindings. Reads: the stored
objects of RBAC and the accounts. Writes: the first roles, and the rules of roles that gather those
of others.
Never: answers a request; `gate` says who asks and whether they may, `front` does the rest.
"""
