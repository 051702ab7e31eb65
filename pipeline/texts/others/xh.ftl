# isiXhosa. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Siyakuqonda, kodwa siphendula ngesiNgesi. Ungaqhubeka ubhale ngesiXhosa.
greeting = Molo. Bhala ukuba yintoni ingxaki uze uthumele iphini yendawo: amanzi, iindlela, umbane, inkunkuma, ugutyulo okanye enye into.
help = Ungatsalela umnxeba nanini na: { $numbers }. Ungaqhubeka ubhale apha. Ukuba yingxaki kamasipala phendula ngo-1.
help-unnumbered = Nceda utsalele amapolisa umnxeba ukuba ufuna uncedo ngoku. Ungaqhubeka ubhale apha. Ukuba yingxaki kamasipala phendula ngo-1.
held-waiting_for_resident = Uhlaziyo lwe-{ $n }: sifuna impendulo yakho phambi kokuba siqhubeke. Nceda uphendule apha. Siza kulinda kude kube { $deadline }.
held-waiting_for_parts = Uhlaziyo lwe-{ $n }: umsebenzi ulinde iinxalenye esizi-odolileyo. Siza kuqhubeka ungekadluli u-{ $deadline }.
held-other_body = Uhlaziyo lwe-{ $n }: omnye umbutho kufuneka wenze inxalenye yawo kuqala. Siza kujonga kwakhona ungekadluli u-{ $deadline }.
held-weather = Uhlaziyo lwe-{ $n }: imozulu ayiwuvumeli umsebenzi ngoku. Siza kuqhubeka ungekadluli u-{ $deadline }.
held-outage = Uhlaziyo lwe-{ $n }: umsebenzi umisiwe ngenxa yokuphazamiseka kwenkonzo. Siza kuqhubeka ungekadluli u-{ $deadline }.
