//! Hosts that a plugin connects to: fixed ones, or those that its settings name.

use super::field::{Fields, fault, line, line_or_empty};
use rundruf_lang::{Message, msg};
use serde_json::Value;

/// A fixed value, or the value of a setting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FixedOrSetting<T> {
    /// A fixed value.
    Fixed(T),
    /// The value of this key in the plugin's settings.
    Setting(String),
}

/// A host that a plugin connects to.
#[derive(Clone, Debug)]
pub struct DeclaredHost {
    /// Name or address of the host.
    pub host: FixedOrSetting<String>,
    /// TCP port; none if the host itself contains it, or that of its scheme is used.
    pub port: Option<FixedOrSetting<u16>>,
    /// Purpose of the connection; may be empty.
    pub purpose: String,
    /// Country of the host; may be empty.
    pub country: String,
    raw: Value,
}

impl DeclaredHost {
    /// The host as it is in the manifest.
    #[must_use]
    pub const fn as_json(&self) -> &Value {
        &self.raw
    }

    /// Whether the host is this machine, with these settings and the schema's defaults.
    pub(super) fn is_here(&self, schema: &Value, config: &Value) -> bool {
        let host = match &self.host {
            FixedOrSetting::Fixed(host) => Some(host.as_str()),
            FixedOrSetting::Setting(key) => {
                let default = || schema.get("properties")?.get(key)?.get("default");
                config.get(key).or_else(default).and_then(Value::as_str)
            }
        };
        host.is_some_and(|host| {
            let place =
                host.split_once("://").map_or(host, |(_, rest)| rest).split(['/', '?', '#']).next().unwrap_or("");
            // One colon precedes a port; several belong to an IPv6 address.
            let name = place.rsplit_once(':').filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
            is_loopback(name.map_or(place, |(name, _)| name))
        })
    }

    /// Reads a host: a text, or a table with more fields.
    pub(super) fn read(value: &Value, schema: &Value, warnings: &mut Vec<Message>) -> Result<Self, Message> {
        let must = || msg!("host-must-host");
        if let Some(text) = value.as_str() {
            let host = host(text, schema)?.ok_or_else(|| fault("hosts", must(), value))?;
            return Ok(Self { host, port: None, purpose: String::new(), country: String::new(), raw: value.clone() });
        }
        let mut f = Fields::of("hosts.", value, msg!("host-must-host-entry"))?;
        let given = f.must("host", must())?;
        let host = match given.as_str() {
            Some(text) => host(text, schema)?,
            None => None,
        };
        let host = host.ok_or_else(|| fault("hosts.host", must(), given))?;
        let port = match f.maybe("port") {
            None => None,
            Some(given) => {
                Some(port(given, schema)?.ok_or_else(|| fault("hosts.port", msg!("host-must-port"), given))?)
            }
        };
        let purpose = f.opt("purpose", msg!("host-must-line"), line_or_empty(200))?.unwrap_or_default();
        let country = f.opt("country", msg!("host-must-line"), line(200))?.unwrap_or_default();
        warnings.extend(f.unknown().into_iter().map(super::field::unknown));
        Ok(Self { host, port, purpose, country, raw: value.clone() })
    }
}

/// Whether this name or address is this machine.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The key in `{config.KEY}`, if the text has that form; an error if the schema has no such key.
fn setting(text: &str, schema: &Value) -> Result<Option<String>, Message> {
    let Some(key) = text.strip_prefix("{config.").and_then(|t| t.strip_suffix('}')) else { return Ok(None) };
    if schema.get("properties").and_then(|p| p.get(key)).is_none() {
        return Err(msg!("host-setting-unknown", key = %key.escape_debug()));
    }
    Ok(Some(key.to_owned()))
}

fn host(text: &str, schema: &Value) -> Result<Option<FixedOrSetting<String>>, Message> {
    if let Some(key) = setting(text, schema)? {
        return Ok(Some(FixedOrSetting::Setting(key)));
    }
    let fits = (1..=253).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]/".contains(&b))
        && text.bytes().any(|b| b.is_ascii_alphanumeric());
    Ok(fits.then(|| FixedOrSetting::Fixed(text.to_owned())))
}

fn port(value: &Value, schema: &Value) -> Result<Option<FixedOrSetting<u16>>, Message> {
    if let Some(key) = value.as_str().map(|t| setting(t, schema)).transpose()?.flatten() {
        return Ok(Some(FixedOrSetting::Setting(key)));
    }
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    Ok(number.and_then(|n| u16::try_from(n).ok()).filter(|n| *n > 0).map(FixedOrSetting::Fixed))
}
