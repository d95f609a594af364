"""The stages from raw tables to the list, and what they share."""
