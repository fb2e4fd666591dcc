//! Compiles the allow-list to a BPF program with a binary search over the call numbers: ten comparisons at most. A linear list, as seccompiler
//! builds it, costs each call all comparisons before it, and makes the kernel evaluate it for every call number when the filter is installed.

use seccompiler::{BackendError, BpfProgram, SeccompAction, SeccompFilter, SeccompRule, TargetArch, sock_filter};
use std::collections::BTreeMap;

/// Call number → alternatives of conditions under which it is allowed; without alternatives it is always allowed.
pub(super) type SyscallRules = BTreeMap<i64, Vec<SeccompRule>>;

/// Code for all call numbers from `from` to the next range.
struct NumberRange {
    from: u32,
    code: BpfProgram,
}

/// Builds the program: `gone` fails with `ENOSYS`, calls with rules are allowed by them, all others fail with `EPERM`.
pub(super) fn program(rules: SyscallRules, gone: &[i64], arch: TargetArch) -> Result<BpfProgram, BackendError> {
    let refused = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    // Its first instructions are kept: they kill the process for calls of another architecture.
    let empty = SeccompFilter::new(BTreeMap::new(), refused.clone(), SeccompAction::Allow, arch)?;
    let mut program = BpfProgram::try_from(empty)?;
    program.pop();
    program.push(load_number());
    program.extend(tree(&pieces(rules, gone, refused)));
    Ok(program)
}

fn pieces(rules: SyscallRules, gone: &[i64], refused: SeccompAction) -> Vec<NumberRange> {
    let refused = || vec![answer(refused.clone())];
    let mut points = BTreeMap::from([(0, refused())]);
    let answered = rules.into_iter().map(|(call, ways)| (call, chain(ways, refused())));
    let gone = gone.iter().map(|call| (*call, vec![answer(SeccompAction::Errno(libc::ENOSYS.unsigned_abs()))]));
    for (call, code) in answered.chain(gone) {
        let Ok(call) = u32::try_from(call) else { continue };
        points.insert(call, code);
        points.entry(call.saturating_add(1)).or_insert_with(refused);
    }
    let mut pieces: Vec<_> = points.into_iter().map(|(from, code)| NumberRange { from, code }).collect();
    pieces.dedup_by(|next, before| next.code == before.code);
    pieces
}

/// Tries the alternatives in order; refuses the call if none holds.
fn chain(ways: Vec<SeccompRule>, refused: BpfProgram) -> BpfProgram {
    if ways.is_empty() {
        return vec![answer(SeccompAction::Allow)];
    }
    let mut code = BpfProgram::new();
    for way in ways {
        code.extend(BpfProgram::from(way));
        code.push(answer(SeccompAction::Allow));
    }
    code.extend(refused);
    code
}

fn tree(pieces: &[NumberRange]) -> BpfProgram {
    let (low, high) = match pieces {
        [] => return BpfProgram::new(),
        [one] => return one.code.clone(),
        _ => pieces.split_at(pieces.len() / 2),
    };
    let Some(middle) = high.first().map(|p| p.from) else { return BpfProgram::new() };
    let (low, high) = (tree(low), tree(high));
    let skip = u32::try_from(low.len()).unwrap_or(u32::MAX);
    let mut code = Vec::with_capacity(low.len() + high.len() + 2);
    match u8::try_from(skip) {
        Ok(skip) => code.push(at_least(middle, skip, 0)),
        Err(_) => code.extend([at_least(middle, 0, 1), jump(skip)]),
    }
    code.extend(low);
    code.extend(high);
    code
}

const fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k }
}

const fn load_number() -> sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, std::mem::offset_of!(libc::seccomp_data, nr) as u32)
}

const fn at_least(value: u32, then: u8, otherwise: u8) -> sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, then, otherwise, value)
}

const fn jump(over: u32) -> sock_filter {
    instruction(libc::BPF_JMP | libc::BPF_JA, 0, 0, over)
}

fn answer(action: SeccompAction) -> sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, action.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::confinement::grants::NetworkAccess;
    use crate::confinement::seccomp::{GONE, rules};

    /// Interprets the program as the kernel does; returns the action.
    fn run(program: &[sock_filter], number: u32, arguments: [u32; 6]) -> u32 {
        let (mut at, mut held) = (0, 0);
        loop {
            let sock_filter { code, jt, jf, k } = program[at];
            at += 1;
            let mut branch = |yes: bool| at += usize::from(if yes { jt } else { jf });
            match code {
                0x20 if k == 0 => held = number,
                0x20 if k == 4 => held = program[1].k,
                0x20 => held = arguments[(k as usize - 16) / 8],
                0x54 => held &= k,
                0x05 => at += k as usize,
                0x15 => branch(held == k),
                0x25 => branch(held > k),
                0x35 => branch(held >= k),
                0x06 => return k,
                other => panic!("{other:#x} at {at}"),
            }
        }
    }

    /// A pseudo-random generator with the same numbers in every run.
    fn next(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seed >> 33
    }

    #[test]
    fn the_program_decides_every_call_like_the_plain_list() {
        let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
        let refused = || SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let (allow, gone) =
            (u32::from(SeccompAction::Allow), u32::from(SeccompAction::Errno(libc::ENOSYS.unsigned_abs())));
        for network in [NetworkAccess::None, NetworkAccess::Addresses, NetworkAccess::Names] {
            let rules = rules(network).unwrap();
            let plain = SeccompFilter::new(rules.clone(), refused(), SeccompAction::Allow, arch);
            let plain = BpfProgram::try_from(plain.unwrap()).unwrap();
            let halved = program(rules.clone(), &GONE, arch).unwrap();
            assert_eq!(halved[..3], plain[..3], "another machine's calls");
            let beyond = [0x3fff_ffff, 0x4000_0000, 0x4000_0001, 0x7fff_ffff, 0x8000_0000, u32::MAX];
            let (mut seed, mut allowed) = (1, 0);
            for number in (0..1_100).chain(beyond) {
                let ways = rules.get(&i64::from(number)).map_or(0, Vec::len);
                for _ in 0..1 + ways * 400 {
                    // Small numbers, this process's id, single flags, and combinations.
                    let arguments = [(); 6].map(|()| match next(&mut seed) % 4 {
                        0 => (next(&mut seed) % 20) as u32,
                        1 => std::process::id(),
                        2 => 1 << (next(&mut seed) % 32),
                        _ => next(&mut seed) as u32,
                    });
                    let want = if GONE.contains(&i64::from(number)) { gone } else { run(&plain, number, arguments) };
                    assert_eq!(run(&halved, number, arguments), want, "call {number} with {arguments:?}");
                    allowed += usize::from(want == allow);
                }
            }
            assert!(allowed > 150, "{allowed}");
        }
    }
}
