//! A library that was read and checked, with the settings that it is to run with: whatever can be refused without running it is refused here.

use crate::instance::{EventHandler, InstanceSpec, TransportInstance};
use crate::library::SealedLibrary;
use crate::{HostError, Manifest, library};
use std::sync::Arc;

/// Ready to be started, as often as it takes.
#[derive(Clone)]
pub struct PreparedPlugin {
    /// What it is started with.
    pub spec: InstanceSpec,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) library: Arc<SealedLibrary>,
}

impl std::fmt::Debug for PreparedPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedPlugin").field("spec", &self.spec).finish_non_exhaustive()
    }
}

impl PreparedPlugin {
    /// Reads the library and checks it. Nothing of it is run.
    ///
    /// # Errors
    /// If it is no plugin of this system, or not the pinned one.
    pub fn read(spec: InstanceSpec) -> Result<Self, HostError> {
        let (library, manifest) = library::seal(&spec.library)?;
        library::check_digest(&spec.library, &manifest, spec.sha256)?;
        Ok(Self { spec, manifest: Arc::new(manifest), library: Arc::new(library) })
    }

    /// What the plugin says of itself.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Starts it: see [`TransportInstance::start`].
    ///
    /// # Errors
    /// With the plugin's own words if it refuses its settings.
    pub fn start(self, events: EventHandler) -> Result<TransportInstance, HostError> {
        TransportInstance::of(self, events)
    }
}
