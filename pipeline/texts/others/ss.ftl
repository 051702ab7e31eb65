# siSwati. Residents who write it are answered in English; these are the first texts that they need.
answered-in-english = Siyakuva, kodvwa siphendvula ngesiNgisi. Ungachubeka ubhale ngesiSwati.
greeting = Sawubona. Bhala kutsi yini inkinga bese utfumela iphini yendzawo: emanti, imigwaco, gezi, tibi, tindlu tangasese nobe lokunye.
help = Ungashayela noma nini: { $numbers }. Ungachubeka ubhale lapha. Nangabe kuyinkinga yamasipala phendvula nga-1.
help-unnumbered = Sicela ushayele emaphoyisa nangabe udzinga lusito nyalo. Ungachubeka ubhale lapha. Nangabe kuyinkinga yamasipala phendvula nga-1.
held-waiting_for_resident = Sibuyeketo se-{ $n }: sidzinga imphendvulo yakho ngaphambi kwekutsi sichubeke. Sicela uphendvule lapha. Sitawulindza kute kube ngu-{ $deadline }.
held-waiting_for_parts = Sibuyeketo se-{ $n }: umsebenti ulindze tincenye lesiti-odile. Sitawuchubeka ngaphambi kwa-{ $deadline }.
held-other_body = Sibuyeketo se-{ $n }: lenye inhlangano kufanele yente incenye yayo kucala. Sitawubuka futsi ngaphambi kwa-{ $deadline }.
held-weather = Sibuyeketo se-{ $n }: simo selitulu asivumeli umsebenti nyalo. Sitawuchubeka ngaphambi kwa-{ $deadline }.
held-outage = Sibuyeketo se-{ $n }: umsebenti umisiwe ngenca yekuphatamiseka kwelusito. Sitawuchubeka ngaphambi kwa-{ $deadline }.
