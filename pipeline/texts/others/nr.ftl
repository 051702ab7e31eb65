# isiNdebele. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Siyakuzwisisa, kodwana siphendula ngesiNgisi. Ungaragela phambili utlole ngesiNdebele.
greeting = Lotjhani. Tlola bona yini umraro bewuthumele iphini yendawo: amanzi, iindlela, igezi, iinzibi, amathoyilethi nanyana okhunye.
help = Ungafowuna nanyana kunini: { $numbers }. Ungaragela phambili utlole lapha. Nangabe mraro kamasipala phendula ngo-1.
help-unnumbered = Sibawa ufowunele amapholisa nangabe utlhoga isizo nje. Ungaragela phambili utlole lapha. Nangabe mraro kamasipala phendula ngo-1.
held-waiting_for_resident = Isibuyekezo se-{ $n }: sifuna ipendulo yakho ngaphambi kokuthi siragele phambili. Sibawa uphendule lapha. Sizokulinda bekube ngu-{ $deadline }.
held-waiting_for_parts = Isibuyekezo se-{ $n }: umsebenzi ulinde iingcenye esizi-odereko. Sizokuragela phambili ngaphambi kwaka-{ $deadline }.
held-other_body = Isibuyekezo se-{ $n }: enye ihlangano kufuze yenze ingcenye yayo kokuthoma. Sizokuqala godu ngaphambi kwaka-{ $deadline }.
held-weather = Isibuyekezo se-{ $n }: ubujamo bezulu abuvumeli umsebenzi nje. Sizokuragela phambili ngaphambi kwaka-{ $deadline }.
held-outage = Isibuyekezo se-{ $n }: umsebenzi ujanyisiwe ngebanga lokuphazamiseka kwesevisi. Sizokuragela phambili ngaphambi kwaka-{ $deadline }.
