# Setswana. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Re a go tlhaloganya, mme re araba ka Seesimane. O ka tswelela go kwala ka Setswana.
greeting = Dumela. Kwala gore bothata ke eng mme o romele phini ya lefelo: metsi, ditsela, motlakase, matlakala, kgeleloleswe kapa tse dingwe.
help = O ka letsa nako nngwe le nngwe: { $numbers }. O ka tswelela go kwala fano. Fa e le bothata jwa mmasepala araba ka 1.
help-unnumbered = Tsweetswee leletsa mapodisi fa o tlhoka thuso jaanong. O ka tswelela go kwala fano. Fa e le bothata jwa mmasepala araba ka 1.
held-waiting_for_resident = Kitsiso ka { $n }: re tlhoka karabo ya gago pele re ka tswelela. Tsweetswee araba fano. Re tla leta go fitlha { $deadline }.
held-waiting_for_parts = Kitsiso ka { $n }: tiro e emetse dikarolo tse re di odileng. Re tla tswelela pele ga { $deadline }.
held-other_body = Kitsiso ka { $n }: mokgatlho o mongwe o tshwanetse go dira karolo ya one pele. Re tla lekola gape pele ga { $deadline }.
held-weather = Kitsiso ka { $n }: maemo a bosa ga a letle tiro jaanong. Re tla tswelela pele ga { $deadline }.
held-outage = Kitsiso ka { $n }: tiro e emisitswe ke go kgaoga ga tirelo. Re tla tswelela pele ga { $deadline }.
