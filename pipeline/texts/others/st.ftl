# Sesotho. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Re a o utlwisisa, empa re araba ka Senyesemane. O ka tswela pele ho ngola ka Sesotho.
greeting = Dumela. Ngola hore bothata ke bofe mme o romele phini ya sebaka: metsi, ditsela, motlakase, ditshila, matlwana kapa tse ding.
help = O ka letsa nako efe kapa efe: { $numbers }. O ka tswela pele ho ngola mona. Haeba ke bothata ba masepala araba ka 1.
help-unnumbered = Ka kopo letsetsa mapolesa haeba o hloka thuso jwale. O ka tswela pele ho ngola mona. Haeba ke bothata ba masepala araba ka 1.
