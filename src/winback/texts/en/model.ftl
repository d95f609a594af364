# What the training of models could not do.

model-note-short-horizon = Half of the customers usually let { COUNT($usual, "days") } or more pass between two orders, longer than the horizon of { COUNT($horizon, "days") }: who is merely between two orders counts as lost. A longer label.horizon_days would suit them.
model-note-no-parts = The history is too short to find the size of the model, to calibrate it and to test it at dates of their own: it learned from all there are.
model-note-one-for-both = The history is short: the size of the model was found at the same past dates on which its probabilities were calibrated.
model-note-no-test = The history is too short for a test: how good the model is on later data could not be measured.
model-note-size-by-customers = The history is short: the size of the model was found on other customers, not at a later date.
model-note-not-later = The model could not be tested at later dates: the figures show how it does on other customers of the same time, not how well it foresees.
model-note-no-trees = Too few customers left, or too few stayed, for trees: the model is a logistic regression.
model-note-test-few-left = { $population ->
    [active] Of { NUM($rows) } cases of active customers in the test, { NUM($count) } left
   *[lapsed] Of { NUM($rows) } cases of lapsed customers in the test, { NUM($count) } stayed away
}: too few to say how well the model tells them apart, and how far its figures may be off.
model-note-test-few-stayed = { $population ->
    [active] Of { NUM($rows) } cases of active customers in the test, { NUM($count) } stayed
   *[lapsed] Of { NUM($rows) } cases of lapsed customers in the test, { NUM($count) } came back
}: too few to say how well the model tells them apart, and how far its figures may be off.
model-note-one-outcome = Only one outcome occurs: the model says the same of everybody.
model-note-all-left = Every customer of the training left: the model says the same of everybody.
model-note-all-stayed = Every customer of the training stayed: the model says the same of everybody.
model-note-window = The data shows { COUNT($days, "days") } after a snapshot, but the value horizon is { COUNT($wanted, "days") }: margins are scaled from what was seen.
model-note-lost-unseen = The data does not show whether lost customers come back: they are taken to bring nothing more.
model-note-lost-as-lapsed = What lost customers bring later is taken from those who had lapsed before.
model-note-nobody-kept = No customer of the training was kept: kept customers are worth nothing here.
