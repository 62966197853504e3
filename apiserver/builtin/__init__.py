"""The built-in kinds: what they are called and what type they have, as a packaged table.

Owns: kinds.json, and the tool that writes it from a Kubernetes release's OpenAPI documents.
Reads: those documents, in the tool only.
Writes: kinds.json, in the tool only.
Never: descriptions or validation rules; the table holds names, types and how things merge.
"""
