//! Checks 1 to 8: what the file is, and what it does by being loaded.

use crate::machine::{self, Manners};
use crate::probe::{End, Probe, Ran, demand};
use crate::remote::Mode;
use crate::stand::Shape;
use object::read::elf::{ElfFile64, ProgramHeader};
use object::{Object, ObjectSymbol, elf};
use rundruf_abi::{Descriptor, Entry, TransportTable, View};
use std::time::Instant;

/// Libraries that every system with glibc has.
const EVERYWHERE: &[&str] = &[
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
/// The newest glibc that old stable systems have.
const GLIBC: (u32, u32) = (2, 31);

fn text(view: &View<'static>) -> Result<String, String> {
    // SAFETY: clause *static*.
    let bytes = unsafe { view.bytes() };
    String::from_utf8(bytes.to_vec()).map_err(|_| "is not UTF-8".to_owned())
}

/// 1: the manifest says of the library what the library says of itself.
pub(crate) fn manifest_section(probe: &Probe) -> Ran {
    let (entry, descriptor, _) = probe.tables().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
    let same = |what: &str, view: &View<'static>, said: &str| {
        let own = text(view).unwrap_or_default();
        demand(own == said, || format!("the manifest says {what} `{said}`, the descriptor says `{own}`"))
    };
    same("id", &descriptor.id, &probe.manifest.id)?;
    same("version", &descriptor.version, &probe.manifest.version)?;
    let m = &probe.manifest;
    let abi = [entry.abi.major, entry.abi.minor].map(u32::from);
    demand(abi.map(u64::from) == m.abi.map(u64::from), || {
        let ([major, minor], [other, lesser]) = (m.abi, abi);
        format!("the manifest says contract `{major}.{minor}`, the entry says `{other}.{lesser}`")
    })?;
    Ok(End::passed(format!("{} {}, contract {}.{}", m.id, m.version, m.abi[0], m.abi[1])))
}

/// 2: one symbol is seen, and the file can be neither patched nor unloaded.
pub(crate) fn one_symbol(probe: &Probe) -> Ran {
    let bytes = &probe.bytes;
    let file = ElfFile64::<object::Endianness>::parse(bytes.as_slice()).map_err(|e| End::failed(e.to_string()))?;
    let seen: Vec<String> = file
        .dynamic_symbols()
        .filter(|s| s.is_definition() && s.is_global())
        .filter_map(|s| s.name().ok().map(str::to_owned))
        .collect();
    let ours = seen.iter().filter(|s| s.starts_with("rundruf_plugin_v")).count();
    demand(ours == 1, || format!("it exports {ours} symbols named `rundruf_plugin_v…`: exactly one is looked for"))?;
    if let Some(other) = seen.iter().find(|s| !s.starts_with("rundruf_plugin_v")) {
        let more = seen.len() - 1;
        return Err(End::failed(format!(
            "it exports {more} more symbols, such as `{other}`: they may clash with others'"
        )));
    }
    let endian = file.endian();
    let headers = file.elf_program_headers();
    let stack = headers.iter().find(|h| h.p_type(endian) == elf::PT_GNU_STACK);
    demand(stack.is_some_and(|h| (h.p_flags(endian).0 & elf::PF_X.0) == 0), || "its stack is executable".to_owned())?;
    let table = file.elf_dynamic_table().map_err(|e| End::failed(e.to_string()))?;
    let flag = |tag: elf::DynamicTag, bit: u64| table.iter().any(|d| d.tag == tag && (bit == 0 || d.val & bit != 0));
    let text = flag(elf::DT_TEXTREL, 0) || flag(elf::DT_FLAGS, elf::DF_TEXTREL.0);
    demand(!text, || "its code must be changed while it is loaded (text relocations): build it with -fPIC".to_owned())?;
    demand(flag(elf::DT_FLAGS_1, elf::DF_1_NODELETE.0), || {
        "it is not marked as never to be unloaded: link it with -Wl,-z,nodelete".to_owned()
    })?;
    let now =
        flag(elf::DT_BIND_NOW, 0) || flag(elf::DT_FLAGS, elf::DF_BIND_NOW.0) || flag(elf::DT_FLAGS_1, elf::DF_1_NOW.0);
    if !now || !headers.iter().any(|h| h.p_type(endian) == elf::PT_GNU_RELRO) {
        return Ok(End::warned("its tables of addresses stay writable: link it with -Wl,-z,relro,-z,now"));
    }
    Ok(End::passed("one symbol, no executable stack, relocations read-only, never unloaded"))
}

/// 3: it loads everywhere.
pub(crate) fn rtld_now_local(probe: &Probe) -> Ran {
    let bytes = &probe.bytes;
    let file = ElfFile64::<object::Endianness>::parse(bytes.as_slice()).map_err(|e| End::failed(e.to_string()))?;
    let table = file.elf_dynamic_table().map_err(|e| End::failed(e.to_string()))?;
    for needed in table.iter().filter(|d| d.tag == elf::DT_NEEDED) {
        let name = String::from_utf8_lossy(table.string(needed).unwrap_or_default()).into_owned();
        demand(EVERYWHERE.contains(&name.as_str()), || {
            format!("it needs `{name}`, which not every system has: link that statically")
        })?;
    }
    probe.step("loading it with RTLD_NOW");
    probe.open_library().map_err(|why| End::failed(format!("it cannot be loaded: {why}")))?;
    let strings = String::from_utf8_lossy(bytes);
    let version = |at: &str| {
        let end = at.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(at.len());
        let mut parts = at.get(..end)?.split('.');
        Some((parts.next()?.parse::<u32>().ok()?, parts.next()?.parse::<u32>().ok()?))
    };
    let newest = strings.split("GLIBC_").skip(1).filter_map(version).max().unwrap_or((2, 0));
    if newest > GLIBC {
        let (major, minor) = newest;
        return Ok(End::warned(format!("it needs glibc {major}.{minor}: systems with an older one cannot load it")));
    }
    Ok(End::passed(format!("loads with glibc {}.{} and nothing special", newest.0, newest.1)))
}

/// 4: loading does nothing but load.
pub(crate) fn scan_time(probe: &Probe) -> Ran {
    let (manners, files, threads) = (Manners::now(), machine::descriptors(), machine::threads());
    let started = Instant::now();
    let (entry, _, _) = probe.tables().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
    let ms = started.elapsed().as_millis();
    let go = entry.flags & Entry::GO_RUNTIME != 0;
    let opened: Vec<String> =
        machine::descriptors().into_iter().filter(|(n, _)| !files.contains_key(n)).map(|(_, what)| what).collect();
    // A Go runtime polls its own descriptors; that is all it may have.
    let own = |what: &String| go && (what.starts_with("anon_inode:") || what.starts_with("pipe:"));
    if let Some(what) = opened.iter().find(|what| !own(what)) {
        return Err(End::failed(format!("being loaded, it opened `{what}`")));
    }
    let changed: Vec<&str> = manners.changed().into_iter().filter(|c| !(go && c.contains("signal"))).collect();
    if let Some(what) = changed.first() {
        return Err(End::failed(format!("being loaded, it changed {what} of the whole process")));
    }
    let more = machine::threads().saturating_sub(threads);
    demand(more == 0 || go, || format!("being loaded, it started {more} threads"))?;
    demand(ms < 1_000, || format!("loading it took {ms} ms"))?;
    if go {
        return Ok(End::warned(format!(
            "its Go runtime starts {more} threads and takes signals over: in its own process only"
        )));
    }
    if ms >= 100 {
        return Ok(End::warned(format!("loading it took {ms} ms, 100 are enough for anybody")));
    }
    Ok(End::passed(format!("loaded in {ms} ms, without a trace")))
}

/// 5: the entry is the same whoever asks.
pub(crate) fn entry_idempotent(probe: &Probe) -> Ran {
    let symbol = probe.open_library().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
    let both = std::sync::Barrier::new(2);
    let ask = || {
        // At once: whoever makes its entry when it is asked first is asked twice.
        both.wait();
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
    let there = there.map_err(|_| End::failed("a thread of the check broke down"))?;
    let all: std::collections::BTreeSet<_> = here.union(&there).copied().collect();
    demand(all.len() == 1, || format!("200 calls of the entry gave {} different answers", all.len()))?;
    Ok(End::passed("200 calls from two threads, one answer"))
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

/// 6: what it says of itself makes sense.
pub(crate) fn descriptor_sane(probe: &Probe) -> Ran {
    let tables = probe.tables().map_err(|why| End::failed(why).matter("rtld-now-local"));
    let (entry, descriptor, table) = tables?;
    let size = |what: &str, has: u32, least: usize| {
        demand(has as usize >= least && has < 1 << 20, || {
            format!("its {what} says it has {has} bytes, at least {least} are needed")
        })
    };
    size("entry", entry.size, size_of::<Entry>())?;
    size("descriptor", descriptor.size, size_of::<Descriptor>())?;
    size("function table", table.size, size_of::<TransportTable>())?;
    let known = Entry::PANIC_ABORT | Entry::GO_RUNTIME;
    demand(entry.flags & !known == 0, || format!("its entry has flags that nobody knows ({:#x})", entry.flags))?;
    demand(descriptor.flags == 0 && table.flags == 0, || "reserved flags are not 0".to_owned())?;
    let utf8 = |what: &str, view: &View<'static>| text(view).map_err(|why| End::failed(format!("its {what} {why}")));
    let (id, version) = (utf8("id", &descriptor.id)?, utf8("version", &descriptor.version)?);
    utf8("toolchain", &entry.toolchain)?;
    demand(is_id(&id), || format!("the id `{id}` is not made of small letters, digits, `.`, `-` and `_`"))?;
    demand(is_semver(&version), || format!("the version `{version}` is not like 1.2.3"))?;
    for (name, is) in [
        ("open", table.open.is_some()),
        ("submit", table.submit.is_some()),
        ("drain", table.drain.is_some()),
        ("close", table.close.is_some()),
    ] {
        demand(is, || format!("its function table lacks `{name}`"))?;
    }
    let m = &probe.manifest;
    demand(m.max_in_flight >= m.max_batch, || {
        format!("`max_in_flight` ({}) is smaller than `max_batch` ({})", m.max_in_flight, m.max_batch)
    })?;
    if let Err(error) = jsonschema::meta::validate(&m.config_schema) {
        return Err(End::failed(format!("its `config_schema` is no JSON Schema: {error}")));
    }
    Ok(End::passed("sizes, flags, texts, functions, schema"))
}

/// 7: hosts of other minors are served as well.
pub(crate) fn older_host(probe: &Probe) -> Ran {
    let table = probe.load()?;
    for (shape, what) in [(Shape::Own, ""), (Shape::Oldest, "the oldest host"), (Shape::Later, "a later host")] {
        probe.step(&format!("opening for {what}"));
        let place = probe.place(Mode::Take)?;
        let config = place.config();
        let stand = probe.stand_with(table, &place, config.as_bytes(), 64, shape);
        let stand = match stand {
            Ok(stand) => stand,
            Err(words) if shape == Shape::Own => {
                return Err(End::skipped(format!("it does not open with the settings of the check: {words}")));
            }
            Err(words) => return Err(End::failed(format!("it refuses {what}, whose table has another size: {words}"))),
        };
        probe.send_one(&stand)?;
        stand.close();
    }
    Ok(End::passed("hosts with a shorter and a longer table are served"))
}

/// 8: what it has not, it does not claim to have.
pub(crate) fn unknown_extension(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    let stand = probe.stand(table, &place, 64)?;
    let mut chance = probe.chance();
    let mut ids: Vec<Vec<u8>> = (0..10).map(|n| chance.bytes(1 + n * 5)).collect();
    ids.extend((0..10).map(|_| format!("example.org.{}/1", chance.next()).into_bytes()));
    for name in ["receipts", "media", "lookup"] {
        for tail in ["/1 ", "/1\0", "/01", "/1/1", "/999999", "/", "x/1"] {
            ids.push(format!("rundruf.{name}{tail}").into_bytes());
        }
    }
    ids.push(b"rundruf.".to_vec());
    ids.push(Vec::new());
    for id in &ids {
        probe.step("asking for an extension that does not exist");
        let found = stand.extension(id);
        demand(found.is_null(), || {
            format!("it claims to have the extension `{}`, which does not exist", id.escape_ascii())
        })?;
    }
    stand.close();
    Ok(End::passed(format!("{} names that do not exist: none is claimed", ids.len())))
}
