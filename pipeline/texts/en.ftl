# English.
reply = About your report { $n }: { $text }
update = Update for { $n }: Your report is now { $s }.

status-open = received and under review
status-in_progress = being worked on
status-escalated = escalated to senior team
status-resolved = resolved - please confirm
status-closed = closed

category-water = water
category-roads = roads
category-electricity = electricity
category-waste = waste
category-sanitation = sanitation
category-other = other

moment = { $day } { $month } { $year } at { $time }
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

opened = Thank you. Your report ({ $category }) has the number { $n }. It should be resolved by { $deadline }.
opened-unlocated = We do not know the place yet: please send a location pin.
opened-referred = Thank you. Your report ({ $category }) has the number { $n }. This place belongs to { $municipality }, who do not work with us yet: please report it to them, too.
emergency = In danger now? Call { $numbers }.
service-police = police { $number }
service-fire_ambulance = fire and ambulance { $number }
service-gbv = { $number }
help = You can call at any hour: { $numbers }. You can go on writing here. For a municipal problem reply 1.
help-unnumbered = Please call the police if you need help now. You can go on writing here. For a municipal problem reply 1.
choice = If you need help now you can call { $numbers }. What is your message about? Reply 1 for a municipal problem, 2 for something private.
choice-unnumbered = What is your message about? Reply 1 for a municipal problem, 2 for something private.

ask-place = Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
ask-place-again = We still need the place of your report: please send a location pin (the paperclip or +, then Location).
ask-place-follow-up = That report was closed too long ago to go on with, so this is a new one. Where is it? Please send a location pin (the paperclip or +, then Location).
ask-what = Thank you. What is wrong there? Please write it in one sentence.
voice-menu = A person will listen to your voice note, but that takes time. To report a problem now, reply with a number: { $choices }. Or write it in one sentence.
voice-kept = A person will listen to your voice note, but that takes time.
ask-more = We did not understand. Please write what is wrong, for example: "water leak in our street".
pin-no_fix = Your phone sent no position (0, 0). Please switch location on and send the pin again.
pin-swapped = The pin has latitude and longitude the wrong way round. Please send your location as a WhatsApp pin.
pin-range = That is no place on earth. Please send your location as a WhatsApp pin.
pin-abroad = That place is outside South Africa, so no municipality can go there. Please send a pin of the place you mean.

cancelled = Your report is cancelled. Thank you for telling us.
added = Thank you, we added it to { $n }.
located = Thank you, we added the place to { $n }.
relocated = We passed the new place of { $n } on to the team; a person will look at it.
status-of = { $n } ({ $category }): { $s }. It should be resolved by { $deadline }.
status-short = { $n } ({ $category }): { $s }.
status-waiting = Your report waits for its place: please send a location pin.
status-none = There is no report of yours that we know of. Write what is wrong and send a location pin.
number-unknown = There is no report of yours with that number.
number-mistyped = That number is not right: please check it and send it again.
which = Which report do you mean? Reply with its number in this list.
which-line = { $place }. { $n } ({ $category })
nothing-waiting = None of your reports waits for an answer. Write what is wrong to report something new.

refused-unknown_ticket = We do not know that report any more. Please report it again.
refused-too_late = That report was closed too long ago to go on with. Please report it again.
refused-nothing_to_do = That report is like that already.
refused-other = That is not possible with { $n } now: it is { $s }.

greeting = Hello. Write what is wrong and send a location pin: water, roads, electricity, waste, sanitation or other.
thanks = You are welcome.
chat = This service takes reports for your municipality. Write what is wrong and send a location pin.
stopped = You will get no more messages from us. Write START to get them again.
started = You will get our messages again.
slow-down = You write faster than we can answer. We read all that you send, and answer in a minute.
caught-up = We have read all that you wrote.
