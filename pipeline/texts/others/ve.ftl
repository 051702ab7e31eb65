# Tshivenda. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Ri a ni pfesesa, fhedzi ri fhindula nga English. Ni nga bvela phanda na u ṅwala nga Tshivenda.
greeting = Ndaa. Ṅwalani uri thaidzo ndi mini ni rumele phini ya fhethu: maḓi, bada, muḓagasi, malaṱwa, mabunga kana zwiṅwe.
help = Ni nga founa tshifhinga tshiṅwe na tshiṅwe: { $numbers }. Ni nga bvela phanda na u ṅwala fhano. Arali i thaidzo ya masipala fhindulani nga 1.
help-unnumbered = Ri humbela ni founele mapholisa arali ni tshi ṱoḓa thuso zwino. Ni nga bvela phanda na u ṅwala fhano. Arali i thaidzo ya masipala fhindulani nga 1.
