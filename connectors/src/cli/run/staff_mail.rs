//! The part `staff-mail`: e-mail to staff.

use connectors::health::PartHealth;
use connectors::metrics::StaffMailMetrics;
use connectors::postgis;
use connectors::staff_mail::{self, StaffMailSettings};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::reload::Reload;
use super::stopped;

/// Connections: one mail is sent after the other.
const CONNECTIONS: u32 = 2;

/// Tells staff by e-mail until it fails or is asked to stop. `reload` reads the settings, whose passwords may
/// have changed since the process was started.
pub(super) fn run(
    reload: &Reload,
    runtime: &Handle,
    metrics: StaffMailMetrics,
    stopping: watch::Receiver<bool>,
    health: PartHealth,
) -> anyhow::Result<()> {
    let config = reload()?;
    let settings = {
        let _on_this_runtime = runtime.enter();
        StaffMailSettings {
            pool: postgis::connect(config.require_staff_mail_database_url()?.with_password(), CONNECTIONS)?,
            server: config.require_smtp_url()?.clone(),
            from: config.require_staff_mail_from()?.clone(),
            desk_url: config.require_desk_url()?.clone(),
        }
    };
    let pools = [settings.pool.clone()];
    runtime.block_on(async {
        tokio::select! {
            ended = staff_mail::run(settings, metrics, health, stopped(stopping)) => Ok(ended?),
            // The password may have been changed: it is read again when the part is started again.
            refused = postgis::login_refused(&pools) => Err(refused.into()),
        }
    })
}
