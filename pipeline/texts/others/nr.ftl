# isiNdebele. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Siyakuzwisisa, kodwana siphendula ngesiNgisi. Ungaragela phambili utlole ngesiNdebele.
greeting = Lotjhani. Tlola bona yini umraro bewuthumele iphini yendawo: amanzi, iindlela, igezi, iinzibi, amathoyilethi nanyana okhunye.
help = Ungafowuna nanyana kunini: { $numbers }. Ungaragela phambili utlole lapha. Nangabe mraro kamasipala phendula ngo-1.
help-unnumbered = Sibawa ufowunele amapholisa nangabe utlhoga isizo nje. Ungaragela phambili utlole lapha. Nangabe mraro kamasipala phendula ngo-1.
