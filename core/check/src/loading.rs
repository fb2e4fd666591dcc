//! Checks 1 to 8: what is in the file, and what loading it does.

use crate::context::{CheckContext, not_loaded, not_opened};
use crate::fake_server::Behaviour;
use crate::instance::HostTableShape;
use crate::outcome::{CheckOutcome, CheckResult, ensure};
use crate::proc_info::{self, ProcessAttributes};
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Object, ObjectSymbol, elf};
use rundruf_abi::{Descriptor, Entry, TransportTable, View};
use rundruf_lang::{Message, msg};
use std::time::Instant;

/// Libraries that every system with glibc has.
const SYSTEM_LIBRARIES: &[&str] = &[
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "ld-linux-riscv64-lp64d.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libgcc_s.so.1",
    "libm.so.6",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libutil.so.1",
];
/// The newest version of glibc that supported stable systems have.
const OLD_GLIBC: (u32, u32) = (2, 31);

/// The text of a view in a static table; `None` if it is not UTF-8.
fn text(view: &View<'static>) -> Option<String> {
    // SAFETY: clause *static*.
    String::from_utf8(unsafe { view.bytes() }.to_vec()).ok()
}

/// 1: manifest, descriptor and entry agree.
pub(crate) fn manifest_section(context: &CheckContext) -> CheckResult {
    let (entry, descriptor, _) = context.load_tables().map_err(not_loaded)?;
    let same = |what: Message, view: &View<'static>, manifest: &str| {
        let own = text(view).unwrap_or_default();
        ensure(own == manifest, || msg!("check-manifest-differs", what = what, manifest = manifest, descriptor = own))
    };
    same(msg!("check-word-id"), &descriptor.id, &context.manifest.id)?;
    same(msg!("check-word-version"), &descriptor.version, &context.manifest.version)?;
    let m = &context.manifest;
    let abi = [entry.abi.major, entry.abi.minor].map(u32::from);
    ensure(abi.map(u64::from) == m.abi.map(u64::from), || {
        let version = |[major, minor]: [u64; 2]| format!("{major}.{minor}");
        msg!(
            "check-manifest-differs-abi",
            manifest = version(m.abi.map(u64::from)),
            entry = version(abi.map(u64::from))
        )
    })?;
    let abi = format!("{}.{}", m.abi[0], m.abi[1]);
    Ok(CheckOutcome::passed(msg!("check-manifest-agrees", id = &m.id, version = &m.version, abi = abi)))
}

/// 2: the library exports one symbol, and can be neither patched nor unloaded.
pub(crate) fn one_symbol(context: &CheckContext) -> CheckResult {
    let bytes = &context.bytes;
    let file = ElfFile64::<object::Endianness>::parse(bytes.as_slice()).map_err(elf_fault)?;
    let exported: Vec<String> = file
        .dynamic_symbols()
        .filter(|s| s.is_definition() && s.is_global())
        .filter_map(|s| s.name().ok().map(str::to_owned))
        .collect();
    let entries = exported.iter().filter(|s| s.starts_with("rundruf_plugin_v")).count();
    ensure(entries == 1, || msg!("check-entry-symbols", count = entries))?;
    if let Some(other) = exported.iter().find(|s| !s.starts_with("rundruf_plugin_v")) {
        return Err(CheckOutcome::failed(msg!("check-more-symbols", count = exported.len() - 1, symbol = other)));
    }
    let endian = file.endian();
    let headers = file.elf_program_headers();
    let stack = headers.iter().find(|h| h.p_type(endian) == elf::PT_GNU_STACK);
    ensure(stack.is_some_and(|h| (h.p_flags(endian).0 & elf::PF_X.0) == 0), || msg!("check-executable-stack"))?;
    let table = file.elf_dynamic_table().map_err(elf_fault)?;
    let flag = |tag: elf::DynamicTag, bit: u64| table.iter().any(|d| d.tag == tag && (bit == 0 || d.val & bit != 0));
    let text = flag(elf::DT_TEXTREL, 0) || flag(elf::DT_FLAGS, elf::DF_TEXTREL.0);
    ensure(!text, || msg!("check-text-relocations"))?;
    ensure(flag(elf::DT_FLAGS_1, elf::DF_1_NODELETE.0), || msg!("check-not-nodelete"))?;
    let now =
        flag(elf::DT_BIND_NOW, 0) || flag(elf::DT_FLAGS, elf::DF_BIND_NOW.0) || flag(elf::DT_FLAGS_1, elf::DF_1_NOW.0);
    if !now || !headers.iter().any(|h| h.p_type(endian) == elf::PT_GNU_RELRO) {
        return Ok(CheckOutcome::warned(msg!("check-not-relro")));
    }
    Ok(CheckOutcome::passed(msg!("check-one-symbol-ok")))
}

/// 3: the library loads on every supported system.
pub(crate) fn rtld_now_local(context: &CheckContext) -> CheckResult {
    let bytes = &context.bytes;
    let file = ElfFile64::<object::Endianness>::parse(bytes.as_slice()).map_err(elf_fault)?;
    let table = file.elf_dynamic_table().map_err(elf_fault)?;
    for needed in table.iter().filter(|d| d.tag == elf::DT_NEEDED) {
        let name = String::from_utf8_lossy(table.string(needed).unwrap_or_default()).into_owned();
        ensure(SYSTEM_LIBRARIES.contains(&name.as_str()), || msg!("check-needs-library", name = &name))?;
    }
    context.step(msg!("check-step-load-now"));
    context.open_library().map_err(|why| CheckOutcome::failed(msg!("check-not-loaded", why = why)))?;
    let strings = String::from_utf8_lossy(bytes);
    let version = |at: &str| {
        let end = at.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(at.len());
        let mut parts = at.get(..end)?.split('.');
        Some((parts.next()?.parse::<u32>().ok()?, parts.next()?.parse::<u32>().ok()?))
    };
    let newest = strings.split("GLIBC_").skip(1).filter_map(version).max().unwrap_or((2, 0));
    if newest > OLD_GLIBC {
        let (major, minor) = newest;
        return Ok(CheckOutcome::warned(msg!("check-needs-glibc", version = format!("{major}.{minor}"))));
    }
    Ok(CheckOutcome::passed(msg!("check-loads-everywhere", version = format!("{}.{}", newest.0, newest.1))))
}

/// 4: loading the library has no other effect.
pub(crate) fn scan_time(context: &CheckContext) -> CheckResult {
    let (attributes, files, threads) = (ProcessAttributes::now(), proc_info::descriptors(), proc_info::threads());
    let started = Instant::now();
    let (entry, _, _) = context.load_tables().map_err(not_loaded)?;
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let go = entry.flags & Entry::GO_RUNTIME != 0;
    let opened: Vec<String> =
        proc_info::descriptors().into_iter().filter(|(n, _)| !files.contains_key(n)).map(|(_, what)| what).collect();
    // A Go runtime may have descriptors of its own to poll.
    let is_of_go = |what: &String| go && (what.starts_with("anon_inode:") || what.starts_with("pipe:"));
    if let Some(what) = opened.iter().find(|what| !is_of_go(what)) {
        return Err(CheckOutcome::failed(msg!("check-load-opened", what = what)));
    }
    if let Some(what) = attributes.first_change(go) {
        return Err(CheckOutcome::failed(msg!("check-load-changed", what = what)));
    }
    let more = proc_info::threads().saturating_sub(threads);
    ensure(more == 0 || go, || msg!("check-load-threads", count = more))?;
    ensure(ms < 1_000, || msg!("check-load-slow", ms = ms))?;
    if go {
        return Ok(CheckOutcome::warned(msg!("check-load-go", count = more)));
    }
    if ms >= 100 {
        return Ok(CheckOutcome::warned(msg!("check-load-slowish", ms = ms)));
    }
    Ok(CheckOutcome::passed(msg!("check-load-ok", ms = ms)))
}

/// 5: the entry function returns the same entry to every thread.
pub(crate) fn entry_idempotent(context: &CheckContext) -> CheckResult {
    let symbol = context.open_library().map_err(not_loaded)?;
    let barrier = std::sync::Barrier::new(2);
    let ask = || {
        // Both threads start at once, to find an entry that is made at the first call.
        barrier.wait();
        let all = (0..100).map(|_| {
            // SAFETY: the contract: no effect, any number of calls, any thread.
            let entry = unsafe { symbol() };
            // SAFETY: clause *static*: null or an entry that lives for ever.
            let descriptor = unsafe { entry.as_ref() }.map_or(std::ptr::null(), |e| e.descriptor);
            (entry as usize, descriptor as usize)
        });
        all.collect::<std::collections::BTreeSet<_>>()
    };
    let (here, there) = std::thread::scope(|scope| {
        let there = scope.spawn(ask);
        (ask(), there.join())
    });
    let there = there.map_err(|_| CheckOutcome::failed(msg!("check-thread-panicked")))?;
    let all: std::collections::BTreeSet<_> = here.union(&there).copied().collect();
    ensure(all.len() == 1, || msg!("check-entry-differs", count = all.len()))?;
    Ok(CheckOutcome::passed(msg!("check-entry-ok")))
}

/// The outcome for a file that is not a valid ELF library.
fn elf_fault(error: impl std::fmt::Display) -> CheckOutcome {
    CheckOutcome::failed(Message::verbatim(error.to_string()))
}

fn is_id(id: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.' || c == '_';
    !id.is_empty() && id.len() <= 128 && id.chars().all(word) && id.starts_with(|c: char| c.is_ascii_lowercase())
}

fn is_semver(version: &str) -> bool {
    let core = version.split(['-', '+']).next().unwrap_or("");
    let parts: Vec<&str> = core.split('.').collect();
    let number = |p: &&str| p.parse::<u64>().is_ok() && (*p == "0" || !p.starts_with('0'));
    parts.len() == 3 && parts.iter().all(number)
}

/// 6: sizes, flags, texts, functions and limits are valid.
pub(crate) fn descriptor_sane(context: &CheckContext) -> CheckResult {
    let tables = context.load_tables().map_err(|why| CheckOutcome::failed(why).owned_by("rtld-now-local"));
    let (entry, descriptor, table) = tables?;
    let size = |what: Message, size: u32, least: usize| {
        let is_valid = size as usize >= least && size < 1 << 20;
        ensure(is_valid, || msg!("check-bad-size", what = what, size = size, least = least))
    };
    size(msg!("check-word-entry"), entry.size, Entry::MIN_SIZE)?;
    size(msg!("check-word-descriptor"), descriptor.size, Descriptor::MIN_SIZE)?;
    size(msg!("check-word-table"), table.size, TransportTable::MIN_SIZE)?;
    let known = Entry::PANIC_ABORT | Entry::GO_RUNTIME;
    ensure(entry.flags & !known == 0, || msg!("check-unknown-flags", flags = format!("{:#x}", entry.flags)))?;
    let table_flags = table.flags & !TransportTable::TELLS_BEGUN;
    ensure(descriptor.flags == 0 && table_flags == 0, || msg!("check-reserved-flags"))?;
    let utf8 = |what: Message, view: &View<'static>| {
        text(view).ok_or_else(|| CheckOutcome::failed(msg!("check-not-utf8", what = what)))
    };
    let id = utf8(msg!("check-word-id"), &descriptor.id)?;
    let version = utf8(msg!("check-word-version"), &descriptor.version)?;
    utf8(msg!("check-word-toolchain"), &entry.toolchain)?;
    ensure(is_id(&id), || msg!("check-bad-id", id = &id))?;
    ensure(is_semver(&version), || msg!("check-bad-version", version = &version))?;
    for (name, is) in [
        ("open", table.open.is_some()),
        ("submit", table.submit.is_some()),
        ("drain", table.drain.is_some()),
        ("close", table.close.is_some()),
    ] {
        ensure(is, || msg!("check-missing-function", name = name))?;
    }
    let m = &context.manifest;
    ensure(m.max_in_flight >= m.max_batch, || {
        msg!("check-small-window", max_in_flight = m.max_in_flight, max_batch = m.max_batch)
    })?;
    if let Err(error) = jsonschema::meta::validate(&m.config_schema) {
        return Err(CheckOutcome::failed(msg!("check-bad-schema", why = %error)));
    }
    Ok(CheckOutcome::passed(msg!("check-descriptor-ok")))
}

/// 7: the plugin works with an older and with a later host.
pub(crate) fn older_host(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    for (shape, host) in [
        (HostTableShape::Current, msg!("check-word-this-host")),
        (HostTableShape::Oldest, msg!("check-word-oldest-host")),
        (HostTableShape::Later, msg!("check-word-later-host")),
    ] {
        context.step(msg!("check-step-open-for", host = &host));
        let endpoint = context.endpoint(Behaviour::Accept)?;
        let config = endpoint.config();
        let instance = context.open_instance_with(table, &endpoint, config.as_bytes(), 64, shape);
        let instance = match instance {
            Ok(instance) => instance,
            Err(refused) if shape == HostTableShape::Current => return Err(not_opened(refused)),
            Err(refused) => {
                return Err(CheckOutcome::failed(msg!("check-refuses-host", host = host, why = refused.why())));
            }
        };
        context.send_one(&instance)?;
        instance.close();
    }
    Ok(CheckOutcome::passed(msg!("check-hosts-ok")))
}

/// 8: the plugin answers null for extensions that do not exist.
pub(crate) fn unknown_extension(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 64)?;
    let mut random = context.random();
    let mut ids: Vec<Vec<u8>> = (0..10).map(|n| random.bytes(1 + n * 5)).collect();
    ids.extend((0..10).map(|_| format!("example.org.{}/1", random.next()).into_bytes()));
    for name in ["receipts", "media", "lookup", "recall"] {
        for padding in ["/1 ", "/1\0", "/01", "/1/1", "/999999", "/", "x/1"] {
            ids.push(format!("rundruf.{name}{padding}").into_bytes());
        }
    }
    ids.push(b"rundruf.".to_vec());
    ids.push(Vec::new());
    for id in &ids {
        context.step(msg!("check-step-extension"));
        let found = instance.extension(id);
        ensure(found.is_null(), || msg!("check-claims-extension", id = %id.escape_ascii()))?;
    }
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-extensions-ok", count = ids.len())))
}
