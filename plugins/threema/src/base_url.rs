//! The gateway's address: scheme, host, port, and a path for a server of one's own.

use std::net::IpAddr;

/// The gateway's address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct BaseUrl {
    /// Whether the connection is encrypted.
    pub(crate) tls: bool,
    /// Name or address, without brackets.
    pub(crate) host: String,
    /// Port.
    pub(crate) port: u16,
    /// Path without a slash at the end; empty, or it begins with one.
    pub(crate) path: String,
}

impl BaseUrl {
    /// Reads an address such as `https://threema.krume.example/msgapi`.
    ///
    /// # Errors
    /// What is wrong with it, for the admin.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text.trim().split_once("://").ok_or("`base_url`: write it with https:// in front")?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err("`base_url`: write it with https:// in front"),
        };
        if rest.contains(['?', '#', '@']) || rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("`base_url`: it has no user, query or white space");
        }
        let (place, path) = rest.split_once('/').map_or((rest, ""), |(place, path)| (place, path));
        let (host, port) = match place.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']').ok_or("`base_url`: an address in brackets has no end")?;
                (host, after.strip_prefix(':'))
            }
            None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
        };
        let port = match port {
            None => {
                if tls {
                    443
                } else {
                    80
                }
            }
            Some(port) => port.parse().map_err(|_| "`base_url`: its port is not a number")?,
        };
        if host.is_empty() || host.contains('/') {
            return Err("`base_url`: it names no host");
        }
        let path = path.trim_matches('/');
        if path.split('/').any(|part| part == "..") {
            return Err("`base_url`: its path leads upwards");
        }
        let url = Self {
            tls,
            host: host.to_owned(),
            port,
            path: if path.is_empty() { String::new() } else { format!("/{path}") },
        };
        if !tls && !url.is_loopback() {
            return Err(
                "`base_url`: without https:// it may only be this machine: the secret would cross the network readable",
            );
        }
        Ok(url)
    }

    /// Whether it is this machine.
    #[must_use]
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// The value of the header `Host`.
    #[must_use]
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, host, port, path, authority) in [
            ("https://msgapi.threema.ch", "msgapi.threema.ch", 443, "", "msgapi.threema.ch"),
            ("https://threema.krume.example/msgapi/", "threema.krume.example", 443, "/msgapi", "threema.krume.example"),
            ("HTTPS://a.example:8443/x/y", "a.example", 8443, "/x/y", "a.example:8443"),
            ("http://127.0.0.1:9000", "127.0.0.1", 9_000, "", "127.0.0.1:9000"),
            ("http://[::1]:9000/m", "::1", 9_000, "/m", "[::1]:9000"),
        ] {
            let url = BaseUrl::parse(text).unwrap();
            assert_eq!((&*url.host, url.port, &*url.path, &*url.authority()), (host, port, path, authority));
        }
        for bad in [
            "msgapi.threema.ch",
            "ftp://a.example",
            "http://a.example",
            "https://",
            "https:///x",
            "https://u:p@a.example",
            "https://a.example?x",
            "https://a.example:x",
            "https://a b.example",
            "https://[::1",
            "https://a.example/x/../y",
        ] {
            assert!(BaseUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
