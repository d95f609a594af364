# What past offers earned, in one sentence. Every message gets the same arguments and uses what it needs.

outcomes-open = not over yet: the window in which these offers are measured is still open ({ COUNT($open, "offers") })
outcomes-no-control = cannot be told: nobody was held out, so it is unknown how many would have come back by themselves
outcomes-too-few = cannot be told: { NUM($contacted) } contacted and { NUM($held_out) } held out are too few to compare
outcomes-cannot-tell = cannot be told yet: kept because of the offers: { NUM($incremental) }, and anything between { NUM($low) } and { NUM($high) } is possible
outcomes-gain = { COUNT($incremental, "customers") } kept who would have been lost (between { NUM($low) } and { NUM($high) })
outcomes-loss = did harm: customers lost because of the offers: { NUM($lost) } (between { NUM($lost_low) } and { NUM($lost_high) })

# Whether single customers' own uplift is used. Differences are customers kept per 1,000 offers.

outcomes-learner-untried = Effects are estimated for groups of customers; their own uplift is tried from { NUM($min_offers) } past offers on, { NUM($min_held_out) } of them left alone (now { NUM($offers) } and { NUM($held_out) }).
outcomes-learner-refused = Effects are estimated for groups of customers: on { NUM($tested) } offers not learned from, single customers' own uplift ({ $learner }-learner) did not surely earn more (customers kept per 1,000 offers: { NUM($more) } more, possible: { NUM($low) } to { NUM($high) }).
outcomes-learner-adopted = Effects are estimated for every customer by itself ({ $learner }-learner): on { NUM($tested) } offers not learned from, that kept { NUM($more) } customers more per 1,000 offers than estimates for groups (between { NUM($low) } and { NUM($high) }).
