"""The protobuf form in which Go clients send built-in kinds: `kubectl create deployment` does.

Read only: every such client reads JSON answers as well. `messages.json` says which field has which
number; `derive.py` made it.
"""
