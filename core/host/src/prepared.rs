//! A library that was read and checked, with its settings. Everything that can be refused without running the library is refused here.

use crate::confinement::Grant;
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
    pub(crate) grant: Grant,
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
    /// If the file is not a plugin, not safe from others, of another version, or not the pinned one; or if the settings name a path that is not granted.
    pub fn read(spec: InstanceSpec) -> Result<Self, HostError> {
        let (library, manifest) = library::seal(&spec.library)?;
        library::check_digest(&spec.library, &manifest, spec.sha256)?;
        let grant = Grant::resolve(&manifest, &spec.config, &spec.state_dir, &spec.protected)
            .map_err(|fault| HostError::Grant { name: spec.name.clone(), setting: fault.setting(), why: fault.why })?
            .with_state_limit(spec.state_limit)
            .with_landlock_optional(spec.without_landlock);
        Ok(Self { spec, manifest: Arc::new(manifest), library: Arc::new(library), grant })
    }

    /// What the plugin may use, as it was resolved from its settings.
    #[must_use]
    pub const fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The plugin's manifest.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }
}
