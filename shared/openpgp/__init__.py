"""The outside of OpenPGP, for those who verify signatures and those who open messages.

fields = Fields(next(packets(unarmoured(text))).body)
"""
