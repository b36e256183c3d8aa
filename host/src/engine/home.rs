//! The way back from a provider library to the host that it belongs to, for operations that a provider starts.

use super::{Core, Host};
use omi::{Error, Result, ResultCode};
use std::sync::{Arc, OnceLock, Weak};

/// Leads to the host without keeping it alive. Libraries are made before their host, which moves in later.
#[derive(Clone, Default)]
pub(crate) struct Home(Arc<OnceLock<Weak<Core>>>);

impl Home {
    /// Says whose home this is. Once per home.
    pub(super) fn settle(&self, core: &Arc<Core>) {
        let _ = self.0.set(Arc::downgrade(core));
    }

    /// The host.
    ///
    /// # Errors
    /// FAILED while the host is still being made, SERVER_IS_SHUTTING_DOWN when it went away.
    pub(crate) fn host(&self) -> Result<Host> {
        let core = self.0.get().ok_or_else(|| Error::failed("the host is not ready for operations yet"))?;
        core.upgrade().map(|core| Host { core }).ok_or_else(|| Error::from_code(ResultCode::SERVER_IS_SHUTTING_DOWN))
    }

    /// Whether there was a host that went away.
    pub(crate) fn is_gone(&self) -> bool {
        self.0.get().is_some_and(|core| core.strong_count() == 0)
    }
}
