# Sesotho. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Re a o utlwisisa, empa re araba ka Senyesemane. O ka tswela pele ho ngola ka Sesotho.
greeting = Dumela. Ngola hore bothata ke bofe mme o romele phini ya sebaka: metsi, ditsela, motlakase, ditshila, matlwana kapa tse ding.
help = O ka letsa nako efe kapa efe: { $numbers }. O ka tswela pele ho ngola mona. Haeba ke bothata ba masepala araba ka 1.
help-unnumbered = Ka kopo letsetsa mapolesa haeba o hloka thuso jwale. O ka tswela pele ho ngola mona. Haeba ke bothata ba masepala araba ka 1.
held-waiting_for_resident = Tsebiso ka { $n }: re hloka karabo ya hao pele re ka tswela pele. Ka kopo araba mona. Re tla ema ho fihlela { $deadline }.
held-waiting_for_parts = Tsebiso ka { $n }: mosebetsi o emetse dikarolo tseo re di odarileng. Re tla tswela pele pele ho { $deadline }.
held-other_body = Tsebiso ka { $n }: mokgatlo o mong o tlameha ho etsa karolo ya wona pele. Re tla sheba hape pele ho { $deadline }.
held-weather = Tsebiso ka { $n }: boemo ba lehodimo ha bo dumelle mosebetsi hona jwale. Re tla tswela pele pele ho { $deadline }.
held-outage = Tsebiso ka { $n }: mosebetsi o emisitswe ke ho kgaoha ha tshebeletso. Re tla tswela pele pele ho { $deadline }.
