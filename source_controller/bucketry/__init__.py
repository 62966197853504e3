"""The rooms of a Bucket: who lets us in, what is there, and how it is brought here."""
