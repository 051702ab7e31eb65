# isiZulu.
reply = Mayelana nombiko wakho { $n }: { $text }
update = Isibuyekezo se-{ $n }: Umbiko wakho manje { $s }.

status-open = yamukelwe futhi ibhekwa
status-in_progress = kuyasebenzelwa
status-escalated = idluliselwe ethimini eliphezulu
status-resolved = ixazululiwe - sicela uqinisekise
status-closed = ivaliwe

category-water = amanzi
category-roads = imigwaqo
category-electricity = ugesi
category-waste = udoti
category-sanitation = indle
category-other = okunye

moment = { $day } { $month } { $year } ngo-{ $time }
month-1 = Januwari
month-2 = Febhuwari
month-3 = Mashi
month-4 = Ephreli
month-5 = Meyi
month-6 = Juni
month-7 = Julayi
month-8 = Agasti
month-9 = Septhemba
month-10 = Okthoba
month-11 = Novemba
month-12 = Disemba

opened = Siyabonga. Umbiko wakho ({ $category }) unenombolo { $n }. Kufanele uxazululwe ngaphambi komhla ka-{ $deadline }.
opened-unlocated = Asikayazi indawo okwamanje: sicela uthumele iphini lendawo.
opened-referred = Siyabonga. Umbiko wakho ({ $category }) unenombolo { $n }. Le ndawo ingaphansi kwe-{ $municipality }, engakasebenzi nathi: sicela uwubike nakubo.
emergency = Usengozini manje? Shayela { $numbers }.
service-police = amaphoyisa { $number }
service-fire_ambulance = abacisha umlilo ne-ambulensi { $number }
service-gbv = { $number }
help = Ungashayela noma nini: { $numbers }. Ungaqhubeka ubhale lapha. Uma kuyinkinga kamasipala phendula ngo-1.
help-unnumbered = Sicela ushayele amaphoyisa uma udinga usizo manje. Ungaqhubeka ubhale lapha. Uma kuyinkinga kamasipala phendula ngo-1.
choice = Uma udinga usizo manje ungashayela { $numbers }. Umlayezo wakho umayelana nani? Phendula ngo-1 uma kuyinkinga kamasipala, ngo-2 uma kuyindaba yangasese.
choice-unnumbered = Umlayezo wakho umayelana nani? Phendula ngo-1 uma kuyinkinga kamasipala, ngo-2 uma kuyindaba yangasese.

ask-place = Siyabonga. Kukuphi? Sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
ask-place-again = Sisadinga indawo yombiko wakho: sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
ask-place-follow-up = Lowo mbiko wavalwa kudala, ngakho lona ngumbiko omusha. Kukuphi? Sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
ask-what = Siyabonga. Yini inkinga lapho? Sicela uyibhale ngomusho owodwa.
voice-menu = Umuntu uzolalela umyalezo wakho wezwi, kodwa kuzothatha isikhathi. Ukuze ubike inkinga manje, phendula ngenombolo: { $choices }. Noma uyibhale ngomusho owodwa.
voice-kept = Umuntu uzolalela umyalezo wakho wezwi, kodwa kuzothatha isikhathi.
ask-more = Asiqondanga. Sicela ubhale ukuthi yini inkinga, isibonelo: "amanzi ayavuza emgwaqweni wethu".
pin-no_fix = Ifoni yakho ayithumelanga indawo (0, 0). Sicela uvule indawo bese uthumela iphini futhi.
pin-swapped = Iphini linezinombolo eziphambene. Sicela uthumele indawo yakho njengephini le-WhatsApp.
place-link = Leso sixhumanisi asisitsheli ukuthi kukuphi. Sicela uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo), noma izinombolo zendawo, isibonelo -26.333, 28.152.
place-code = Leyo khodi idinga igama ledolobha. Sicela uyithumele kanye nedolobha, isibonelo "4QXC+2V Durban", noma uthumele iphini lendawo (cindezela isiqhano noma u-+, bese ukhetha Indawo).
confirm-place = Ingabe usho { $place }? Phendula u-1 uma kunjalo, u-2 uma kungenjalo.
choose-place = Usho iyiphi indawo? Phendula ngenombolo yayo kulolu hlu.
no-place = ayikho kulezi
pin-range = Leyo ndawo ayikho emhlabeni. Sicela uthumele indawo yakho njengephini le-WhatsApp.
pin-abroad = Leyo ndawo ingaphandle kweNingizimu Afrika, awukho umasipala ongaya khona. Sicela uthumele iphini lendawo oyishoyo.

cancelled = Umbiko wakho ukhanseliwe. Siyabonga ngokusazisa.
added = Siyabonga, sikufakile ku-{ $n }.
located = Siyabonga, sifake indawo ku-{ $n }.
relocated = Siyidlulisele ethimini indawo entsha ye-{ $n }; umuntu uzoyibheka.
status-of = { $n } ({ $category }): { $s }. Kufanele uxazululwe ngaphambi komhla ka-{ $deadline }.
status-short = { $n } ({ $category }): { $s }.
status-waiting = Umbiko wakho ulinde indawo: sicela uthumele iphini lendawo.
status-none = Awukho umbiko wakho esiwaziyo. Bhala ukuthi yini inkinga bese uthumela iphini lendawo.
number-unknown = Awukho umbiko wakho onaleyo nombolo.
number-mistyped = Leyo nombolo ayilungile: sicela uyihlole uyithumele futhi.
number-near = Usho u-{ $n }? Phendula ngo-1 uma uthi yebo, ngo-2 uma uthi cha.
ask-wrong = Uxolo. Yini engalungile? Phendula ngo-1 uma kuyindawo, ngo-2 uma kuyinkinga, ngo-3 ukuze ukhansele umbiko.
ask-right-place = Sicela uthumele iphini lendawo efanele ye-{ $n }.
ask-right-problem = Sicela ubhale ngomusho owodwa ukuthi yini inkinga ye-{ $n }.
ask-draft-place = Sicela uthumele iphini lendawo efanele.
ask-draft-problem = Sicela uphinde ubhale ngomusho owodwa ukuthi yini inkinga.
corrected = Siyabonga. Sikudlulisele ethimini le-{ $n }; umuntu uzolungisa umbiko.
ask-same = Ingabe iyinkinga efana no-{ $n }? Phendula ngo-1 uma uthi yebo, ngo-2 uma uthi cha.
which = Usho muphi umbiko? Phendula ngenombolo ekulolu hlu.
which-line = { $place }. { $n } ({ $category })
nothing-waiting = Awukho umbiko wakho olinde impendulo. Bhala ukuthi yini inkinga ukuze ubike okusha.

refused-unknown_ticket = Asisawazi lowo mbiko. Sicela uwubike futhi.
refused-too_late = Lowo mbiko wavalwa kudala. Sicela uwubike futhi.
refused-nothing_to_do = Lowo mbiko usunjalo kakade.
refused-other = Lokho akwenzeki ku-{ $n } manje: { $s }.

greeting = Sawubona. Bhala ukuthi yini inkinga bese uthumela iphini lendawo: amanzi, imigwaqo, ugesi, udoti, indle noma okunye.
thanks = Wamukelekile.
chat = Le nsizakalo yamukela imibiko kamasipala wakho. Bhala ukuthi yini inkinga bese uthumela iphini lendawo.
privacy = Sisebenzisa inombolo yakho nalokho okuthumelayo ukuze sisebenze ngemibiko yakho futhi sikuphendule kuphela. Kufundwa abasebenza ngayo kuphela. Le ngxoxo isulwa emva kwezinsuku ezingu-{ $days } uthule. Bhala STOP ukuze ungatholi milayezo. Imibuzo: ihhovisi lolwazi likamasipala.
privacy-private = Amaphoyisa kuphela afunda okubhala lapha manje, nenombolo yakho ukuze akuthole. Umasipala akakuboni. Uma unemibuzo ungashayela { $numbers }. Bhala STOP ukuze ungatholi milayezo.
privacy-private-unnumbered = Amaphoyisa kuphela afunda okubhala lapha manje, nenombolo yakho ukuze akuthole. Umasipala akakuboni. Imibuzo: sicela ubuze amaphoyisa. Bhala STOP ukuze ungatholi milayezo.
language-changed = Kusukela manje sizokuphendula ngesiZulu.
stopped = Ngeke usathola imilayezo yethu. Bhala START ukuze uyithole futhi.
started = Uzothola imilayezo yethu futhi.
slow-down = Ubhala ngokushesha kunokuba siphendula. Sifunda konke okuthumelayo, sizophendula emva komzuzu.
caught-up = Sikufundile konke okubhalile.
