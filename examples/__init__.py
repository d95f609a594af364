"""Public purchase histories as projects of winback; see README.md."""
