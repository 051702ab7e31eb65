# Xitsonga. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Ha ku twisisa, kambe hi hlamula hi Xinghezi. U nga yisa emahlweni u tsala hi Xitsonga.
greeting = Avuxeni. Tsala leswaku xiphiqo i yini u rhumela phini ya ndhawu: mati, magondzo, gezi, thyaka, swihambukelo kumbe swin'wana.
help = U nga fona nkarhi wihi na wihi: { $numbers }. U nga yisa emahlweni u tsala laha. Loko ku ri xiphiqo xa masipala hlamula hi 1.
help-unnumbered = Hi kombela u fonela maphorisa loko u lava mpfuno sweswi. U nga yisa emahlweni u tsala laha. Loko ku ri xiphiqo xa masipala hlamula hi 1.
held-waiting_for_resident = Xitiviso hi { $n }: hi lava nhlamulo ya wena hi nga si ya emahlweni. Hi kombela u hlamula laha. Hi ta yima ku fikela { $deadline }.
held-waiting_for_parts = Xitiviso hi { $n }: ntirho wu yimele swiphemu leswi hi swi odeke. Hi ta ya emahlweni ku nga si hela { $deadline }.
held-other_body = Xitiviso hi { $n }: nhlangano wun'wana wu fanele wu endla xiphemu xa wona ku sungula. Hi ta languta nakambe ku nga si hela { $deadline }.
held-weather = Xitiviso hi { $n }: maxelo a ma pfumeleli ntirho sweswi. Hi ta ya emahlweni ku nga si hela { $deadline }.
held-outage = Xitiviso hi { $n }: ntirho wu yimisiwile hikwalaho ka ku kavanyeteka ka vukorhokeri. Hi ta ya emahlweni ku nga si hela { $deadline }.
