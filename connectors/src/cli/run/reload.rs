//! How a part that starts again gets the present settings.

use std::sync::Arc;

use connectors::config::{Config, ConfigErrors};

/// Reads the configuration again from its sources.
pub type Reload = Arc<dyn Fn() -> Result<Config, ConfigErrors> + Send + Sync>;
