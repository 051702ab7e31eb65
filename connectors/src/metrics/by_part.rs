//! The metrics of each part, by its lane.

use topics::values::lane::Lane;

use super::{
    ChainMetrics, Metrics, OpenChain, PartMetrics, SinkMetrics, StaffMailMetrics, TwilioMetrics, Vitals,
    WhatsappMetrics,
};

impl Metrics {
    /// The metrics of a part under supervision, in every lane.
    pub fn part(&self, part: &str) -> PartMetrics {
        PartMetrics::new(self.clone(), part)
    }

    /// The metrics of a chain's runner.
    pub fn chain(&self, chain: &str, lane: Lane) -> ChainMetrics {
        let vitals = self.vitals(chain);
        match lane {
            Lane::Protected => ChainMetrics::Protected(vitals),
            Lane::Intake | Lane::Municipal => {
                ChainMetrics::Open(Box::new(OpenChain::new(self, chain, lane, vitals)))
            }
        }
    }

    /// The metrics of a sink.
    pub fn sink(&self, sink: &str, lane: Lane) -> SinkMetrics {
        SinkMetrics::new(
            self.vitals(sink),
            (lane != Lane::Protected).then(|| (self.clone(), sink.to_owned())),
        )
    }

    /// The metrics of the calls to Twilio.
    pub fn twilio(&self, lane: Lane) -> TwilioMetrics {
        TwilioMetrics::new((lane != Lane::Protected).then(|| self.clone()))
    }

    /// The metrics of the webhooks.
    pub fn whatsapp(&self) -> WhatsappMetrics {
        WhatsappMetrics::new(self.clone())
    }

    /// The metrics of e-mail to staff.
    pub fn staff_mail(&self) -> StaffMailMetrics {
        StaffMailMetrics::new(self.vitals("staff-mail"), self.clone())
    }

    fn vitals(&self, part: &str) -> Vitals {
        Vitals::new(self.0.up.with_label_values(&[part]), self.0.oldest_age.with_label_values(&[part]))
    }
}
