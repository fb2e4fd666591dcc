//! Files and ports that a plugin process may use (Landlock).

use super::error::ConfinementError;
use super::grants::Grant;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, Scope, make_bitflags,
};
use rundruf_lang::{Message, msg};
use std::path::Path;

/// The version of Landlock whose rights are requested. An older kernel enforces those that it knows.
const KNOWN: ABI = ABI::V10;
/// The port of name servers: datagrams, and TCP for long answers.
const NAMES: u16 = 53;

/// Shared libraries, and what the C library reads by itself: locale, converters, time zones.
const SYSTEM: [&str; 9] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/timezone",
    "/usr/share/zoneinfo",
];
/// Files of the resolver, and certificate authorities. Not `/etc/ssl` as a whole, which contains private keys.
const NETWORK: [&str; 18] = [
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/run/NetworkManager/resolv.conf",
    "/run/resolvconf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/nsswitch.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/ca-trust/extracted",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];
/// Devices. Not `/dev/zero`: a shared mapping of it is memory that no limit counts.
const DEVICES: [&str; 3] = ["/dev/null", "/dev/random", "/dev/urandom"];

/// Version of Landlock that the kernel has; 0 for none.
pub(super) fn version() -> u32 {
    const VERSION: libc::c_ulong = 1;
    // SAFETY: with this flag the call takes no pointer and only returns a number.
    let answer = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, VERSION) };
    u32::try_from(answer).unwrap_or(0)
}

pub(super) fn restrict(grant: &Grant, version: u32) -> Result<(), ConfinementError> {
    if version == 0 {
        return Ok(());
    }
    build(grant).map_err(ConfinementError::FileRules)
}

/// Refuses a granted path that is a link out of a folder with full access: an earlier run of the plugin may have created it.
fn leads_out(grant: &Grant) -> Result<(), Message> {
    let real = |path: &Path| path.canonicalize().ok();
    for path in grant.read.iter().chain(&grant.write) {
        for folder in grant.write.iter().filter(|f| *f != path && path.starts_with(f)) {
            let (Some(to), Some(home)) = (real(path), real(folder)) else { continue };
            if !to.starts_with(home) {
                let (path, folder) = (path.display(), folder.display());
                return Err(msg!("host-path-leads-out", path = %path, folder = %folder));
            }
        }
    }
    Ok(())
}

fn build(grant: &Grant) -> Result<(), Message> {
    leads_out(grant)?;
    let say = |e: landlock::RulesetError| Message::verbatim(e.to_string());
    let all = AccessFs::from_all(KNOWN);
    let mut rules = Ruleset::default()
        .handle_access(all)
        .and_then(|r| r.handle_access(AccessNet::from_all(KNOWN)))
        .and_then(|r| r.scope(Scope::from_all(KNOWN)))
        .and_then(Ruleset::create)
        .map_err(say)?;
    let read = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    for path in SYSTEM {
        rules = allow(rules, Path::new(path), read)?;
    }
    for path in DEVICES {
        rules = allow(rules, Path::new(path), read | AccessFs::WriteFile)?;
    }
    if !grant.ports.is_empty() {
        for path in NETWORK {
            rules = allow(rules, Path::new(path), read)?;
        }
        for port in grant.ports.iter().copied().chain(grant.names.then_some(NAMES)) {
            rules = rules.add_rule(NetPort::new(port, AccessNet::ConnectTcp)).map_err(say)?;
        }
        if grant.names {
            // Landlock 10 checks datagrams as well; their local port is chosen by the kernel.
            rules = rules
                .add_rule(NetPort::new(NAMES, AccessNet::ConnectSendUdp))
                .and_then(|r| r.add_rule(NetPort::new(0, AccessNet::BindUdp)))
                .map_err(say)?;
        }
    }
    for path in &grant.read {
        rules = allow(rules, path, read)?;
    }
    // No programs, devices or sockets that another process might use.
    let never = make_bitflags!(AccessFs::{Execute | MakeChar | MakeBlock | MakeSock | IoctlDev | ResolveUnix});
    for path in &grant.write {
        rules = allow(rules, path, all & !never)?;
    }
    rules.restrict_self().map(drop).map_err(say)
}

/// Adds a rule; a missing path needs none.
fn allow(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, Message> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(KNOWN) };
    rules
        .add_rule(PathBeneath::new(opened, access))
        .map_err(|e| Message::verbatim(format!("`{}`: {e}", path.display())))
}
