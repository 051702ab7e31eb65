# Afrikaans.
reply = Oor u verslag { $n }: { $text }
update = Opdatering vir { $n }: U verslag is nou { $s }.

status-open = ontvang en onder hersiening
status-in_progress = word aan gewerk
status-escalated = verwys na senior span
status-resolved = opgelos - bevestig asseblief
status-closed = gesluit

category-water = water
category-roads = paaie
category-electricity = elektrisiteit
category-waste = vullis
category-sanitation = riolering
category-other = ander

moment = { $day } { $month } { $year } om { $time }
month-1 = Januarie
month-2 = Februarie
month-3 = Maart
month-4 = April
month-5 = Mei
month-6 = Junie
month-7 = Julie
month-8 = Augustus
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Desember

opened = Dankie. U verslag ({ $category }) se nommer is { $n }. Dit behoort teen { $deadline } opgelos te wees.
opened-unlocated = Ons ken nog nie die plek nie: stuur asseblief 'n liggingspen.
opened-referred = Dankie. U verslag ({ $category }) se nommer is { $n }. Hierdie plek val onder { $municipality }, wat nog nie saam met ons werk nie: meld dit asseblief ook by hulle aan.
emergency = Nou in gevaar? Bel { $numbers }.
service-police = polisie { $number }
service-fire_ambulance = brandweer en ambulans { $number }
service-gbv = { $number }
help = U kan enige tyd bel: { $numbers }. U kan hier verder skryf. Vir 'n munisipale probleem, antwoord 1.
help-unnumbered = Bel asseblief die polisie as u nou hulp nodig het. U kan hier verder skryf. Vir 'n munisipale probleem, antwoord 1.
choice = As u nou hulp nodig het, kan u { $numbers } bel. Waaroor gaan u boodskap? Antwoord 1 vir 'n munisipale probleem, 2 vir iets privaats.
choice-unnumbered = Waaroor gaan u boodskap? Antwoord 1 vir 'n munisipale probleem, 2 vir iets privaats.

ask-place = Dankie. Waar is dit? Stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging).
ask-place-again = Ons het nog die plek van u verslag nodig: stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging).
ask-place-follow-up = Daardie verslag is te lank gelede gesluit, daarom is dit 'n nuwe een. Waar is dit? Stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging).
ask-what = Dankie. Wat is daar verkeerd? Skryf dit asseblief in een sin.
voice-menu = Iemand sal na u stemboodskap luister, maar dit neem tyd. Om nou 'n probleem aan te meld, antwoord met 'n nommer: { $choices }. Of skryf dit in een sin.
voice-kept = Iemand sal na u stemboodskap luister, maar dit neem tyd.
ask-more = Ons het nie verstaan nie. Skryf asseblief wat verkeerd is, byvoorbeeld: "waterlek in ons straat".
pin-no_fix = U foon het geen posisie gestuur nie (0, 0). Skakel asseblief ligging aan en stuur die pen weer.
pin-swapped = Die pen se breedte- en lengtegraad is omgeruil. Stuur asseblief u ligging as 'n WhatsApp-pen.
place-link = Daardie skakel sê nie vir ons waar die plek is nie. Stuur asseblief 'n liggingspen (die skuifspeld of +, dan Ligging), of die koördinate, byvoorbeeld -26.333, 28.152.
place-code = Daardie kode het sy dorp nodig. Stuur dit asseblief saam met die dorp, byvoorbeeld "4QXC+2V Durban", of stuur 'n liggingspen (die skuifspeld of +, dan Ligging).
confirm-place = Bedoel u { $place }? Antwoord 1 vir ja, 2 vir nee.
choose-place = Watter plek bedoel u? Antwoord met die nommer in hierdie lys.
no-place = geen van hierdie nie
pin-range = Dit is geen plek op aarde nie. Stuur asseblief u ligging as 'n WhatsApp-pen.
pin-abroad = Daardie plek is buite Suid-Afrika; geen munisipaliteit kan daarheen gaan nie. Stuur asseblief 'n pen van die plek wat u bedoel.

cancelled = U verslag is gekanselleer. Dankie dat u ons laat weet het.
added = Dankie, ons het dit by { $n } gevoeg.
located = Dankie, ons het die plek by { $n } gevoeg.
relocated = Ons het die nuwe plek van { $n } aan die span gestuur; iemand sal daarna kyk.
status-of = { $n } ({ $category }): { $s }. Dit behoort teen { $deadline } opgelos te wees.
status-short = { $n } ({ $category }): { $s }.
status-waiting = U verslag wag vir die plek: stuur asseblief 'n liggingspen.
status-none = Ons ken geen verslag van u nie. Skryf wat verkeerd is en stuur 'n liggingspen.
number-unknown = Daar is geen verslag van u met daardie nommer nie.
number-mistyped = Daardie nommer is nie reg nie: gaan dit asseblief na en stuur dit weer.
number-near = Bedoel u { $n }? Antwoord 1 vir ja, 2 vir nee.
ask-wrong = Jammer. Wat is verkeerd? Antwoord 1 vir die plek, 2 vir die probleem, 3 om die verslag te kanselleer.
ask-right-place = Stuur asseblief 'n liggingspen van die regte plek vir { $n }.
ask-right-problem = Skryf asseblief in een sin wat die probleem van { $n } is.
ask-draft-place = Stuur asseblief 'n liggingspen van die regte plek.
ask-draft-problem = Skryf asseblief weer in een sin wat verkeerd is.
corrected = Dankie. Ons het dit aan die span van { $n } gestuur; iemand sal die verslag regmaak.
ask-same = Is dit dieselfde probleem as { $n }? Antwoord 1 vir ja, 2 vir nee.
which = Watter verslag bedoel u? Antwoord met die nommer in hierdie lys.
which-line = { $place }. { $n } ({ $category })
nothing-waiting = Geen verslag van u wag vir 'n antwoord nie. Skryf wat verkeerd is om iets nuuts aan te meld.

refused-unknown_ticket = Ons ken daardie verslag nie meer nie. Meld dit asseblief weer aan.
refused-too_late = Daardie verslag is te lank gelede gesluit. Meld dit asseblief weer aan.
refused-nothing_to_do = Daardie verslag is reeds so.
refused-other = Dit is nie nou met { $n } moontlik nie: dit is { $s }.

greeting = Goeiedag. Skryf wat verkeerd is en stuur 'n liggingspen: water, paaie, elektrisiteit, vullis, riolering of iets anders.
thanks = Dis 'n plesier.
chat = Hierdie diens neem verslae vir u munisipaliteit. Skryf wat verkeerd is en stuur 'n liggingspen.
privacy = Ons gebruik u nommer en wat u stuur net om u verslae te hanteer en u te antwoord. Net die mense wat daaraan werk lees dit. Hierdie gesprek word na { $days } stil dae uitgevee. Skryf STOP vir geen boodskappe meer. Vrae: u munisipaliteit se inligtingsbeampte.
privacy-private = Net die polisie lees wat u nou hier skryf, met u nommer sodat hulle u kan bereik. U munisipaliteit sien dit nie. As u vrae het, kan u { $numbers } bel. Skryf STOP vir geen boodskappe meer.
privacy-private-unnumbered = Net die polisie lees wat u nou hier skryf, met u nommer sodat hulle u kan bereik. U munisipaliteit sien dit nie. Vrae: vra asseblief die polisie. Skryf STOP vir geen boodskappe meer.
language-changed = Ons antwoord u van nou af in Afrikaans.
stopped = U sal geen boodskappe meer van ons kry nie. Skryf START om dit weer te kry.
started = U sal weer ons boodskappe kry.
slow-down = U skryf vinniger as wat ons kan antwoord. Ons lees alles wat u stuur en antwoord oor 'n minuut.
caught-up = Ons het alles gelees wat u geskryf het.
