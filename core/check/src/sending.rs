//! Checks 15 to 21: batches of every size, and what a plugin must not make of them. What the other side does wrong is in `faults`.

use crate::letters::names_somebody;
use crate::pages::Forbidden;
use crate::probe::{End, PATIENCE, Probe, Ran, demand, no_wrong, ordinary, settle};
use crate::remote::Mode;
use crate::stand::Stand;
use rundruf_abi::Status;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Sends and waits; codes by index.
fn codes(stand: &Stand, mail: &crate::letters::Mail) -> Result<Vec<u16>, End> {
    let (id, status) = stand.send(mail, PATIENCE);
    ordinary(status)?;
    settle(stand, PATIENCE)?;
    Ok(stand.book.seen().batches.get(&id).map(|b| b.codes.clone()).unwrap_or_default())
}

/// 15: each letter has exactly one outcome.
pub(crate) fn exactly_once(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    let window = u64::from(probe.manifest.max_in_flight).max(probe.max_batch());
    let stand = probe.stand(table, &place, u32::try_from(window).unwrap_or(u32::MAX))?;
    // There may be more batches than memory can hold.
    stand.book.forgets.store(true, Ordering::SeqCst);
    let most = probe.max_batch();
    let mut sizes: Vec<u64> = [1, 2, 255, 256, most].into_iter().filter(|s| *s <= most).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let until = Instant::now() + Duration::from_secs(probe.job.effort.seconds);
    let (mut sent, mut next) = (0, sizes.iter().cycle());
    while sent < probe.job.effort.messages && (Instant::now() < until || sent < most) {
        let Some(size) = next.next() else { break };
        // The host keeps to the window.
        stand.book.wait(PATIENCE, |s| s.open as u64 + size <= window || !s.wrong.is_empty());
        no_wrong(&stand)?;
        probe.step(&format!("sending a batch of {size}"));
        let (_, status) = stand.send(&probe.mail(*size), PATIENCE);
        ordinary(status)?;
        sent += size;
    }
    settle(&stand, PATIENCE)?;
    probe.step("sending a batch larger than its manifest allows");
    let (_, status) = stand.submit(&probe.mail(most + 1));
    settle(&stand, PATIENCE)?;
    let seen = stand.book.seen();
    demand(!seen.details.iter().chain(&seen.lines).any(|t| names_somebody(&probe.manifest.channels, t)), || {
        "the address of a recipient stands in an outcome or in a line of the log".to_owned()
    })?;
    let good = seen.sent;
    let other = seen.details.iter().find(|d| !d.is_empty()).cloned().unwrap_or_default();
    drop(seen);
    stand.close();
    if good == 0 {
        return Ok(End::warned(format!("each letter has one outcome, but none of {sent} was sent: {other}")));
    }
    let larger = if status == Status::OK { "taken" } else { "refused" };
    Ok(End::passed(format!(
        "{sent} letters in batches of up to {most}, one outcome each; a larger batch is {larger} whole"
    )))
}

/// 16: arrays are walked by their stride.
pub(crate) fn stride(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    let stand = probe.stand(table, &place, 1_024)?;
    let mut mail = probe.mail(16.min(probe.max_batch()));
    let plain = codes(&stand, &mail)?;
    let mut chance = probe.chance();
    // The last two do not fit into eight and into sixteen bits.
    for tail in [8, 24, 160, 400, 66_000] {
        probe.step(&format!("sending a batch whose arrays have {tail} bytes of a later version behind each element"));
        (mail.tail, mail.seed) = (tail, chance.next());
        mail.mark = format!("with-tail-{tail}");
        let wide = codes(&stand, &mail)?;
        let class = |codes: &[u16]| codes.iter().map(|c| c / 100).collect::<Vec<_>>();
        demand(class(&wide) == class(&plain), || {
            format!("with {tail} more bytes behind each element the outcomes differ: it does not walk by the stride")
        })?;
    }
    stand.close();
    Ok(End::passed("elements with 8 to 66,000 more bytes give the same outcomes"))
}

/// 17: a batch is read, and left alone when it is over.
pub(crate) fn poisoned_batch(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    let stand = probe.stand(table, &place, 1_024)?;
    stand.book.guards.store(true, Ordering::SeqCst);
    probe.step("sending batches that are forbidden as soon as their last letter is completed");
    let mut count = 0;
    for n in 0..200_u64 {
        let size = [1, 2, 16].get((n % 3) as usize).copied().unwrap_or(1).min(probe.max_batch());
        let mail = probe.mail(size);
        let batch = Arc::new(mail.lay(1 << 40 | n));
        batch.guard(Forbidden::Writing);
        let until = Instant::now() + PATIENCE;
        let mut status = stand.submit_batch(&batch);
        while status == Status::BUSY && Instant::now() < until {
            no_wrong(&stand)?;
            stand.book.wait(Duration::from_millis(5), |s| s.open == 0);
            status = stand.submit_batch(&batch);
        }
        ordinary(Some(status))?;
        count += size;
    }
    settle(&stand, PATIENCE)?;
    // Whoever looks a little later is caught as well.
    std::thread::sleep(Duration::from_millis(50));
    stand.close();
    Ok(End::passed(format!("{count} letters: nothing written into a batch, nothing read after its end")))
}

/// 18: a full plugin says so, and says when it has room again.
pub(crate) fn busy(probe: &Probe) -> Ran {
    const WINDOW: u32 = 16;
    let table = probe.load()?;
    let place = probe.place(Mode::Hang)?;
    let stand = probe.stand(table, &place, WINDOW)?;
    let each = 4.min(probe.max_batch());
    probe.step("sending more than its window while the other side hangs");
    let mut taken = 0;
    let mut refused = None;
    while taken < 16 * u64::from(WINDOW) && refused.is_none() {
        match stand.submit(&probe.mail(each)) {
            (_, Status::OK) => taken += each,
            (id, Status::BUSY) => refused = Some(id),
            (_, other) => ordinary(Some(other))?,
        }
    }
    let open = stand.book.seen().open as u64;
    let Some(id) = refused else {
        demand(open <= 4 * u64::from(WINDOW), || {
            format!("with a window of {WINDOW} it took {open} letters that it cannot send now: its queue has no end")
        })?;
        place.be(Mode::Take);
        settle(&stand, PATIENCE)?;
        stand.close();
        return Ok(End::passed(format!("{taken} letters were done as fast as they came: it was never busy")));
    };
    let ready = stand.book.seen().ready;
    place.be(Mode::Take);
    settle(&stand, PATIENCE)?;
    let untouched = stand.book.seen().batches.get(&id).is_some_and(|b| b.codes.iter().all(|c| *c == 0));
    demand(untouched, || "it completed letters of a batch that it had refused".to_owned())?;
    // It may have said so before we looked.
    let said = ready > 0 || stand.book.wait(Duration::from_secs(5), |s| s.ready > 0);
    demand(said, || "it was busy, has room again, and did not call `ready`: the host would ask in vain".to_owned())?;
    let (_, status) = stand.send(&probe.mail(each), PATIENCE);
    ordinary(status)?;
    settle(&stand, PATIENCE)?;
    stand.close();
    Ok(End::passed(format!(
        "busy after {taken} letters with a window of {WINDOW}; nothing taken of the next, `ready` later"
    )))
}

/// 19: whatever comes has an outcome.
pub(crate) fn bad_input(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    let stand = probe.stand(table, &place, 1_024)?;
    let addresses: [(&str, Vec<u8>); 6] = [
        ("an empty address", Vec::new()),
        ("an address of 64 KiB", vec![b'a'; 64 * 1024]),
        ("an address with a NUL in it", b"kit\0@kit.example".to_vec()),
        ("an address that is not UTF-8", b"kit-\xff\xfe@kit.example".to_vec()),
        ("an address of two lines", b"kit@kit.example>\r\nBcc: all@kit.example".to_vec()),
        ("an address of blanks", b"   ".to_vec()),
    ];
    let ordinary = probe.send_one(&stand)? / 100;
    let people = 3.min(probe.max_batch());
    let mut mails = Vec::new();
    for (what, bad) in addresses {
        let mut mail = probe.mail(people);
        // Between two good ones: they lose nothing by it.
        if let Some(one) = mail.to.get_mut(usize::from(people > 1)) {
            *one = bad;
        }
        let neighbours: &[usize] = if people == 3 { &[0, 2] } else { &[] };
        mails.push((what, mail, true, neighbours));
    }
    let mut mail = probe.mail(people);
    mail.empty = true;
    mails.push(("a message without subject and text", mail, true, &[]));
    let mut mail = probe.mail(1);
    mail.more = b"\xc3\x28\xff text that is not UTF-8 \0".to_vec();
    mails.push(("a text that is not UTF-8", mail, true, &[]));
    let mut mail = probe.mail(1);
    let most = usize::try_from(probe.manifest.max_content).unwrap_or(usize::MAX).min(64 << 20);
    mail.more = vec![b'x'; most + 1];
    mails.push(("a text larger than its manifest allows", mail, false, &[]));
    mails.push(("a batch without recipients", probe.mail(0), false, &[]));
    let count = mails.len();
    for (what, mail, must_take, neighbours) in mails {
        probe.step(&format!("sending {what}"));
        let (id, status) = stand.send(&mail, PATIENCE);
        demand(status == Some(Status::OK) || (!must_take && status.is_some()), || {
            let status = status.map_or(1, |s| s.0);
            format!("{what}: it refuses the whole batch (status {status}), and with it the good letters")
        })?;
        settle(&stand, PATIENCE).map_err(|e| e.told(|why| format!("{what}: {why}")))?;
        let codes = stand.book.seen().batches.get(&id).map(|b| b.codes.clone()).unwrap_or_default();
        let harmed = neighbours.iter().find(|n| codes.get(**n).is_some_and(|c| c / 100 != ordinary));
        demand(harmed.is_none(), || format!("{what}: an ordinary letter beside it has another outcome than alone"))?;
    }
    probe.step("sending an ordinary message after all that");
    probe.send_one(&stand)?;
    stand.close();
    Ok(End::passed(format!("{count} kinds of bad input, each with its outcome")))
}

/// 20: what may no longer begin is not begun. (The contract takes messages back by deadline and drain; there is no other cancelling.)
pub(crate) fn cancel(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    place.keep();
    let stand = probe.stand(table, &place, 1_024)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(0);
    let people = 8.min(probe.max_batch());
    let mut mail = probe.mail(people);
    (mail.deadline_ms, mail.mark) = (now - 5_000, "it-was-too-late".to_owned());
    probe.step("sending a batch whose deadline has passed");
    for code in codes(&stand, &mail)? {
        demand(code == 303 || code == 201, || {
            format!("a letter whose deadline has passed has outcome {code}, not EXPIRED (303) or UNTOUCHED (201)")
        })?;
    }
    demand(place.texts().iter().all(|t| !t.contains("it-was-too-late")), || {
        "a letter whose deadline has passed was sent".to_owned()
    })?;
    (mail.deadline_ms, mail.mark) = (now + 3_600_000, "in-time".to_owned());
    let plain = codes(&stand, &probe.mail(people))?;
    let timely = codes(&stand, &mail)?;
    demand(plain.iter().map(|c| c / 100).eq(timely.iter().map(|c| c / 100)), || {
        "a deadline in an hour changes the outcome of a letter".to_owned()
    })?;
    // Time runs out while letters wait: each is answered, one way or the other.
    place.be(Mode::Hang);
    let (_, status) = {
        let soon = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + Duration::from_millis(50);
        mail.deadline_ms = i64::try_from(soon.as_millis()).unwrap_or(0);
        stand.send(&mail, PATIENCE)
    };
    ordinary(status)?;
    std::thread::sleep(Duration::from_millis(60));
    place.be(Mode::Take);
    settle(&stand, PATIENCE)?;
    stand.close();
    Ok(End::passed("too late is not sent, in time is sent, each answered once"))
}

/// 21: calls return at once, whatever the other side does.
pub(crate) fn latency_of_calls(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Hang)?;
    let stand = probe.stand(table, &place, 256)?;
    let (mut took, mut slow) = (Vec::new(), 0);
    probe.step("calling it while the other side hangs");
    for n in 0..100 {
        let mail = probe.mail(1);
        let batch = Arc::new(mail.lay(1 << 41 | n));
        let started = Instant::now();
        let status = stand.submit_batch(&batch);
        let time = started.elapsed();
        if status != Status::BUSY {
            ordinary(Some(status))?;
        }
        slow += u32::from(time > Duration::from_millis(100));
        took.push(time);
        // A busy machine may stop us once or twice; a call that waits for the other side is slow every time.
        demand(slow < 3, || "`submit` waits while the other side hangs: three calls took more than 100 ms".to_owned())?;
    }
    let started = Instant::now();
    stand.drain(Duration::from_secs(10));
    let drained = started.elapsed();
    place.be(Mode::Take);
    settle(&stand, PATIENCE)?;
    stand.close();
    demand(drained < Duration::from_millis(1_000), || format!("`drain` took {} ms", drained.as_millis()))?;
    took.sort_unstable();
    let us = |n: usize| took.get(n).map_or(0, Duration::as_micros);
    let (half, nine) = (us(49), us(89));
    if nine > 1_000 {
        return Ok(End::warned(format!(
            "one of ten calls takes more than a millisecond (p50 {half} µs, p90 {nine} µs)"
        )));
    }
    Ok(End::passed(format!("`submit` p50 {half} µs, p90 {nine} µs while the other side hangs")))
}
