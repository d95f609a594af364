"""winback: who is leaving, why, and whom it pays to win back."""
