//! The client that creates, compares and changes topics.

use rdkafka::admin::AdminClient;
use rdkafka::client::DefaultClientContext;

use crate::kafka::{Installation, LogError};

pub(super) fn client(installation: &Installation) -> Result<AdminClient<DefaultClientContext>, LogError> {
    installation.client().create().map_err(LogError::client("making an admin client"))
}
