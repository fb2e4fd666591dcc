//! Finds the manifest's section in an ELF file. Every offset and length in the file is checked.

use object::Endianness;
use object::elf::{FileHeader64, SHF_COMPRESSED, SectionHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use rundruf_abi::manifest::{MAX_SIZE, SECTION};
use rundruf_lang::{Message, msg};

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
pub(super) fn head(bytes: &[u8]) -> Result<(), Message> {
    if bytes.get(..4) != Some(b"\x7fELF".as_slice()) {
        return Err(msg!("host-not-elf"));
    }
    let at = |n: usize| bytes.get(n).copied().unwrap_or(0);
    let word = |n: usize| u16::from_le_bytes([at(n), at(n + 1)]);
    match at(CLASS) {
        BITS_64 => {}
        BITS_32 => return Err(msg!("host-for-32-bits")),
        _ => return Err(msg!("host-elf-head-damaged")),
    }
    let ours = if cfg!(target_arch = "x86_64") {
        X86_64
    } else if cfg!(target_arch = "aarch64") {
        AARCH64
    } else {
        RISCV
    };
    if at(BYTE_ORDER) != LITTLE {
        return Err(foreign(msg!("host-byte-order"), ours));
    }
    if word(MACHINE) != ours {
        return Err(foreign(machine(word(MACHINE)), ours));
    }
    if word(KIND) != SHARED {
        return Err(msg!("host-not-shared"));
    }
    Ok(())
}

fn foreign(found: Message, ours: u16) -> Message {
    msg!("host-for-another-machine", found = found, here = machine(ours))
}

/// The name of an architecture, for the admin.
fn machine(number: u16) -> Message {
    match number {
        3 => "x86 (32 bits)".into(),
        8 | 10 => "MIPS".into(),
        20 | 21 => "POWER".into(),
        22 => "s390x".into(),
        40 => "ARM (32 bits)".into(),
        X86_64 => "x86-64".into(),
        AARCH64 => "ARM (64 bits)".into(),
        RISCV => "RISC-V".into(),
        other => msg!("host-machine", number = other),
    }
}

/// Returns the text of the manifest.
pub(super) fn section(bytes: &[u8]) -> Result<&[u8], Message> {
    head(bytes)?;
    let damaged = |e: object::read::Error| msg!("host-elf-damaged", why = %e);
    let file = FileHeader64::<Endianness>::parse(bytes).map_err(damaged)?;
    let endian = file.endian().map_err(damaged)?;
    let sections = file.sections(endian, bytes).map_err(damaged)?;
    let is_it = |s: &&SectionHeader64<Endianness>| {
        sections.section_name(endian, *s).is_ok_and(|name| name == SECTION.as_bytes())
    };
    let mut found = sections.iter().filter(is_it);
    let section = found.next().ok_or_else(|| msg!("host-no-section", section = SECTION))?;
    if found.next().is_some() {
        return Err(msg!("host-two-sections", section = SECTION));
    }
    if section.sh_flags(endian).contains(SHF_COMPRESSED) {
        return Err(msg!("host-section-compressed", section = SECTION));
    }
    let data = section.data(endian, bytes).map_err(damaged)?;
    if data.len() > MAX_SIZE {
        return Err(msg!("host-manifest-too-large"));
    }
    // C compilers may pad the section with zeros.
    let end = data.iter().rposition(|b| *b != 0).map_or(0, |n| n + 1);
    match data.get(..end) {
        Some([]) | None => Err(msg!("host-manifest-empty")),
        Some(text) => Ok(text),
    }
}
