# One customer in full.

customer-title = One customer
customer-in-full = This customer in full: what happened, past risk, every action’s arithmetic
customer-footer = Made by winback explain. This page loads nothing from the network.
customer-orders = Orders
customer-orders-note = { MONEY($amount) } in all, the last { COUNT($days, "days") } ago
customer-value = Worth if kept
customer-value-note = { $kept } of margin if kept, { $lost } if lost
customer-happened = What happened
customer-risk = Risk at past dates, as known then
customer-actions = Every action’s arithmetic
customer-latest = The latest events, one by one
customer-events = { NUM($shown) } of { COUNT($total, "events-of") }, the latest first
customer-day = Day
customer-standing = Customer was
customer-event = What
customer-event-details = Details
customer-uplift = Better chance of keeping
customer-uplift-note = { $low } to { $high }, { uplift-source }
customer-sum = Better chance × worth − (contact + taken up × offer)
customer-sum-words = { $uplift } × { $value } − ({ $contact } + { $accept } × { $offer })
customer-confidence = { PERCENT($confidence) } sure
customer-share = { PERCENT($share) } of the explained risk

# why an action cannot be taken
obstacle-unreachable = cannot be reached this way
obstacle-other-population = not meant for such customers
obstacle-do-not-contact = does not want to be contacted
obstacle-do-not-win-back = not to be won back
obstacle-closed = has closed
obstacle-cooldown = approached recently
obstacle-life-event = moved, closed or changed its business

# lanes of the drawing, and their events one by one
events-orders = orders
events-deliveries = deliveries
events-tickets = requests
events-contacts = our contacts
events-activities = visits, actions
events-surveys = surveys
events-managers = managers
events-offers = offers
events-exits = reasons told
events-since = Since { DATE($on) }
events-said = { $what } { NUM($count) }{ NUM($bad) ->
    [0] {""}
   *[other] {" "}(went wrong: { NUM($bad) })
}
events-window = Evidence is taken from the { COUNT($days, "days") } before { DATE($on) }
events-leaving = leaving: { DATE($on) }
events-key-plain = went well; larger dots: several in a few days
events-key-bad = went wrong: late, defective, complaint, slow answer, bad score, no reward, another manager
events-key-window = days from which evidence is taken
event-orders = order
event-deliveries = delivery
event-tickets = request
event-contacts = our contact
event-activities = visit or action
event-surveys = survey
event-managers = manager
event-offers = offer
event-exits = reason told

field-amount = amount
field-margin = margin
field-discount = discount
field-channel = by
field-delivered-at = came on
field-defective = defective:
field-kind = kind:
field-topic = about
field-first-response-at = answered on
field-resolved-at = resolved on
field-nps = score
field-wants = wants better
field-answered = answered:
field-manager-id = name
field-action = action:
field-arm = group:
field-cost = cost
field-reason = reason:

word-yes = yes
word-no = no
word-enquiry = enquiry
word-request = request
word-complaint = complaint
word-conflict = conflict
word-price = price
word-product = product
word-delivery = delivery
word-service = service
word-billing = billing
word-other = other
word-assortment = assortment
word-manager = manager
word-treated = contacted
word-holdout = left alone
word-email = e-mail
word-phone = phone
word-visit = visit
word-meeting = meeting
word-web = web
word-shop = shop
