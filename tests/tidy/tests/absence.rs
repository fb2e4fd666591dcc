//! What a crate never does, as far as its text shows: each row of the table names words that its code does not contain.

use rundruf_tidy::{source, tree};

/// Words that must not occur in some crates.
struct Never {
    /// Folders it holds for.
    folders: &'static [&'static str],
    /// The words; one that begins and ends with a character of a name is looked for as a whole word.
    words: &'static [&'static str],
    /// Files it does not hold for, or folders that end with `/`, each with the reason.
    except: &'static [(&'static str, &'static str)],
    /// What is said when it is broken.
    because: &'static str,
}

const ALL: &[&str] = &[
    "core/abi",
    "core/check",
    "core/consent",
    "core/daemon",
    "core/engine",
    "core/host",
    "core/lang",
    "core/sdk",
    "core/store",
    "core/web",
];

const NEVER: &[Never] = &[
    Never {
        folders: ALL,
        words: &["SystemTime::now", "Timestamp::now", "Zoned::now"],
        except: &[
            ("core/engine/src/clock.rs", "the one place that asks the time"),
            ("core/daemon/src/settings/transport.rs", "how old a privacy label is"),
            ("core/daemon/src/cli/plugin/", "commands without a daemon"),
            ("core/check/src/sending.rs", "deadlines for the plugin that is checked"),
            ("core/sdk/src/host.rs", "an author's clock where a host lends none"),
        ],
        because: "the wall clock is asked in one place; everybody else is told the time",
    },
    Never {
        folders: &["core/consent", "core/lang", "core/abi"],
        words: &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "SystemTime",
            "Instant",
            "SystemRandom",
            "tokio",
        ],
        except: &[],
        because: "it is pure: time, chance and files are arguments",
    },
    Never {
        folders: &["core/abi"],
        words: &["Vec", "String", "Box", "std::"],
        except: &[],
        because: "the contract owns no memory",
    },
    Never {
        folders: &["core/engine", "core/store", "core/consent", "core/lang"],
        words: &["std::net", "tokio::net", "TcpStream", "TcpListener", "UdpSocket", "hyper"],
        except: &[],
        because: "only pages, program, plugins and their checks talk to a network",
    },
    Never {
        folders: &["core/store"],
        words: &["SystemTime", "Instant"],
        except: &[],
        because: "the store is told the time",
    },
    Never {
        folders: ALL,
        words: &["println!", "eprintln!", "print!", "eprint!"],
        except: &[],
        because: "only the program talks to a terminal, by a writer that tests can replace",
    },
    Never {
        folders: ALL,
        words: &["rundruf_sandbox", "rundruf_email", "rundruf_null"],
        except: &[],
        because: "nothing in core names a plugin",
    },
    Never {
        folders: ALL,
        words: &["SendPermit::new"],
        except: &[("core/consent/src/gate.rs", "the gate")],
        because: "the gate alone makes permits",
    },
    Never {
        folders: ALL,
        words: &["gate::claim", "GateInput", "authorize"],
        except: &[
            ("core/consent/", "where it is defined"),
            ("core/store/src/sqlite/candidate.rs", "the gate is in the claim"),
        ],
        because: "only the claim of the store makes the gate's input and asks the gate",
    },
    Never {
        folders: ALL,
        words: &["gate::trial", "trial::permit", "gate::{", "gate::*"],
        except: &[("core/daemon/src/cli/plugin/run.rs", "an author tries a plugin on an address of his own")],
        because: "a permit without evidence is for messages that belong to no store",
    },
    Never { folders: &["core/web"], words: &["SET_COOKIE"], except: &[], because: "no page sets a cookie" },
    Never {
        folders: &["core/consent", "core/daemon", "core/engine", "core/lang", "core/store", "core/web", "plugins"],
        words: &["unsafe"],
        except: &[],
        because: "unsafe code lives in abi, sdk, host and check",
    },
];

/// Where a word is in a line as a whole word.
fn has(line: &str, word: &str) -> bool {
    let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (first, last) = (is_name(word.chars().next()), is_name(word.chars().last()));
    line.match_indices(word).any(|(at, _)| {
        let before = is_name(line[..at].chars().next_back());
        let after = is_name(line[at + word.len()..].chars().next());
        !(first && before || last && after)
    })
}

#[test]
fn what_must_be_absent_is_absent() {
    let mut broken = Vec::new();
    for never in NEVER {
        let mut used = vec![false; never.except.len()];
        for folder in never.folders {
            let sources = tree::files(&[folder]).into_iter().filter(|f| f.ends_with(".rs") && f.contains("/src/"));
            for file in sources {
                let code = source::without_tests(&source::code(&tree::read(&file)));
                // The root's attribute that forbids unsafe code is not unsafe code.
                let lines = code.lines().enumerate().filter(|(_, l)| !l.contains("unsafe_code"));
                for (n, line) in lines {
                    let Some(word) = never.words.iter().find(|w| has(line, w)) else { continue };
                    let allowed =
                        never.except.iter().position(|(e, _)| file == *e || e.ends_with('/') && file.starts_with(e));
                    match allowed {
                        Some(exception) => used[exception] = true,
                        None => broken.push(format!("{file}:{}: `{word}`: {}", n + 1, never.because)),
                    }
                }
            }
        }
        for (exception, _) in never.except.iter().zip(&used).filter(|(_, used)| !**used) {
            broken.push(format!(
                "exception not needed any more: {} ({}) in: {}",
                exception.0, exception.1, never.because
            ));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn crates_without_unsafe_code_forbid_it() {
    for file in tree::files(&["core", "plugins"]) {
        let is_root =
            file.matches('/').count() == 3 && (file.ends_with("/src/lib.rs") || file.ends_with("/src/main.rs"));
        let may = ["core/abi/", "core/sdk/", "core/host/", "core/check/"].iter().any(|p| file.starts_with(p));
        if is_root && !may {
            assert!(tree::read(&file).contains("#![forbid(unsafe_code)]"), "{file} must forbid unsafe code");
        }
    }
}

#[test]
fn the_host_knows_the_permit_and_nothing_else_of_consent() {
    for file in tree::files(&["core/host/src"]) {
        if file == "core/host/src/fuzz.rs" {
            continue;
        }
        let code = source::without_tests(&source::code(&tree::read(&file)));
        for (n, line) in code.lines().enumerate().filter(|(_, l)| l.contains("rundruf_consent::")) {
            let known = ["SendPermit", "DeliveryId", "EventId"].iter().any(|t| line.contains(t));
            assert!(known, "{file}:{}: the host may know SendPermit and its ids, not more", n + 1);
        }
    }
}

#[test]
fn sql_lives_in_the_store() {
    for file in tree::files(&["core", "plugins"]).into_iter().filter(|f| f.ends_with(".rs")) {
        let text = if file.starts_with("core/store/") { String::new() } else { tree::read(&file) };
        for word in ["SELECT ", "INSERT INTO", "UPDATE delivery", "DELETE FROM"] {
            assert!(!text.contains(word), "{file} contains SQL: `{word}`");
        }
    }
}
