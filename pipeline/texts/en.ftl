# English.
# A message that staff wrote to the resident about a report.
reply = About your report { $n }: { $text }
# News: the status of a report has changed.
update = Update for { $n }: Your report is now { $s }.

# Status of a report, within a sentence (update, status-of).
status-open = received and under review
# The same.
status-in_progress = being worked on
# The same.
status-escalated = escalated to senior team
# The same; the resident is asked to answer yes or no.
status-resolved = resolved - please confirm
# The same.
status-closed = closed

# What a report is about, in brackets after its number.
category-water = water
# The same.
category-roads = roads
# The same.
category-electricity = electricity
# The same.
category-waste = waste
# The same.
category-sanitation = sanitation
# The same.
category-other = other

# A date and time within a sentence.
moment = { $day } { $month } { $year } at { $time }
# Name of a month in a date.
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

# Answer to a complete report.
opened = Thank you. Your report ({ $category }) has the number { $n }. It should be resolved by { $deadline }.
# Follows it, if the place is not known.
opened-unlocated = We do not know the place yet: please send a location pin.
# Answer to a report at a place whose municipality does not take part.
opened-referred = Thank you. Your report ({ $category }) has the number { $n }. This place belongs to { $municipality }, who do not work with us yet: please report it to them, too.
# Before the answer, if people are in danger.
emergency = In danger now? Call { $numbers }.
# Name of an emergency number.
service-police = police { $number }
# The same.
service-fire_ambulance = fire and ambulance { $number }
# The number for help after violence. It is not named, since others may read along.
service-gbv = { $number }
# Answer to a disclosure of violence. It must not name the violence.
help = You can call at any hour: { $numbers }. You can go on writing here. For a municipal problem reply 1.
# The same, if no numbers are known.
help-unnumbered = Please call the police if you need help now. You can go on writing here. For a municipal problem reply 1.
# Question after words that may speak of violence. It must not name the violence.
choice = If you need help now you can call { $numbers }. What is your message about? Reply 1 for a municipal problem, 2 for something private.
# The same, if no numbers are known.
choice-unnumbered = What is your message about? Reply 1 for a municipal problem, 2 for something private.

# Question for the place of a report.
ask-place = Thank you. Where is it? Please send a location pin (the paperclip or +, then Location).
# The same, once more.
ask-place-again = We still need the place of your report: please send a location pin (the paperclip or +, then Location).
# The same, if the report follows up an old one.
ask-place-follow-up = That report was closed too long ago to go on with, so this is a new one. Where is it? Please send a location pin (the paperclip or +, then Location).
# Question for the problem after a pin or a photo.
ask-what = Thank you. What is wrong there? Please write it in one sentence.
# Answer to a voice note: a person listens, and the categories by number.
voice-menu = A person will listen to your voice note, but that takes time. To report a problem now, reply with a number: { $choices }. Or write it in one sentence.
# Answer to a further voice note.
voice-kept = A person will listen to your voice note, but that takes time.
# Answer to words that were not understood.
ask-more = We did not understand. Please write what is wrong, for example: "water leak in our street".
# Answer to a pin at 0, 0.
pin-no_fix = Your phone sent no position (0, 0). Please switch location on and send the pin again.
# Answer to a pin whose degrees are in the wrong order.
pin-swapped = The pin has latitude and longitude the wrong way round. Please send your location as a WhatsApp pin.
# Answer to a link of a map service that does not hold the place.
place-link = That link does not tell us the place. Please send a location pin (the paperclip or +, then Location), or the coordinates, for example -26.333, 28.152.
# Answer to a Plus Code without its first digits, which is unique only near a town.
place-code = That code needs its town. Please send it with the town, for example "4QXC+2V Durban", or send a location pin (the paperclip or +, then Location).
# Question whether a place is meant: its degrees were swapped, or it was only named.
confirm-place = Did you mean { $place }? Reply 1 for yes, 2 for no.
# The same for several places; a numbered list follows.
choose-place = Which place do you mean? Reply with its number in this list.
# The last entry of that list.
no-place = none of these
# Answer to a pin with impossible degrees.
pin-range = That is no place on earth. Please send your location as a WhatsApp pin.
# Answer to a pin in another country.
pin-abroad = That place is outside South Africa, so no municipality can go there. Please send a pin of the place you mean.

# Answer to a resident who takes back a report that is not filed yet.
cancelled = Your report is cancelled. Thank you for telling us.
# Answer to more words or photos for a report.
added = Thank you, we added it to { $n }.
# Answer to the first place of a report.
located = Thank you, we added the place to { $n }.
# Answer to another place of a report.
relocated = We passed the new place of { $n } on to the team; a person will look at it.
# Answer to a question about a report.
status-of = { $n } ({ $category }): { $s }. It should be resolved by { $deadline }.
# The same, if nothing is promised.
status-short = { $n } ({ $category }): { $s }.
# The same, while the place is missing.
status-waiting = Your report waits for its place: please send a location pin.
# The same, if the resident has no report.
status-none = There is no report of yours that we know of. Write what is wrong and send a location pin.
# Answer to a number of no report of this resident.
number-unknown = There is no report of yours with that number.
# Answer to a number that cannot be right.
number-mistyped = That number is not right: please check it and send it again.
# Question after a number with one wrong character.
number-near = Did you mean { $n }? Reply 1 for yes, 2 for no.
# Question after "that is wrong" or the like.
ask-wrong = We are sorry. What is wrong? Reply 1 for the place, 2 for the problem, 3 to cancel the report.
# Question for the right place of a report.
ask-right-place = Please send a location pin of the right place for { $n }.
# Question for the right problem of a report.
ask-right-problem = Please write in one sentence what the problem of { $n } is.
# The same for a report that is not filed yet.
ask-draft-place = Please send a location pin of the right place.
# The same for a report that is not filed yet.
ask-draft-problem = Please write again in one sentence what is wrong.
# Answer to the right problem of a report.
corrected = Thank you. We passed this on to the team of { $n }; a person will correct the report.
# Question before a report at the place of an earlier one of this resident.
ask-same = Is this the same problem as { $n }? Reply 1 for yes, 2 for no.
# Question which report is meant, above a list.
which = Which report do you mean? Reply with its number in this list.
# A line of that list.
which-line = { $place }. { $n } ({ $category })
# Answer to yes or no if no question is open.
nothing-waiting = None of your reports waits for an answer. Write what is wrong to report something new.

# Answer to a change of a report that does not exist any more.
refused-unknown_ticket = We do not know that report any more. Please report it again.
# Answer to "not fixed" long after a report was closed.
refused-too_late = That report was closed too long ago to go on with. Please report it again.
# Answer to a change that is already so.
refused-nothing_to_do = That report is like that already.
# Answer to a change that is not possible.
refused-other = That is not possible with { $n } now: it is { $s }.

# Answer to a greeting.
greeting = Hello. Write what is wrong and send a location pin: water, roads, electricity, waste, sanitation or other.
# Answer to thanks.
thanks = You are welcome.
# Answer to small talk.
chat = This service takes reports for your municipality. Write what is wrong and send a location pin.
# Answer to a question about personal data.
privacy = We use your number and what you send only to handle your reports and to answer you. Only the people who work on them read it. This chat is deleted after { $days } quiet days. Write STOP for no more messages. Questions: the information officer of your municipality.
# The same while a disclosure of violence is open. It must not name the violence.
privacy-private = Only the police read what you write here now, and your number so that they can reach you. Your municipality does not see it. If you have questions you can call { $numbers }. Write STOP for no more messages.
# The same, if no numbers are known.
privacy-private-unnumbered = Only the police read what you write here now, and your number so that they can reach you. Your municipality does not see it. Questions: please ask the police. Write STOP for no more messages.
# Answer to a wish for this language.
language-changed = We answer you in English from now on.
# Answer to STOP.
stopped = You will get no more messages from us. Write START to get them again.
# Answer to START.
started = You will get our messages again.
# Answer to many messages in a minute.
slow-down = You write faster than we can answer. We read all that you send, and answer in a minute.
# Follows after that minute.
caught-up = We have read all that you wrote.

# News of a report whose deadline is near or has passed.
delayed = Update for { $n }: this takes longer than we thought, and it is not solved yet. We have not forgotten it.

# News of a report on which the work waits because the resident has to answer.
held-waiting_for_resident = Update for { $n }: we need your answer before we can go on. Please reply here. We wait until { $deadline }.
# The same, because parts are missing.
held-waiting_for_parts = Update for { $n }: the work waits for parts that we ordered. We go on by { $deadline } at the latest.
# The same, because another body has to act.
held-other_body = Update for { $n }: another organisation has to do its part first. We check again by { $deadline } at the latest.
# The same, because of the weather.
held-weather = Update for { $n }: the weather does not allow the work now. We go on by { $deadline } at the latest.
# The same, because of an outage.
held-outage = Update for { $n }: the work waits because of an outage. We go on by { $deadline } at the latest.

# Subject of an e-mail to staff, and the first line of its entry: a deadline is near.
staff-subject-warning = Deadline near: { $n } ({ $category })
# The same: a deadline was missed.
staff-subject-breach = Deadline missed: { $n } ({ $category })
# The same: the ticket was escalated to the person who reads this, or while that person has it.
staff-subject-escalation = Escalated: { $n } ({ $category })
# The same: the person who reads this has the ticket now.
staff-subject-assignment = Assigned to you: { $n } ({ $category })
# The same: a rule of the municipality names the person who reads this.
staff-subject-automation = Please look at: { $n } ({ $category })
# Subject of an e-mail to staff with a list of tickets.
staff-subject-digest = Your tickets: { $number } notices
# In an e-mail to staff: the code of the ward.
staff-ward = Ward: { $place }
# In an e-mail to staff: the deadline by which a person must look at the ticket.
staff-response-due = To be looked at by { $deadline }
# In an e-mail to staff: the deadline by which the ticket must be resolved.
staff-resolution-due = To be resolved by { $deadline }
# The end of an e-mail to staff.
staff-why = You get this mail from your municipality's service desk because of your work. Do not answer it.
