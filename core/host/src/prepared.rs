//! A library that was read and checked, with its settings. Everything that can be refused without running the library is refused here.

use crate::error::HostError;
use crate::library;
use crate::library::SealedLibrary;
use crate::manifest::Manifest;
use crate::spec::InstanceSpec;
use std::sync::Arc;

/// A checked library with its settings; can be started any number of times.
#[derive(Clone)]
pub struct PreparedPlugin {
    /// Settings of the transport.
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
    /// Reads and checks the library, without running any code of it.
    ///
    /// # Errors
    /// If the file is not a plugin, not safe from others, of another version, or not the pinned one.
    pub fn read(spec: InstanceSpec) -> Result<Self, HostError> {
        let (library, manifest) = library::seal(&spec.library)?;
        library::check_digest(&spec.library, &manifest, spec.sha256)?;
        Ok(Self { spec, manifest: Arc::new(manifest), library: Arc::new(library) })
    }

    /// The plugin's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}
