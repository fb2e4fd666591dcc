//! Checks 9 to 14: opening, closing, and everything in between again and again.

use crate::book::Book;
use crate::machine::{self, Manners};
use crate::probe::{End, PATIENCE, Place, Probe, Ran, demand, no_wrong, ordinary, settle};
use crate::remote::Mode;
use crate::stand::{Shape, Stand};
use rundruf_abi::{Entry, Status};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Memory may grow by so much over all rounds: allocators keep what they had once.
const GROWTH_KIB: u64 = 24 * 1024;
/// Bytes of the C library's allocator for each round, and for each message: more is not given back. Somebody may keep an id for each message,
/// to know its receipt later.
const PER_ROUND: u64 = 512;
const PER_MESSAGE: u64 = 2_048;
/// Nobody can keep so much of each.
const MUCH: u64 = 8_192;
/// All of what is refused may leave so much behind: the mebibyte of noise alone is more.
const REFUSED_KIB: u64 = 1_024;
/// Of half a second: other processes may leave little of it, and whoever only looks now and then needs less.
const WORKS_MS: u64 = 25;
/// The check of what is left behind.
const LOOP: &str = "open-close-loop";

/// Waits until threads and descriptors are down to these counts; what is left if they are not.
fn back_to(threads: usize, descriptors: usize, within: Duration) -> Result<(), End> {
    let until = Instant::now() + within;
    loop {
        let (t, d) = (machine::threads(), machine::descriptors());
        if t <= threads && d.len() <= descriptors {
            return Ok(());
        }
        if Instant::now() > until {
            if t > threads {
                let end = End::failed(format!("{} threads are left behind", t - threads));
                // Threads that work are another check's matter.
                return Err(if work(WORKS_MS) { end.matter("close-quiet") } else { end });
            }
            let last = d.values().next_back().cloned().unwrap_or_default();
            return Err(End::failed(format!(
                "{} descriptors are left behind, such as `{last}`",
                d.len() - descriptors
            )));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether somebody works while nobody of ours does, for so many milliseconds of half a second.
fn work(least_ms: u64) -> bool {
    let before = machine::worked_ms();
    std::thread::sleep(Duration::from_millis(500));
    machine::worked_ms() - before >= least_ms
}

/// Threads and descriptors that a plugin may hold beyond those it had after the first rounds. A Go runtime begins to collect and to poll when it likes,
/// and keeps what it takes for that.
fn allowance(entry: &Entry) -> (usize, usize) {
    if entry.flags & Entry::GO_RUNTIME != 0 { (16, 3) } else { (0, 0) }
}

/// Settings that are none, what is wrong with them, and whether a plugin may open with them all the same.
fn bad_settings(probe: &Probe, place: &Place<'_>) -> Vec<(Vec<u8>, String, bool)> {
    let schema = &probe.manifest.config_schema;
    let has_keys = schema.get("properties").and_then(Value::as_object).is_some_and(|p| !p.is_empty());
    let needs = schema.get("required").and_then(Value::as_array).is_some_and(|r| !r.is_empty());
    let good = place.settings.filled(&place.filling());
    let text = good.to_string();
    let half = text.as_bytes().get(..text.len() / 2).unwrap_or_default().to_vec();
    let mut all = vec![
        (Vec::new(), "no settings at all".to_owned(), !needs),
        (half, "settings cut in the middle".to_owned(), !has_keys),
        (probe.chance().bytes(1 << 20), "a mebibyte of noise".to_owned(), !has_keys),
        (b"[[[[".to_vec(), "brackets that nobody closes".to_owned(), !has_keys),
    ];
    let rules = jsonschema::validator_for(schema).ok();
    for key in good.as_object().into_iter().flat_map(serde_json::Map::keys) {
        let mut changed = good.clone();
        // No schema of a plugin asks for an array in an array in an array.
        if let Some(value) = changed.get_mut(key) {
            *value = json!([[[7]]]);
        }
        // What its own schema allows the daemon lets through.
        let allowed = rules.as_ref().is_none_or(|r| r.is_valid(&changed));
        all.push((changed.to_string().into_bytes(), format!("`{key}` of a wrong type"), allowed));
    }
    all
}

/// 9: settings that are none are refused, in words.
pub(crate) fn open_bad_config(probe: &Probe) -> Ran {
    let (entry, _, table) = probe.tables().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
    let place = probe.place(Mode::Take)?;
    let all = bad_settings(probe, &place);
    let (mut threads, mut descriptors, mut heap) = (usize::MAX, usize::MAX, u64::MAX);
    let mut refused = 0;
    for round in 0..5 {
        // What is made once and kept is no leak: the first round does not count.
        if round == 1 {
            (threads, descriptors, heap) = (machine::threads(), machine::descriptors().len(), machine::heap());
        }
        for (config, what, may_open) in &all {
            probe.step(&format!("opening it with {what}"));
            match probe.stand_with(table, &place, config, 64, Shape::Own) {
                Ok(stand) => {
                    stand.close();
                    demand(*may_open, || format!("it opens with {what}"))?;
                }
                Err(words) => {
                    demand(!words.starts_with("it said nothing"), || {
                        format!("it refuses {what} without a word in the sink")
                    })?;
                    demand(words.len() < 4_096, || format!("its words about {what} are {} bytes long", words.len()))?;
                    refused += u32::from(round == 0);
                }
            }
        }
    }
    let (more, polls) = allowance(entry);
    // What is left behind by settings that are good as well is not told here.
    back_to(threads.saturating_add(more), descriptors.saturating_add(polls), Duration::from_secs(5))
        .map_err(|e| e.matter(LOOP))?;
    let kept = machine::heap().saturating_sub(heap) / 1024;
    demand(kept < REFUSED_KIB, || format!("{kept} KiB are left behind")).map_err(|e| e.matter(LOOP))?;
    Ok(End::passed(format!("{refused} of {} kinds of bad settings refused, in words, nothing left behind", all.len())))
}

/// 10: opened and closed again and again, it leaves nothing behind.
pub(crate) fn open_close_loop(probe: &Probe) -> Ran {
    let (entry, _, table) = probe.tables().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
    let place = probe.place(Mode::Take)?;
    let open = || {
        probe.stand_with(table, &place, place.config().as_bytes(), 64, Shape::Own).map_err(|words| {
            let why = format!("it does not open with the settings of the check: {words}");
            if place.settings.given { End::failed(why) } else { End::skipped(why) }
        })
    };
    let round = |n: u32| -> Result<(), End> {
        let stand = open()?;
        if n.is_multiple_of(8) {
            probe.send_one(&stand)?;
        }
        stand.close().clear();
        Ok(())
    };
    let manners = Manners::now();
    // What is made once and kept (tables, caches) is no leak.
    for n in 0..8 {
        round(n)?;
    }
    std::thread::sleep(Duration::from_millis(20));
    let (threads, descriptors, memory) = (machine::threads(), machine::descriptors().len(), machine::memory_kib());
    let heap = machine::heap();
    let until = Instant::now() + Duration::from_secs(2 * probe.job.effort.seconds);
    let mut rounds = 0;
    while rounds < probe.job.effort.rounds && Instant::now() < until {
        probe.step(&format!("opening and closing it, round {rounds}"));
        round(rounds)?;
        rounds += 1;
    }
    let (more, polls) = allowance(entry);
    back_to(threads + more, descriptors + polls, Duration::from_secs(5))
        .map_err(|e| e.told(|why| format!("after {rounds} rounds {why}")))?;
    let is_go = entry.flags & Entry::GO_RUNTIME != 0;
    if let Some(what) = manners.changed().into_iter().find(|c| !(is_go && c.contains("signal"))) {
        return Err(End::failed(format!("being opened, it changed {what} of the whole process")));
    }
    let grown = machine::memory_kib().saturating_sub(memory);
    demand(grown < GROWTH_KIB, || format!("after {rounds} rounds it holds {grown} KiB more"))?;
    // The book of each instance is the kit's, and never freed.
    let books = u64::from(rounds) * (size_of::<Book>() as u64 + 32);
    let heap = machine::heap().saturating_sub(heap).saturating_sub(books);
    probe.step("sending it one message after the other");
    let each = heap_of_messages(probe, &open()?, 64 * rounds)?;
    let heap = heap / u64::from(rounds.max(1));
    let kept = format!("{heap} bytes of each round and {each} of each message are not given back");
    demand(heap < MUCH && each < MUCH, || kept.clone())?;
    if heap > PER_ROUND || each > PER_MESSAGE {
        return Ok(End::warned(kept));
    }
    Ok(End::passed(format!("{rounds} rounds: no thread, no descriptor; {heap} bytes of each, {each} of each message")))
}

/// Bytes that it keeps for each message.
fn heap_of_messages(probe: &Probe, stand: &Stand, messages: u32) -> Result<u64, End> {
    let send = |count: u32| -> Result<u64, End> {
        let until = Instant::now() + Duration::from_secs(2);
        for _ in 0..count {
            if Instant::now() >= until {
                break;
            }
            probe.send_one(stand)?;
        }
        stand.book.clear();
        Ok(machine::heap())
    };
    let before = send(64)?;
    let after = send(messages)?;
    Ok(after.saturating_sub(before) / u64::from(messages.max(1)))
}

/// 11: two instances know nothing of each other.
pub(crate) fn two_instances(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let places = [probe.place(Mode::Take)?, probe.place(Mode::Take)?];
    places.iter().for_each(Place::keep);
    let [here, there] = &places;
    let a = probe.stand(table, here, 256)?;
    let b = probe.stand(table, there, 256)?;
    let mail = |mark: &str| {
        let mut mail = probe.mail(4.min(probe.max_batch()));
        mail.mark = mark.to_owned();
        mail
    };
    for _ in 0..20 {
        for (stand, mark) in [(&a, "belongs-to-the-first"), (&b, "belongs-to-the-second")] {
            let (_, status) = stand.send(&mail(mark), PATIENCE);
            ordinary(status)?;
        }
    }
    // Whoever got the other one's outcomes notices at once; whoever misses them would wait in vain.
    let mixed = || no_wrong(&a).and(no_wrong(&b)).is_err();
    let until = Instant::now() + PATIENCE;
    while !mixed() && (a.book.seen().open > 0 || b.book.seen().open > 0) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    demand(!mixed(), || "an instance completed letters of the other one".to_owned())?;
    settle(&a, PATIENCE)?;
    settle(&b, PATIENCE)?;
    let mut found = 0;
    for (place, strange) in [(here, "belongs-to-the-second"), (there, "belongs-to-the-first")] {
        for text in place.texts() {
            demand(!text.contains(strange), || {
                "a letter of one instance was sent with the settings of the other".to_owned()
            })?;
            found += 1;
        }
    }
    probe.step("closing one of two instances");
    a.close();
    probe.send_one(&b).map_err(|e| e.told(|why| format!("after the other instance was closed: {why}")))?;
    b.close();
    Ok(End::passed(if found > 0 {
        format!("{found} messages went where their own settings say")
    } else {
        "outcomes came to their own instance; where messages go cannot be seen from here".to_owned()
    }))
}

/// 12: after `close` there is silence.
pub(crate) fn close_quiet(probe: &Probe) -> Ran {
    let (entry, _, table) = probe.tables().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
    let place = probe.place(Mode::Take)?;
    let threads = machine::threads();
    let stand = probe.stand(table, &place, 256)?;
    for _ in 0..10 {
        let (_, status) = stand.send(&probe.mail(4.min(probe.max_batch())), PATIENCE);
        ordinary(status)?;
    }
    settle(&stand, PATIENCE)?;
    probe.step("closing it, and listening for what comes afterwards");
    let book = stand.close_and_forbid();
    let quiet = Duration::from_millis(400);
    let until = Instant::now() + quiet;
    while Instant::now() < until {
        let late = book.late.load(Ordering::SeqCst);
        demand(late == 0, || "it called the host after `close` had returned".to_owned())?;
        std::thread::sleep(Duration::from_millis(10));
    }
    let left = machine::threads().saturating_sub(threads);
    if left == 0 {
        return Ok(End::passed("no call, no thread left"));
    }
    let is_go = entry.flags & Entry::GO_RUNTIME != 0;
    // A collector may have something to do.
    let least = if is_go { 10 * WORKS_MS } else { WORKS_MS };
    demand(!work(least), || format!("{left} threads go on working after `close`"))?;
    if is_go {
        return Ok(End::passed(format!("no call; {left} threads of the Go runtime sleep")));
    }
    Ok(End::warned(format!("no call, but {left} threads are left; they sleep")))
}

/// Fills it until so many letters are out or it is busy. Returns how many.
fn fill(probe: &Probe, stand: &Stand, most: u64) -> Result<u64, End> {
    let mut out = 0;
    while out < most {
        let count = probe.max_batch().min(most - out).min(100);
        let (_, status) = stand.submit(&probe.mail(count));
        match status {
            Status::OK => out += count,
            Status::BUSY => break,
            other => ordinary(Some(other))?,
        }
    }
    Ok(out)
}

/// 13: `close` with letters out loses none.
pub(crate) fn close_in_flight(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Hang)?;
    let stand = probe.stand(table, &place, 1_024)?;
    let out = fill(probe, &stand, 1_000)?;
    let open = stand.book.seen().open;
    probe.step(&format!("closing it while {open} letters are out"));
    let started = Instant::now();
    let book = std::thread::scope(|scope| {
        let closing = scope.spawn(move || stand.close());
        // The other side wakes up while it waits.
        std::thread::sleep(Duration::from_millis(200));
        place.be(Mode::Take);
        closing.join()
    });
    let book = book.map_err(|_| End::failed("a thread of the check broke down"))?;
    let (seen, took) = (book.seen(), started.elapsed());
    if let Some(first) = seen.wrong.first() {
        return Err(first.end());
    }
    demand(seen.open == 0, || format!("`close` lost {} of {out} letters: they have no outcome", seen.open))?;
    demand(took < PATIENCE, || format!("`close` took {} seconds", took.as_secs()))?;
    Ok(End::passed(format!("{out} letters, {open} of them out when it was closed: each answered once")))
}

/// 14: after `drain` nothing is begun and nothing is lost.
pub(crate) fn drain(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Hang)?;
    let stand = probe.stand(table, &place, 1_024)?;
    let out = fill(probe, &stand, 500)?;
    probe.step("draining it");
    let status = stand.drain(Duration::from_secs(10));
    demand(status == Status::OK, || format!("`drain` answers status {}", status.0))?;
    for _ in 0..3 {
        let (_, status) = stand.submit(&probe.mail(1));
        demand(status == Status::CLOSED, || {
            format!("after `drain` it answers a batch with status {}, not with CLOSED (2)", status.0)
        })?;
    }
    place.be(Mode::Take);
    settle(&stand, PATIENCE)?;
    let codes: BTreeSet<u16> =
        stand.book.seen().batches.values().flat_map(|b| b.codes.clone()).filter(|c| *c > 0).collect();
    stand.close();
    let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
    Ok(End::passed(format!("nothing new taken, {out} letters answered (codes {})", codes.join(", "))))
}
