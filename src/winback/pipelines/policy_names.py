"""The names of the policies under which the demo company may live; light to import, for the command line."""

#: Nobody is contacted; customers at random; the riskiest; the largest value at risk (these three with random actions);
#: this engine with the assumptions of ``params.yaml``; this engine learning from all offers so far; perfect knowledge
#: of all that an ideal observer can know.
POLICIES = ("nobody", "random", "risk", "value_at_risk", "fixed", "engine", "perfect")
#: Those that look at the tables.
NEEDS_TABLES = ("risk", "value_at_risk", "fixed", "engine")
