//! A library that was read and checked, with its settings. Everything that can be refused without running the library is refused here.

use crate::confinement::Grant;
use crate::error::HostError;
use crate::library::SealedLibrary;
use crate::manifest::Manifest;
use crate::spec::InstanceSpec;
use crate::{last_manifest, library};
use rundruf_lang::{Message, msg};
use std::sync::{Arc, OnceLock};

/// A library with its settings; can be started any number of times.
#[derive(Clone)]
pub struct PreparedPlugin {
    /// Settings of the transport.
    pub spec: InstanceSpec,
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) library: Arc<PluginLibrary>,
    pub(crate) grant: Grant,
    /// It is opened for its set-up alone.
    is_setup: bool,
}

impl std::fmt::Debug for PreparedPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PreparedPlugin").field("spec", &self.spec).finish_non_exhaustive()
    }
}

/// The library of a transport: read and checked, or read again at each start until it can be used.
pub(crate) struct PluginLibrary {
    sealed: OnceLock<SealedLibrary>,
    /// Why it could not be used when the settings came into force.
    fault: Option<Message>,
    /// The manifest by which the settings were checked, as JSON. A library with another one must wait until they are checked by it.
    manifest: Option<Vec<u8>>,
}

impl PluginLibrary {
    /// A library that was read, with its manifest as JSON.
    pub(crate) fn read(sealed: SealedLibrary, json: Vec<u8>) -> Self {
        Self { sealed: OnceLock::from(sealed), fault: None, manifest: Some(json) }
    }

    /// The library.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(crate) fn get(&self, spec: &InstanceSpec) -> Result<&SealedLibrary, HostError> {
        if let Some(sealed) = self.sealed.get() {
            return Ok(sealed);
        }
        let failed = |why: Message| HostError::Open { name: spec.name.clone(), why };
        let read = library::seal(&spec.library).and_then(|(library, manifest, json)| {
            library::check_digest(&spec.library, &manifest, spec.sha256)?;
            Ok((library, json))
        });
        match (read, &self.fault) {
            (Ok((library, json)), _) if self.manifest.as_ref() == Some(&json) => {
                Ok(self.sealed.get_or_init(move || library))
            }
            (Ok(_), _) => Err(failed(msg!("host-library-waits-for-reload"))),
            // What was found with the settings says more than that there is no file at one of the places that were searched.
            (Err(HostError::Read { .. }), Some(fault)) => Err(failed(fault.clone())),
            (Err(error), _) => Err(failed(error.with_cause())),
        }
    }
}

impl PreparedPlugin {
    /// Reads and checks the library, without running any code of it.
    ///
    /// # Errors
    /// If the file is not a plugin, not safe from others, of another version, or not the pinned one; or if the settings name a path that is not granted.
    pub fn read(spec: InstanceSpec) -> Result<Self, HostError> {
        let (sealed, manifest, json) = library::seal(&spec.library)?;
        library::check_digest(&spec.library, &manifest, spec.sha256)?;
        let grant = grant(&spec, &manifest)?;
        let library = Arc::new(PluginLibrary::read(sealed, json));
        Ok(Self { spec, manifest: Arc::new(manifest), library, grant, is_setup: false })
    }

    /// A transport whose library cannot be used now. When it is launched it is down for this reason, and the library is read again at each attempt.
    /// Its manifest is that of its last start ([`remember`](Self::remember)); without one, nobody knows which addresses it reaches.
    #[must_use]
    pub fn unusable(spec: InstanceSpec, why: Message) -> Self {
        let last = last_manifest::read(&spec.state_dir).and_then(|(json, manifest)| {
            let grant = grant(&spec, &manifest).ok()?;
            Some((json, manifest, grant))
        });
        let (json, manifest, grant) = match last {
            Some((json, manifest, grant)) => (Some(json), manifest, grant),
            None => (None, Manifest::unknown(&spec.library), Grant::default()),
        };
        let library = PluginLibrary { sealed: OnceLock::new(), fault: Some(why), manifest: json };
        Self { spec, manifest: Arc::new(manifest), library: Arc::new(library), grant, is_setup: false }
    }

    /// Opens the plugin for its set-up alone.
    #[must_use]
    pub fn for_setup(self) -> Self {
        Self { is_setup: true, ..self }
    }

    /// Flags of `OpenArgs`.
    pub(crate) const fn open_flags(&self) -> u32 {
        if self.is_setup { rundruf_abi::OpenArgs::SETUP } else { 0 }
    }

    /// Why the library could not be used when it was to be read, if so.
    #[must_use]
    pub fn fault(&self) -> Option<&Message> {
        self.library.fault.as_ref()
    }

    /// SHA-256 of the library; `None` while it cannot be used.
    #[must_use]
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.library.sealed.get().map(|sealed| sealed.digest)
    }

    /// Writes the manifest down beside the state folder, for a start without the library.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn remember(&self) -> std::io::Result<()> {
        match &self.library.manifest {
            Some(json) if self.fault().is_none() => last_manifest::write(&self.spec.state_dir, json),
            _ => Ok(()),
        }
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

fn grant(spec: &InstanceSpec, manifest: &Manifest) -> Result<Grant, HostError> {
    let grant = Grant::resolve(manifest, &spec.config, &spec.state_dir, &spec.protected)
        .map_err(|fault| HostError::Grant { name: spec.name.clone(), setting: fault.setting(), why: fault.why })?;
    Ok(grant.with_state_limit(spec.state_limit).with_landlock_optional(spec.without_landlock))
}
