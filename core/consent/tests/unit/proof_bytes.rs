//! Every byte of a proof matters: changed, it is refused, whichever file it is in.

use super::*;
use crate::proof::proof_fixture::{make_by, signer};

fn keys() -> Vec<LogVerifier> {
    LogVerifier::parse_all(&signer().vkey()).unwrap()
}

/// Other values of a byte: one bit, all bits, upper and lower case swapped.
const MASKS: [u8; 3] = [1, 0xff, 0x20];

#[test]
fn every_changed_byte_of_every_file_is_refused() {
    let mut files = archive::unpack(&make_by(&signer())).unwrap();
    assert_eq!(check(&files, &keys()).unwrap().verdict, ProofVerdict::Valid);
    let names: Vec<String> = files.keys().cloned().collect();
    let (mut changed, mut accepted) = (0, Vec::new());
    for name in names {
        // The two files that never differ are long: every seventh byte of them.
        let step = if name.starts_with("verify") || name.starts_with("VERIFY") { 7 } else { 1 };
        for at in (0..files[&name].len()).step_by(step) {
            let mask = MASKS[at % MASKS.len()];
            files.get_mut(&name).unwrap()[at] ^= mask;
            let is_refused = check(&files, &keys()).is_ok_and(|r| r.verdict == ProofVerdict::Invalid)
                || check(&files, &keys()).is_err();
            files.get_mut(&name).unwrap()[at] ^= mask;
            changed += 1;
            if !is_refused {
                accepted.push(format!("{name}:{at}"));
            }
        }
    }
    println!("{changed} changed bytes of {} files refused, {} accepted", files.len(), accepted.len());
    assert!(accepted.is_empty() && changed > 10_000, "{accepted:?}");
}

#[test]
fn every_changed_byte_of_the_archive_is_refused() {
    let mut zip = make_by(&signer());
    let mut accepted = Vec::new();
    for at in 0..zip.len() {
        let mask = MASKS[at % MASKS.len()];
        zip[at] ^= mask;
        if verify(&zip, &keys()).is_ok_and(|r| r.verdict != ProofVerdict::Invalid) {
            accepted.push(at);
        }
        zip[at] ^= mask;
    }
    println!("{} changed bytes of the archive refused, {} accepted", zip.len(), accepted.len());
    assert!(accepted.is_empty(), "{accepted:?}");
    for cut in [1, 64, 65, 1_000] {
        assert!(verify(&zip[..zip.len() - cut], &keys()).is_err(), "cut off by {cut}");
    }
    zip.push(b' ');
    assert!(verify(&zip, &keys()).is_err(), "a byte behind it");
}
