//! Plain words: names and phrases that only insiders understand do not come back. Each row says what to write instead.

use rundruf_tidy::{names, source, tree};

/// Where a word is looked for.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Place {
    /// The name of a file or folder, without its ending; with `/`, the whole path.
    File,
    /// The name of a type, where it is defined.
    Type,
    /// A part of a name in code: `greed` in `kill_greedy` is none, in `greed_limit` or `GreedLimit` it is one.
    Part,
    /// Comments, Markdown and the catalogue, in any case. A phrase may stand on two lines.
    Prose,
    /// German texts, in this case.
    German,
}

struct Rule {
    place: Place,
    /// The words, with what to write instead.
    words: &'static [(&'static str, &'static str)],
    /// Files or folders (with `/`) it does not hold for, each with the reason.
    except: &'static [(&'static str, &'static str)],
}

const RULES: &[Rule] = &[
    Rule {
        place: Place::File,
        words: &[
            ("book", "ledger, recorder"),
            ("told", "outcomes"),
            ("lines", "log_sanitizer"),
            ("mask", "redact"),
            ("folder", "state_dir"),
            ("hear", "reader, receive"),
            ("outgoing", "writer"),
            ("calls", "seccomp"),
            ("declared", "grants"),
            ("keeper", "supervisor"),
            ("ground", "environment"),
            ("stand", "instance"),
            ("probe", "context"),
            ("puppet", "scripted_plugin"),
            ("door", "entry_point"),
            ("alarm", "alert"),
            ("pace", "rate_limit"),
            ("leave", "unsubscribe"),
            ("life", "daemon, process_events"),
            ("care", "retention"),
            ("doubt", "in_doubt"),
            ("hot", "plans"),
            ("crowd", "connection_limit"),
            ("stall", "write_timeout"),
            ("visitor", "client_ip"),
            ("patience", "timeout"),
            ("speech", "lang"),
            ("doors", "listeners"),
            ("ask", "api"),
            ("shape", "schema_check"),
            ("near", "suggest"),
            ("lane", "send_queue"),
            ("talk", "transaction"),
            ("stage", "fixture, or what it stages"),
            ("shop", "engine_config"),
            ("twin", "faulty_plugin"),
            ("greed", "enforce_limits"),
            ("bury", "reap"),
            ("doom", "kill_reason"),
            ("excuse", "ignore_next_crash"),
            ("acquit", "reset_crash_count"),
            ("search", "poison"),
            ("trial", "poison"),
            ("another_house", "needs_restart"),
            ("lanes", "send_queue"),
            ("thread", "runtime"),
            // Words that are good names elsewhere count where they were bad ones.
            ("core/check/src/book", "recorder"),
            ("core/check/src/pages", "guard_pages"),
            ("core/check/src/line", "protocol"),
            ("core/check/src/first", "smoke"),
            ("core/check/src/machine", "proc_info"),
            ("core/check/src/remote", "fake_server"),
            ("core/host/src/confinement/files", "landlock"),
            ("core/engine/src/about", "message_context"),
            ("core/engine/src/array", "chunk"),
            ("core/engine/src/maker", "row_builder"),
            ("core/store/src/sqlite/step", "dispatch"),
        ],
        except: &[("core/consent/src/trial.rs", "a permit to try a plugin: named by the published permit")],
    },
    Rule {
        place: Place::Type,
        words: &[
            ("Remote", "PluginProcess"),
            ("Local", "LoadedInstance"),
            ("Book", "SharedLedger"),
            ("Told", "OutcomeBatch"),
            ("Gate", "ShutdownGate"),
            ("Once", "BatchHeader"),
            ("Lengths", "RecipientHeader"),
            ("Head", "RecipientHeader, HttpHead"),
            ("Place", "Endpoint"),
            ("End", "Outcome"),
            ("Desk", "PendingLookups"),
            ("Spot", "Endpoint"),
            ("Ear", "InboundReceiver"),
            ("Rest", "Backoff"),
            ("Sated", "CappedContacts"),
            ("Held", "Unsent"),
            ("By", "Provenance"),
            ("About", "MessageContext"),
            ("Array", "Chunk"),
            ("Maker", "RowBuilder"),
            ("Move", "ConsentChange"),
            ("Moved", "ConsentResult"),
            ("Step", "DispatchResult"),
            ("Chance", "RandomBytes"),
            ("Twice", "Duplicate"),
            ("Life", "Daemon"),
            ("Kept", "what is kept"),
            ("Said", "what was said"),
            ("Heard", "what was received"),
        ],
        except: &[],
    },
    Rule {
        place: Place::Part,
        words: &[
            ("keeper", "supervisor"),
            ("greed", "enforce_limits"),
            ("doom", "kill_reason"),
            ("bury", "reap"),
            ("excuse", "ignore_next_crash"),
            ("acquit", "reset_crash_count"),
            ("puppet", "scripted_plugin"),
            ("crowd", "connection_limit"),
            ("sated", "capped"),
            ("lane", "send_queue"),
            ("twin", "faulty_plugin"),
            ("another_house", "needs_restart"),
            ("patience", "timeout"),
            ("letter", "message"),
        ],
        except: &[],
    },
    Rule {
        place: Place::Prose,
        words: &[
            ("the other side", "the provider, the server, the peer"),
            ("whoever", "a caller that"),
            ("mend", "fix"),
            ("mends", "fixes"),
            ("mended", "fixed"),
            ("fence", "confinement, unwind guard"),
            ("fenced", "confined"),
            ("letter", "message"),
            ("letters", "messages"),
            ("so many", "N"),
            ("spoke nonsense", "protocol violation"),
            ("is no", "is not a"),
            ("are no", "are not"),
            ("stand", "is"),
            ("stands", "is"),
            ("lies", "is"),
            ("the house", "the daemon, the workspace"),
        ],
        except: &[
            ("core/consent/src/keyword.rs", "letters of the alphabet"),
            ("core/consent/src/keyword/", "letters of the alphabet"),
            ("core/consent/SPEC.md", "a paper letter"),
            ("core/consent/src/address/", "letters of the alphabet"),
            ("core/host/src/redact.rs", "letters of the alphabet"),
            ("core/host/src/manifest.rs", "letters of the alphabet"),
            ("core/lang/tests/catalogue.rs", "letters of the alphabet"),
            ("core/lang/de.ftl", "German has its own rule"),
            ("core/lang/en.ftl", "letters of the alphabet"),
            ("plugins/email/src/settings.rs", "letters of the alphabet"),
        ],
    },
    Rule {
        place: Place::German,
        words: &[("Fäden", "Threads"), ("Wirte", "Hosts"), ("Senke", "Ziel"), ("das Haus", "gibt weiter")],
        except: &[],
    },
];

/// Plain English that contains a listed word.
const PLAIN: &[&str] = &[
    "there is no",
    "there are no",
    "is no longer",
    "are no longer",
    "is no more than",
    "stand for",
    "stands for",
    "stand still",
    "stands still",
    "stand-alone",
    "floods or lies",
];

/// The text of a file in which words of this place are looked for, one piece for each line; empty where there is none.
fn pieces(file: &str, place: Place) -> Vec<String> {
    let text = || tree::read(file);
    let rust = file.ends_with(".rs");
    // Comments look the same there.
    let code = rust || [".h", ".c", ".go", ".zig"].iter().any(|ending| file.ends_with(ending));
    let kept = match place {
        Place::File => return Vec::new(),
        Place::Type if rust => source::code(&text()),
        Place::Part if code => source::code(&text()),
        Place::Type | Place::Part => String::new(),
        Place::Prose if code => source::comments(&text()),
        Place::Prose if file.ends_with(".md") || file.ends_with(".ftl") => text(),
        Place::Prose if file.ends_with(".toml") => {
            text().lines().map(|l| l.split_once('#').map_or("", |(_, comment)| comment).to_owned() + "\n").collect()
        }
        Place::Prose => String::new(),
        Place::German if rust || file.ends_with(".ftl") || file.ends_with(".md") => text(),
        Place::German => String::new(),
    };
    kept.lines().map(str::to_owned).collect()
}

/// Names in a line of code.
fn words_of(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|n| !n.is_empty())
}

/// Whether a name has this part: `scripted_child` and `ScriptedChild` have `child`.
fn has_part(name: &str, part: &str) -> bool {
    let mut snake = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if c.is_uppercase() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    format!("_{snake}_").contains(&format!("_{part}_"))
}

/// Whether a text has this phrase as whole words.
fn has_phrase(text: &str, phrase: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    text.match_indices(phrase).any(|(at, _)| {
        !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + phrase.len()..].chars().next())
    })
}

/// The line with what follows it: a phrase may be broken there.
fn with_next(lines: &[String], n: usize) -> String {
    let marks = |l: &str| l.trim().trim_start_matches(['/', '!', '*', '-', '|']).trim().to_owned();
    let next = lines.get(n + 1).map_or_else(String::new, |l| marks(l).split(' ').take(2).collect::<Vec<_>>().join(" "));
    format!("{} {next}", marks(&lines[n]))
}

fn found(rule: &Rule, file: &str) -> Vec<String> {
    let mut out = Vec::new();
    if rule.place == Place::File {
        let names: Vec<&str> = file.split('/').map(|n| n.split('.').next().unwrap_or(n)).collect();
        let path = file.split('.').next().unwrap_or(file);
        let is_named = |word: &str| names.contains(&word) || path == word || path.starts_with(&format!("{word}/"));
        for (word, instead) in rule.words.iter().filter(|(w, _)| is_named(w)) {
            out.push(format!("{file}: a file named `{word}`: {instead}"));
        }
        return out;
    }
    let lines = pieces(file, rule.place);
    for (n, line) in lines.iter().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let types = if rule.place == Place::Type { names::types_in(line) } else { Vec::new() };
        let mut phrases = if rule.place == Place::Prose { with_next(&lines, n).to_lowercase() } else { String::new() };
        for plain in PLAIN {
            phrases = phrases.replace(plain, "");
        }
        let own = if rule.place == Place::Prose { line.to_lowercase() } else { String::new() };
        for (word, instead) in rule.words {
            let hit = match rule.place {
                Place::File => false,
                Place::Type => types.iter().any(|name| name == word),
                Place::Part => line.to_lowercase().contains(word) && words_of(line).any(|name| has_part(name, word)),
                Place::German => has_phrase(line, word),
                // Only what begins in this line: the next one has its own turn.
                Place::Prose => has_phrase(&phrases, word) && own.contains(word.split(' ').next().unwrap_or(word)),
            };
            if hit {
                out.push(format!("{file}:{}: `{word}`: {instead}", n + 1));
            }
        }
    }
    out
}

#[test]
fn words_that_only_insiders_understand_do_not_come_back() {
    let mut all = Vec::new();
    let mut files = tree::files(&["core", "plugins", "tests", "config"]);
    files.extend(["README.md", "CONTRIBUTING.md"].map(str::to_owned));
    // Frozen files are as they were, and this one names the words.
    files.retain(|f| !f.contains("/golden/") && f != "tests/tidy/tests/words.rs");
    for rule in RULES {
        let excepted =
            |file: &str| rule.except.iter().any(|(e, _)| file == *e || e.ends_with('/') && file.starts_with(e));
        for file in files.iter().filter(|f| !excepted(f)) {
            all.extend(found(rule, file));
        }
    }
    assert!(all.is_empty(), "{} words:\n{}", all.len(), all.join("\n"));
}
