# Names of the actions that a new project's settings offer.

action-email = e-mail
action-phone-call = phone call
action-personal-meeting = personal meeting
action-video-message = video message
action-director-guarantee = personal guarantee by the director
action-apology = apology
action-gift = gift
action-price-offer = price offer
action-service-offer = better service
action-new-products = new products to try
action-loyalty-bonus = loyalty bonus
action-change-manager = another manager
