# siSwati. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Siyakuva, kodvwa siphendvula ngesiNgisi. Ungachubeka ubhale ngesiSwati.
greeting = Sawubona. Bhala kutsi yini inkinga bese utfumela iphini yendzawo: emanti, imigwaco, gezi, tibi, tindlu tangasese nobe lokunye.
help = Ungashayela noma nini: { $numbers }. Ungachubeka ubhale lapha. Nangabe kuyinkinga yamasipala phendvula nga-1.
help-unnumbered = Sicela ushayele emaphoyisa nangabe udzinga lusito nyalo. Ungachubeka ubhale lapha. Nangabe kuyinkinga yamasipala phendvula nga-1.
