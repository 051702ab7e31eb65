# Sepedi. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Re a go kwešiša, eupša re araba ka Seisemane. O ka tšwela pele go ngwala ka Sepedi.
greeting = Thobela. Ngwala gore bothata ke eng gomme o romele phini ya lefelo: meetse, ditsela, mohlagase, ditlakala, kelelatšhila goba tše dingwe.
help = O ka letša nako efe goba efe: { $numbers }. O ka tšwela pele go ngwala mo. Ge e le bothata bja mmasepala araba ka 1.
help-unnumbered = Hle letšetša maphodisa ge o nyaka thušo bjale. O ka tšwela pele go ngwala mo. Ge e le bothata bja mmasepala araba ka 1.
