# isiXhosa. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Siyakuqonda, kodwa siphendula ngesiNgesi. Ungaqhubeka ubhale ngesiXhosa.
greeting = Molo. Bhala ukuba yintoni ingxaki uze uthumele iphini yendawo: amanzi, iindlela, umbane, inkunkuma, ugutyulo okanye enye into.
help = Ungatsalela umnxeba nanini na: { $numbers }. Ungaqhubeka ubhale apha. Ukuba yingxaki kamasipala phendula ngo-1.
help-unnumbered = Nceda utsalele amapolisa umnxeba ukuba ufuna uncedo ngoku. Ungaqhubeka ubhale apha. Ukuba yingxaki kamasipala phendula ngo-1.
