# What was decided about a customer, and why. $action is the action's name in this language.

decision-contact = { $action }: expected to earn { MONEY($net_value) } after costs of { MONEY($cost) }; raises the chance of keeping this customer by { POINTS($uplift) } ({ uplift-source })
# a small share of contacts goes to actions that are still to be learned about
decision-contact-explore = { $action }, to learn how well it works: expected to earn { MONEY($net_value) } after costs of { MONEY($cost) } ({ uplift-source })
decision-holdout = do not approach in this cycle: left alone on purpose, to measure what “{ $action }” really changes (expected { MONEY($net_value) })

decision-excluded-do-not-contact = not to be approached: the customer does not want to be contacted
decision-excluded-do-not-win-back = not to be won back: marked so in the customer list
decision-excluded-closed = the customer has closed
decision-excluded-cooldown = approached less than { COUNT($cooldown_days, "days") } ago: leave in peace for now
decision-excluded-life-event = moved, closed or changed its business: not worth winning back
decision-excluded-unreachable = cannot be reached: no address or number for any of the actions
decision-excluded-no-action = no action is meant for such customers

decision-not-worth-it = not worth it: the best action, { $action }, would earn { MONEY($net_value) } at a cost of { MONEY($cost) }
decision-not-worth-it-minimum = not worth it: the best action, { $action }, would earn { MONEY($net_value) }, below the minimum of { MONEY($minimum) }
decision-not-worth-it-share = not worth it: { $action } would earn { MONEY($net_value) }, but its cost of { MONEY($cost) } is too large a share of what this customer is worth
decision-no-budget = worth { MONEY($net_value) } ({ $action }), but the budget of { MONEY($budget) } is spent on better ones; a budget of { MONEY($needed) } would have reached this customer
# no budget within reach of the cycle's other limits would have been enough
decision-no-budget-unknown = worth { MONEY($net_value) } ({ $action }), but the budget of { MONEY($budget) } is spent on better ones
decision-no-capacity-action = worth { MONEY($net_value) }, but all { NUM($capacity) } places for “{ $action }” in this cycle are taken by better ones
decision-no-capacity-manager = worth { MONEY($net_value) } ({ $action }), but manager { $manager } is fully booked in this cycle ({ COUNT($capacity, "customers") })
decision-no-capacity-manager-action = worth { MONEY($net_value) }, but all { NUM($capacity) } places for “{ $action }” with manager { $manager } in this cycle are taken by better ones
