//! Which files and ports: Landlock.

use super::{ConfinementError, Grant};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, Scope, make_bitflags,
};
use std::path::Path;

/// The version whose rights are asked for. A kernel that is older gives what it has; one that is newer forbids no more than this.
const KNOWN: ABI = ABI::V10;
/// Names are asked for by datagrams, and by TCP when an answer is long.
const NAMES: u16 = 53;

/// ProcessShared libraries, and what the C library reads on its own: locale, converters, time zones.
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
/// Resolver and certificate authorities. Never `/etc/ssl` as a whole: private keys lie in it.
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
/// Never `/dev/zero`: a shared view of it is memory that no limit counts.
const DEVICES: [&str; 3] = ["/dev/null", "/dev/random", "/dev/urandom"];

/// Version of Landlock that the kernel has; 0 for none.
pub(super) fn version() -> u32 {
    const VERSION: libc::c_ulong = 1;
    // SAFETY: with this flag the call takes no pointer and only answers a number.
    let answer = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, VERSION) };
    u32::try_from(answer).unwrap_or(0)
}

pub(super) fn restrict(grant: &Grant, version: u32) -> Result<(), ConfinementError> {
    if version == 0 {
        return Ok(());
    }
    build(grant).map_err(|why| ConfinementError::Rules { what: "files", why })
}

/// A path below a folder in which the plugin does as it likes: an earlier life of it may have made a link of it, to anywhere.
fn leads_out(grant: &Grant) -> Result<(), String> {
    let real = |path: &Path| path.canonicalize().ok();
    for path in grant.read.iter().chain(&grant.write) {
        for folder in grant.write.iter().filter(|f| *f != path && path.starts_with(f)) {
            let (Some(to), Some(home)) = (real(path), real(folder)) else { continue };
            if !to.starts_with(home) {
                let (path, folder) = (path.display(), folder.display());
                return Err(format!(
                    "`{path}` leads out of `{folder}`, where the plugin could make it a link: remove it"
                ));
            }
        }
    }
    Ok(())
}

fn build(grant: &Grant) -> Result<(), String> {
    leads_out(grant)?;
    let say = |e: landlock::RulesetError| e.to_string();
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
            // Kernels from version 10 on look at datagrams as well: each comes from a port that the kernel chooses.
            rules = rules
                .add_rule(NetPort::new(NAMES, AccessNet::ConnectSendUdp))
                .and_then(|r| r.add_rule(NetPort::new(0, AccessNet::BindUdp)))
                .map_err(say)?;
        }
    }
    for path in &grant.read {
        rules = allow(rules, path, read)?;
    }
    // Neither programs nor devices nor sockets, which somebody else might come upon.
    let never = make_bitflags!(AccessFs::{Execute | MakeChar | MakeBlock | MakeSock | IoctlDev | ResolveUnix});
    for path in &grant.write {
        rules = allow(rules, path, all & !never)?;
    }
    rules.restrict_self().map(drop).map_err(say)
}

/// What is not there needs no rule.
fn allow(rules: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, String> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(KNOWN) };
    rules.add_rule(PathBeneath::new(opened, access)).map_err(|e| format!("`{}`: {e}", path.display()))
}
