//! What a library says of itself: JSON in a section of the ELF file, read without running any code.

use crate::HostError;
use object::read::elf::{ElfFile64, FileHeader};
use object::{Architecture, Object, ObjectKind, ObjectSection};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use std::path::Path;

/// Largest library that is read, in bytes.
pub(crate) const MAX_LIBRARY: u64 = 256 << 20;

/// A plugin's manifest, checked.
#[derive(Clone, Debug, Deserialize)]
pub struct Manifest {
    /// Form of the manifest: 1.
    pub manifest: u32,
    /// Id, equal to the descriptor's.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Version.
    pub version: String,
    /// Version of the contract: major, minor.
    pub abi: [u16; 2],
    /// Channels it serves.
    pub channels: Vec<String>,
    /// Largest batch it takes.
    pub max_batch: u32,
    /// Window it suggests.
    pub max_in_flight: u32,
    /// Largest content it takes, in bytes.
    pub max_content: u64,
    /// Messages per second it suggests; none for unlimited.
    #[serde(default)]
    pub rate_per_s: Option<f64>,
    /// Whether the other side drops a second message of one id.
    #[serde(default)]
    pub repeat_is_safe: bool,
    /// `html`, `attachments`, `receipts`, `inbound`, …
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// Hosts it talks to.
    #[serde(default)]
    pub hosts: Vec<serde_json::Value>,
    /// JSON Schema of the admin's section.
    pub config_schema: serde_json::Value,
    /// Who receives which personal data.
    pub label: serde_json::Value,
    /// SHA-256 of the library.
    #[serde(skip)]
    pub sha256: [u8; 32],
}

impl Manifest {
    /// Reads the manifest of a library. No code of it is run.
    ///
    /// # Errors
    /// If the file cannot be read, is not a library for this machine, or carries no complete manifest.
    pub fn read(path: &Path) -> Result<Self, HostError> {
        let read = |cause| HostError::Read { path: path.to_owned(), cause };
        let not = |why: &str| HostError::NotAPlugin { path: path.to_owned(), why: why.to_owned() };
        let meta = std::fs::metadata(path).map_err(read)?;
        if !meta.is_file() {
            return Err(not("it is not a file"));
        }
        if meta.len() > MAX_LIBRARY {
            return Err(not("it is larger than 256 MiB"));
        }
        let bytes = std::fs::read(path).map_err(read)?;
        Self::from_bytes(path, &bytes)
    }

    /// The manifest of a library that was read already; `path` is for what is said about it.
    ///
    /// # Errors
    /// If these are not the bytes of a library for this machine, or they carry no complete manifest.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, HostError> {
        let not = |why| HostError::NotAPlugin { path: path.to_owned(), why };
        let mut manifest = Self::from_json(path, section(bytes).map_err(not)?)?;
        manifest.sha256.copy_from_slice(digest(&SHA256, bytes).as_ref());
        Ok(manifest)
    }

    /// The manifest in a text alone, such as a `manifest.json`; its digest is zero.
    ///
    /// # Errors
    /// If it is no complete manifest.
    pub fn from_json(path: &Path, bytes: &[u8]) -> Result<Self, HostError> {
        let not = |e| HostError::NotAPlugin { path: path.to_owned(), why: format!("its manifest is damaged: {e}") };
        let manifest: Self = serde_json::from_slice(bytes).map_err(not)?;
        manifest.check(path)?;
        Ok(manifest)
    }

    fn check(&self, path: &Path) -> Result<(), HostError> {
        let not = |why: String| HostError::NotAPlugin { path: path.to_owned(), why };
        if self.manifest != 1 {
            return Err(not(format!("its manifest has form {}, this program knows form 1", self.manifest)));
        }
        let [major, minor] = self.abi;
        if !rundruf_abi::ABI.accepts(rundruf_abi::AbiVersion { major, minor }) {
            return Err(HostError::Version {
                path: path.to_owned(),
                found: format!("{major}.{minor}"),
                known: format!("{}.{}", rundruf_abi::ABI.major, rundruf_abi::ABI.minor),
            });
        }
        let label = self.label.as_object().filter(|l| !l.is_empty());
        if label.is_none_or(|l| !l.contains_key("operator") || !l.contains_key("data_out")) {
            return Err(not(
                "it has no privacy label (`label` with `operator` and `data_out`): nobody could know who receives what"
                    .to_owned(),
            ));
        }
        if self.id.is_empty() || self.channels.is_empty() || self.max_batch == 0 || self.max_in_flight == 0 {
            return Err(not("its manifest lacks an id, a channel or a limit".to_owned()));
        }
        if !self.config_schema.is_object() {
            return Err(not("its manifest has no `config_schema`".to_owned()));
        }
        Ok(())
    }

    /// Whether it claims this capability.
    #[must_use]
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|c| c == capability)
    }
}

/// The bytes of the manifest section.
fn section(bytes: &[u8]) -> Result<&[u8], String> {
    if bytes.get(..4) != Some(b"\x7fELF".as_slice()) {
        return Err("it is not a shared library (no ELF file)".to_owned());
    }
    let file = ElfFile64::<object::Endianness>::parse(bytes)
        .map_err(|e| format!("the ELF file is damaged or not of 64 bits: {e}"))?;
    let ours = if cfg!(target_arch = "x86_64") {
        Architecture::X86_64
    } else if cfg!(target_arch = "aarch64") {
        Architecture::Aarch64
    } else {
        Architecture::Unknown
    };
    if ours != Architecture::Unknown && file.architecture() != ours {
        return Err(format!("it was built for {:?}, this machine is {ours:?}", file.architecture()));
    }
    if file.kind() != ObjectKind::Dynamic {
        return Err("it is an ELF file but not a shared library".to_owned());
    }
    let _ = file.elf_header().is_class_64();
    let section = file.section_by_name(rundruf_abi::manifest::SECTION).ok_or_else(|| {
        format!("it has no section `{}`: was it stripped, or is it no plugin?", rundruf_abi::manifest::SECTION)
    })?;
    let data = section.data().map_err(|e| format!("its manifest section is damaged: {e}"))?;
    if data.len() > rundruf_abi::manifest::MAX_SIZE {
        return Err("its manifest is larger than 256 KiB".to_owned());
    }
    // A C compiler may have padded the section with zeros.
    let end = data.iter().rposition(|b| *b != 0).map_or(0, |n| n + 1);
    data.get(..end).ok_or_else(|| "its manifest is empty".to_owned())
}
