# Sepedi. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Re a go kwešiša, eupša re araba ka Seisemane. O ka tšwela pele go ngwala ka Sepedi.
greeting = Thobela. Ngwala gore bothata ke eng gomme o romele phini ya lefelo: meetse, ditsela, mohlagase, ditlakala, kelelatšhila goba tše dingwe.
help = O ka letša nako efe goba efe: { $numbers }. O ka tšwela pele go ngwala mo. Ge e le bothata bja mmasepala araba ka 1.
help-unnumbered = Hle letšetša maphodisa ge o nyaka thušo bjale. O ka tšwela pele go ngwala mo. Ge e le bothata bja mmasepala araba ka 1.
held-waiting_for_resident = Tsebišo ka { $n }: re hloka karabo ya gago pele re ka tšwela pele. Hle araba mo. Re tla leta go fihla { $deadline }.
held-waiting_for_parts = Tsebišo ka { $n }: mošomo o letetše dikarolo tšeo re di otarilego. Re tla tšwela pele pele ga { $deadline }.
held-other_body = Tsebišo ka { $n }: mokgatlo o mongwe o swanetše go dira karolo ya wona pele. Re tla lekola gape pele ga { $deadline }.
held-weather = Tsebišo ka { $n }: boso ga bo dumelele mošomo gonabjale. Re tla tšwela pele pele ga { $deadline }.
held-outage = Tsebišo ka { $n }: mošomo o emišitšwe ke go kgaolwa ga tirelo. Re tla tšwela pele pele ga { $deadline }.
