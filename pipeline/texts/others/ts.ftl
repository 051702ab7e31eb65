# Xitsonga. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Ha ku twisisa, kambe hi hlamula hi Xinghezi. U nga yisa emahlweni u tsala hi Xitsonga.
greeting = Avuxeni. Tsala leswaku xiphiqo i yini u rhumela phini ya ndhawu: mati, magondzo, gezi, thyaka, swihambukelo kumbe swin'wana.
help = U nga fona nkarhi wihi na wihi: { $numbers }. U nga yisa emahlweni u tsala laha. Loko ku ri xiphiqo xa masipala hlamula hi 1.
help-unnumbered = Hi kombela u fonela maphorisa loko u lava mpfuno sweswi. U nga yisa emahlweni u tsala laha. Loko ku ri xiphiqo xa masipala hlamula hi 1.
