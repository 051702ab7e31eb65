# Tshivenda. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Ri a ni pfesesa, fhedzi ri fhindula nga English. Ni nga bvela phanda na u ṅwala nga Tshivenda.
greeting = Ndaa. Ṅwalani uri thaidzo ndi mini ni rumele phini ya fhethu: maḓi, bada, muḓagasi, malaṱwa, mabunga kana zwiṅwe.
help = Ni nga founa tshifhinga tshiṅwe na tshiṅwe: { $numbers }. Ni nga bvela phanda na u ṅwala fhano. Arali i thaidzo ya masipala fhindulani nga 1.
help-unnumbered = Ri humbela ni founele mapholisa arali ni tshi ṱoḓa thuso zwino. Ni nga bvela phanda na u ṅwala fhano. Arali i thaidzo ya masipala fhindulani nga 1.
held-waiting_for_resident = Ndivhadzo nga ha { $n }: ri ṱoḓa phindulo yaṋu phanḓa ha musi ri tshi bvela phanḓa. Ri humbela ni fhindule afha. Ri ḓo lindela u swika { $deadline }.
held-waiting_for_parts = Ndivhadzo nga ha { $n }: mushumo wo lindela zwipiḓa zwe ra zwi oda. Ri ḓo bvela phanḓa hu sa athu fhira { $deadline }.
held-other_body = Ndivhadzo nga ha { $n }: tshiṅwe tshiimiswa tshi tea u ita tshipiḓa tshatsho u thoma. Ri ḓo sedza hafhu hu sa athu fhira { $deadline }.
held-weather = Ndivhadzo nga ha { $n }: mutsho a u tendeli mushumo zwino. Ri ḓo bvela phanḓa hu sa athu fhira { $deadline }.
held-outage = Ndivhadzo nga ha { $n }: mushumo wo imiswa nga u thithisea ha tshumelo. Ri ḓo bvela phanḓa hu sa athu fhira { $deadline }.
