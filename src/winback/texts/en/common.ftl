# Numbers with their nouns. COUNT($n, "days") writes count-days.

count-days = { NUM($n) } { NUM($n) ->
    [one] day
   *[other] days
}
count-hours = { NUM($n) } { NUM($n) ->
    [one] hour
   *[other] hours
}
count-customers = { NUM($n) } { NUM($n) ->
    [one] customer
   *[other] customers
}
count-orders = { NUM($n) } { NUM($n) ->
    [one] order
   *[other] orders
}
count-deliveries = { NUM($n) } { NUM($n) ->
    [one] delivery
   *[other] deliveries
}
# after "of": 3 of 4 deliveries
count-deliveries-of = { NUM($n) } { NUM($n) ->
    [one] delivery
   *[other] deliveries
}
count-products = { NUM($n) } { NUM($n) ->
    [one] product
   *[other] products
}
count-tickets = { NUM($n) } { NUM($n) ->
    [one] request
   *[other] requests
}
# after "of"
count-tickets-of = { NUM($n) } { NUM($n) ->
    [one] request
   *[other] requests
}
count-complaints = { NUM($n) } { NUM($n) ->
    [one] complaint
   *[other] complaints
}
count-conflicts = { NUM($n) } { NUM($n) ->
    [one] conflict
   *[other] conflicts
}
count-contacts = { NUM($n) } { NUM($n) ->
    [one] contact
   *[other] contacts
}
count-offers = { NUM($n) } { NUM($n) ->
    [one] offer
   *[other] offers
}
count-actions = { NUM($n) } { NUM($n) ->
    [one] visit or action
   *[other] visits and actions
}
# after "of"
count-actions-of = { NUM($n) } { NUM($n) ->
    [one] action
   *[other] actions
}
count-changes = { NUM($n) } { NUM($n) ->
    [one] change
   *[other] changes
}
# after "of"
count-events-of = { NUM($n) } { NUM($n) ->
    [one] event
   *[other] events
}
count-months = { NUM($n) } { NUM($n) ->
    [one] month
   *[other] months
}
count-points = { NUM($n) } { NUM($n) ->
    [one] percentage point
   *[other] percentage points
}

population-active = active
population-lapsed = lapsed

# where the belief about an action comes from
uplift-source = { $source ->
    [measured] measured
   *[assumed] assumed
}
