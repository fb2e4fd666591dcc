//! The client's network for the evidence: /24 or /48 (R37). The full address is never stored.

use hyper::HeaderMap;
use std::net::{IpAddr, SocketAddr};

/// The client's full address, for a plugin that knows its provider's: never stored. Without a word of the proxy it is the proxy's own.
pub(crate) fn address(peer: IpAddr, headers: &HeaderMap) -> String {
    let peer = peer.to_canonical();
    let client = if peer.is_loopback() { forwarded_client(headers).unwrap_or(peer) } else { peer };
    client.to_canonical().to_string()
}

/// The client's network. Behind a reverse proxy on this machine it is taken from the last entry of `X-Forwarded-For`; earlier entries
/// come from the client and are not trusted. `None` if the proxy names no valid address.
pub(crate) fn network(peer: IpAddr, headers: &HeaderMap) -> Option<String> {
    let client = if peer.to_canonical().is_loopback() { forwarded_client(headers)? } else { peer };
    Some(anonymize(client))
}

fn forwarded_client(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    // Some proxies add the port, some put IPv6 in brackets.
    let bare = last.strip_prefix('[').and_then(|l| l.strip_suffix(']')).unwrap_or(last);
    bare.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|a| a.ip()))
}

fn anonymize(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[track_caller]
    fn check(peer: &str, forwarded: &[&'static str], want: Option<&str>) {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(line));
        }
        assert_eq!(network(peer.parse().unwrap(), &headers).as_deref(), want, "{peer} {forwarded:?}");
    }

    #[test]
    fn addresses_are_anonymized() {
        check("203.0.113.77", &[], Some("203.0.113.0/24"));
        check("::ffff:203.0.113.77", &[], Some("203.0.113.0/24"));
        check("2001:db8:1:2::3", &[], Some("2001:db8:1::/48"));
    }

    #[test]
    fn only_the_proxy_s_entry_is_trusted() {
        check("203.0.113.77", &["198.51.100.1"], Some("203.0.113.0/24"));
        check("127.0.0.1", &[], None);
        check("127.0.0.1", &["198.51.100.1"], Some("198.51.100.0/24"));
        check("127.0.0.1", &["192.0.2.1, 198.51.100.1"], Some("198.51.100.0/24"));
        check("::ffff:127.0.0.1", &["192.0.2.1", "198.51.100.1:4711"], Some("198.51.100.0/24"));
        check("::1", &["[2001:db8::1]:80"], Some("2001:db8:0::/48"));
        check("::1", &["[2001:db8::1]"], Some("2001:db8:0::/48"));
        for junk in ["", ",", "unknown", "198.51.100.1,", "<script>", "1.2.3.4.5"] {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), HeaderValue::from_static(junk))]);
            assert_eq!(network("127.0.0.1".parse().unwrap(), &headers), None, "{junk}");
        }
    }
}
