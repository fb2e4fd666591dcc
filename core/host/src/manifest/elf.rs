//! Finds the manifest's section in an ELF file. Every offset and length in the file is checked.

use object::Endianness;
use object::elf::{FileHeader64, SHF_COMPRESSED, SectionHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use rundruf_abi::manifest::{MAX_SIZE, SECTION};

/// Offsets in the header of an ELF file, and values there.
const CLASS: usize = 4;
const BYTE_ORDER: usize = 5;
const KIND: usize = 16;
const MACHINE: usize = 18;
const BITS_32: u8 = 1;
const BITS_64: u8 = 2;
const LITTLE: u8 = 1;
const SHARED: u16 = 3;
const X86_64: u16 = 62;
const AARCH64: u16 = 183;
const RISCV: u16 = 243;

/// Bytes of a file that show whether it can be a library for this machine.
pub(super) const HEAD: usize = 64;

/// Checks the header of a file, before the rest is read.
pub(super) fn head(bytes: &[u8]) -> Result<(), String> {
    if bytes.get(..4) != Some(b"\x7fELF".as_slice()) {
        return Err("it is not a shared library (no ELF file)".to_owned());
    }
    let at = |n: usize| bytes.get(n).copied().unwrap_or(0);
    let word = |n: usize| u16::from_le_bytes([at(n), at(n + 1)]);
    match at(CLASS) {
        BITS_64 => {}
        BITS_32 => return Err("it was built for machines of 32 bits, this one has 64: build it anew".to_owned()),
        _ => return Err("the ELF file is damaged in its first bytes: copy or build it anew".to_owned()),
    }
    let ours = if cfg!(target_arch = "x86_64") {
        X86_64
    } else if cfg!(target_arch = "aarch64") {
        AARCH64
    } else {
        RISCV
    };
    if at(BYTE_ORDER) != LITTLE {
        return Err(foreign("another byte order".to_owned(), ours));
    }
    if word(MACHINE) != ours {
        return Err(foreign(machine(word(MACHINE)), ours));
    }
    if word(KIND) != SHARED {
        return Err("it is an ELF file but not a shared library".to_owned());
    }
    Ok(())
}

fn foreign(found: String, ours: u16) -> String {
    format!("it was built for {found}, this machine is {}: build it anew, or fetch the right one", machine(ours))
}

/// The name of an architecture, for the admin.
fn machine(number: u16) -> String {
    match number {
        3 => "x86 (32 bits)".to_owned(),
        8 | 10 => "MIPS".to_owned(),
        20 | 21 => "POWER".to_owned(),
        22 => "s390x".to_owned(),
        40 => "ARM (32 bits)".to_owned(),
        X86_64 => "x86-64".to_owned(),
        AARCH64 => "ARM (64 bits)".to_owned(),
        RISCV => "RISC-V".to_owned(),
        other => format!("machine {other}"),
    }
}

/// Returns the text of the manifest.
pub(super) fn section(bytes: &[u8]) -> Result<&[u8], String> {
    head(bytes)?;
    let damaged = |e: object::read::Error| format!("the ELF file is damaged or cut off ({e}): copy or build it anew");
    let file = FileHeader64::<Endianness>::parse(bytes).map_err(damaged)?;
    let endian = file.endian().map_err(damaged)?;
    let sections = file.sections(endian, bytes).map_err(damaged)?;
    let is_it = |s: &&SectionHeader64<Endianness>| {
        sections.section_name(endian, *s).is_ok_and(|name| name == SECTION.as_bytes())
    };
    let mut found = sections.iter().filter(is_it);
    let section = found.next().ok_or_else(|| {
        format!("it has no section `{SECTION}`: it is no plugin, or was stripped of it (`strip` alone keeps it)")
    })?;
    if found.next().is_some() {
        return Err(format!("it has two sections `{SECTION}`: build it with one manifest"));
    }
    if section.sh_flags(endian).contains(SHF_COMPRESSED) {
        return Err(format!(
            "its section `{SECTION}` is compressed: build it without, or `objcopy --decompress-debug-sections`"
        ));
    }
    let data = section.data(endian, bytes).map_err(damaged)?;
    if data.len() > MAX_SIZE {
        return Err("its manifest is larger than 256 KiB".to_owned());
    }
    // C compilers may pad the section with zeros.
    let end = data.iter().rposition(|b| *b != 0).map_or(0, |n| n + 1);
    match data.get(..end) {
        Some([]) | None => Err("its manifest is empty: put the text of `manifest.json` there".to_owned()),
        Some(text) => Ok(text),
    }
}
