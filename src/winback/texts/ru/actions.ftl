# Названия действий, которые предлагаются в настройках нового проекта.

action-email = электронное письмо
action-phone-call = звонок по телефону
action-personal-meeting = личная встреча
action-video-message = видеообращение
action-director-guarantee = личная гарантия директора
action-apology = извинения
action-gift = подарок
action-price-offer = особая цена
action-service-offer = улучшенное обслуживание
action-new-products = новинки на пробу
action-loyalty-bonus = бонус за верность
action-change-manager = другой менеджер
