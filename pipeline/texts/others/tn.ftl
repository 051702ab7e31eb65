# Setswana. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Re a go tlhaloganya, mme re araba ka Seesimane. O ka tswelela go kwala ka Setswana.
greeting = Dumela. Kwala gore bothata ke eng mme o romele phini ya lefelo: metsi, ditsela, motlakase, matlakala, kgeleloleswe kapa tse dingwe.
help = O ka letsa nako nngwe le nngwe: { $numbers }. O ka tswelela go kwala fano. Fa e le bothata jwa mmasepala araba ka 1.
help-unnumbered = Tsweetswee leletsa mapodisi fa o tlhoka thuso jaanong. O ka tswelela go kwala fano. Fa e le bothata jwa mmasepala araba ka 1.
