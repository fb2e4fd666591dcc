//! What the checks of a plugin say.

/// English, German.
pub(super) const PHRASES: &[(&str, &str)] = &[
    // What is demanded, and what helps.
    (
        "the manifest is there, and says what the library says of itself",
        "das Manifest ist da und sagt dasselbe wie die Bibliothek von sich",
    ),
    ("write id and version once and use them for both", "Kennung und Fassung einmal schreiben und für beide nehmen"),
    (
        "one symbol is exported, and the file can be neither patched nor unloaded",
        "ein Symbol ist sichtbar, und die Datei kann weder geändert noch entladen werden",
    ),
    (
        "compile with -fPIC -fvisibility=hidden, link with -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack",
        "mit -fPIC -fvisibility=hidden übersetzen, mit -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack binden",
    ),
    ("it loads on any system with glibc", "es lädt auf jedem System mit glibc"),
    (
        "link statically what is not part of glibc, and build against an old glibc",
        "statisch binden, was nicht zur glibc gehört, und gegen eine alte glibc bauen",
    ),
    ("loading it does nothing but load it", "das Laden lädt und tut sonst nichts"),
    ("move everything out of constructors into `open`", "alles aus den Konstruktoren nach `open` verlegen"),
    ("the entry gives the same answer whoever asks", "der Einstieg antwortet immer dasselbe, wer auch fragt"),
    ("return the address of one static entry", "die Adresse eines einzigen statischen Einstiegs zurückgeben"),
    (
        "sizes, flags, texts, functions and schema are what they should be",
        "Größen, Merker, Texte, Funktionen und Schema sind, wie sie sein sollen",
    ),
    (
        "use the header's types and set what is reserved to 0",
        "die Typen der Header-Datei nehmen und Reserviertes auf 0 setzen",
    ),
    ("hosts with a shorter and a longer table are served", "Wirte mit kürzerer und längerer Tabelle werden bedient"),
    (
        "ask RUNDRUF_HAS before a field is read, and never compare `size` with sizeof",
        "vor jedem Feld RUNDRUF_HAS fragen und `size` nie mit sizeof vergleichen",
    ),
    ("an extension that it has not is null", "eine Erweiterung, die es nicht hat, ist null"),
    ("compare the whole id with its length", "die ganze Kennung samt ihrer Länge vergleichen"),
    ("settings that are none are refused in words", "Einstellungen, die keine sind, werden mit Worten abgelehnt"),
    (
        "parse the whole JSON, and write what is wrong with which key into the sink",
        "das ganze JSON lesen und in die Senke schreiben, was an welchem Schlüssel falsch ist",
    ),
    (
        "opened and closed again and again it leaves nothing behind",
        "immer wieder geöffnet und geschlossen hinterlässt es nichts",
    ),
    (
        "give back in `close` what `open` took: memory, descriptors, threads",
        "in `close` zurückgeben, was `open` genommen hat: Speicher, Deskriptoren, Fäden",
    ),
    ("two instances know nothing of each other", "zwei Instanzen wissen nichts voneinander"),
    (
        "keep everything in the instance, nothing in globals",
        "alles in der Instanz halten, nichts in globalen Variablen",
    ),
    ("after `close` there is silence", "nach `close` ist Ruhe"),
    ("wait in `close` until each of your threads has ended", "in `close` warten, bis jeder eigene Faden geendet hat"),
    ("`close` with letters out answers each of them", "`close` beantwortet jeden Brief, der noch unterwegs ist"),
    (
        "complete what was not begun as UNTOUCHED and what was begun as MAYBE_SENT before `close` returns",
        "Unbegonnenes als UNTOUCHED und Begonnenes als MAYBE_SENT melden, bevor `close` zurückkehrt",
    ),
    ("after `drain` nothing is begun and nothing is lost", "nach `drain` wird nichts begonnen und nichts verloren"),
    (
        "answer CLOSED after `drain`, and complete what you hold",
        "nach `drain` CLOSED antworten und melden, was man hält",
    ),
    ("each letter has exactly one outcome", "jeder Brief hat genau einen Ausgang"),
    (
        "complete every index of a batch once, whatever happens",
        "jeden Index eines Stapels einmal melden, was auch geschieht",
    ),
    ("arrays are walked by their stride", "Felder werden nach ihrer Schrittweite gelesen"),
    (
        "go from element to element by the batch's stride, not by sizeof",
        "von Element zu Element mit der Schrittweite des Stapels gehen, nicht mit sizeof",
    ),
    (
        "a batch is only read, and not after its last outcome",
        "ein Stapel wird nur gelesen, und nicht nach seinem letzten Ausgang",
    ),
    (
        "copy what you need before you complete the last index",
        "kopieren, was man braucht, bevor man den letzten Index meldet",
    ),
    (
        "a full plugin says BUSY, and `ready` when it has room",
        "ein volles Plugin sagt BUSY, und `ready`, wenn es Platz hat",
    ),
    (
        "take a whole batch or nothing of it, and call `ready` when there is room after BUSY",
        "einen Stapel ganz nehmen oder gar nicht, und nach BUSY `ready` rufen, wenn Platz ist",
    ),
    ("whatever comes has an outcome", "was auch kommt, hat einen Ausgang"),
    (
        "check addresses and sizes, and answer each letter for itself",
        "Adressen und Größen prüfen und jeden Brief für sich beantworten",
    ),
    ("what may no longer begin is not begun", "was nicht mehr beginnen darf, wird nicht begonnen"),
    (
        "look at `deadline_ms` before each letter, and complete it as EXPIRED",
        "vor jedem Brief `deadline_ms` ansehen und ihn als EXPIRED melden",
    ),
    ("calls return at once, whatever the other side does", "Aufrufe kehren sofort zurück, was die Gegenseite auch tut"),
    ("queue in `submit` and send on a thread of your own", "in `submit` einreihen und auf einem eigenen Faden senden"),
    ("what the other side does wrong is told as it is", "was die Gegenseite falsch macht, wird gesagt, wie es ist"),
    (
        "say MAYBE_SENT as soon as a byte of the message may have left, and never before",
        "MAYBE_SENT sagen, sobald ein Byte der Nachricht gegangen sein kann, und nie vorher",
    ),
    (
        "a message from outside is acknowledged when the host has it",
        "eine Nachricht von außen wird bestätigt, wenn der Wirt sie hat",
    ),
    (
        "tell the other side \"received\" only after `inbound` has answered OK, and try again otherwise",
        "der Gegenseite erst \"angekommen\" sagen, wenn `inbound` OK geantwortet hat, und es sonst wieder versuchen",
    ),
    ("a host that fails does not make the plugin fail", "ein Wirt, der versagt, lässt das Plugin nicht versagen"),
    (
        "look at every function of the host before you call it, and never complete twice",
        "jede Funktion des Wirts ansehen, bevor man sie ruft, und nie zweimal melden",
    ),
    ("many threads at once in the sandbox do it no harm", "viele Fäden zugleich in der Sandbox schaden ihm nicht"),
    (
        "guard what threads share, and ask the system for nothing that the sandbox forbids",
        "schützen, was Fäden teilen, und vom System nichts verlangen, was die Sandbox verbietet",
    ),
    // How the process ended.
    ("the process died by {} while {}", "der Prozess starb an {}, bei: {}"),
    ("it ended the process by itself (exit code {}) while {}", "es beendete den Prozess selbst (Code {}), bei: {}"),
    ("it did not end within {} seconds while {}", "es endete nicht in {} Sekunden, bei: {}"),
    (
        "it closed a descriptor that was not its own while {}",
        "es schloss einen Deskriptor, der nicht seiner war, bei: {}",
    ),
    (
        "it wrote to a descriptor that was not its own while {}",
        "es schrieb auf einen Deskriptor, der nicht seiner war, bei: {}",
    ),
    ("a process that it started goes on after it", "ein Prozess, den es gestartet hat, läuft nach ihm weiter"),
    (
        "the process that watches over the check did not survive it",
        "der Prozess, der über die Prüfung wacht, hat sie nicht überlebt",
    ),
    ("loading it", "Laden"),
    ("opening it", "Öffnen"),
    ("closing it", "Schließen"),
    ("sending a first message", "Senden einer ersten Nachricht"),
    // Ways of running it.
    ("with isolation = \"{}\": {}", "mit isolation = \"{}\": {}"),
    ("it can be run in none of these ways", "so lässt es sich nicht betreiben"),
    ("it contains a Go runtime", "es enthält eine Go-Laufzeit"),
    ("it was built with `panic = \"abort\"`", "es wurde mit `panic = \"abort\"` gebaut"),
    ("the sandbox cannot be put up here: {}", "die Sandbox lässt sich hier nicht aufbauen: {}"),
    ("a first look did not come so far: see `{}`", "ein erster Blick kam nicht so weit: siehe `{}`"),
    ("not told twice: see `{}`", "steht schon da: siehe `{}`"),
    ("it cannot be loaded: {}", "es lässt sich nicht laden: {}"),
    ("the manifest cannot be read", "das Manifest lässt sich nicht lesen"),
    ("the kit cannot work here: {}", "der Prüfstand kann hier nicht arbeiten: {}"),
    ("no settings to open it with: {}", "keine Einstellungen, um es zu öffnen: {}"),
    (
        "no value for the key `{}` can be made from the schema",
        "für den Schlüssel `{}` lässt sich aus dem Schema kein Wert machen",
    ),
    (
        "it does not open with the settings of the check: {}",
        "es lässt sich mit den Einstellungen der Prüfung nicht öffnen: {}",
    ),
    ("it said nothing (status {})", "es sagte nichts (Status {})"),
    // Loading.
    ("{} {}, contract {}.{}", "{} {}, Vertrag {}.{}"),
    ("the manifest says {} `{}`, the descriptor says `{}`", "das Manifest sagt als {} `{}`, der Deskriptor sagt `{}`"),
    (
        "the manifest says contract `{}.{}`, the entry says `{}.{}`",
        "das Manifest sagt Vertrag `{}.{}`, der Einstieg sagt `{}.{}`",
    ),
    (
        "it exports {} more symbols, such as `{}`: they may clash with others'",
        "es zeigt {} weitere Symbole, etwa `{}`: sie können mit anderen zusammenstoßen",
    ),
    ("its stack is executable", "sein Stapelspeicher ist ausführbar"),
    (
        "its code must be changed while it is loaded (text relocations): build it with -fPIC",
        "sein Code muss beim Laden geändert werden (Textverschiebungen): mit -fPIC bauen",
    ),
    (
        "it is not marked as never to be unloaded: link it with -Wl,-z,nodelete",
        "es ist nicht als unentladbar gekennzeichnet: mit -Wl,-z,nodelete binden",
    ),
    (
        "its tables of addresses stay writable: link it with -Wl,-z,relro,-z,now",
        "seine Adresstabellen bleiben schreibbar: mit -Wl,-z,relro,-z,now binden",
    ),
    (
        "one symbol, no executable stack, relocations read-only, never unloaded",
        "ein Symbol, kein ausführbarer Stapelspeicher, Verschiebungen nur lesbar, nie entladen",
    ),
    (
        "it needs `{}`, which not every system has: link that statically",
        "es braucht `{}`, was nicht jedes System hat: statisch binden",
    ),
    (
        "it needs glibc {}.{}: systems with an older one cannot load it",
        "es braucht glibc {}.{}: Systeme mit einer älteren können es nicht laden",
    ),
    ("loads with glibc {}.{} and nothing special", "lädt mit glibc {}.{} und sonst nichts"),
    ("being loaded, it opened `{}`", "beim Laden öffnete es `{}`"),
    ("being loaded, it changed {} of the whole process", "beim Laden änderte es am ganzen Prozess: {}"),
    ("being loaded, it started {} threads", "beim Laden startete es {} Fäden"),
    ("loading it took {} ms", "das Laden dauerte {} ms"),
    ("loading it took {} ms, 100 are enough for anybody", "das Laden dauerte {} ms, 100 reichen jedem"),
    (
        "its Go runtime starts {} threads and takes signals over: in its own process only",
        "seine Go-Laufzeit startet {} Fäden und übernimmt Signale: nur im eigenen Prozess",
    ),
    ("loaded in {} ms, without a trace", "in {} ms geladen, ohne eine Spur"),
    ("200 calls of the entry gave {} different answers", "200 Aufrufe des Einstiegs gaben {} verschiedene Antworten"),
    ("200 calls from two threads, one answer", "200 Aufrufe von zwei Fäden, eine Antwort"),
    ("its entry has flags that nobody knows ({})", "sein Einstieg hat Merker, die niemand kennt ({})"),
    ("reserved flags are not 0", "reservierte Merker sind nicht 0"),
    (
        "the id `{}` is not made of small letters, digits, `.`, `-` and `_`",
        "die Kennung `{}` besteht nicht aus Kleinbuchstaben, Ziffern, `.`, `-` und `_`",
    ),
    ("the version `{}` is not like 1.2.3", "die Fassung `{}` ist nicht wie 1.2.3"),
    ("its function table lacks `{}`", "seiner Funktionstabelle fehlt `{}`"),
    ("its `config_schema` is no JSON Schema: {}", "sein `config_schema` ist kein JSON Schema: {}"),
    ("sizes, flags, texts, functions, schema", "Größen, Merker, Texte, Funktionen, Schema"),
    (
        "it refuses {}, whose table has another size: {}",
        "es lehnt {} ab, weil dessen Tabelle eine andere Größe hat: {}",
    ),
    ("the oldest host", "den ältesten Wirt"),
    ("a later host", "einen späteren Wirt"),
    (
        "it claims to have the extension `{}`, which does not exist",
        "es will die Erweiterung `{}` haben, die es nicht gibt",
    ),
    ("{} names that do not exist: none is claimed", "{} Namen, die es nicht gibt: keiner wird behauptet"),
    // What is wrong whatever the check is about.
    ("{} letters had no outcome after {} seconds", "{} Briefe hatten nach {} Sekunden keinen Ausgang"),
    ("a message had no outcome after 20 seconds", "eine Nachricht hatte nach 20 Sekunden keinen Ausgang"),
    ("it refused an ordinary batch (status {})", "es lehnte einen gewöhnlichen Stapel ab (Status {})"),
    ("it was busy for 20 seconds with nothing to do", "es war 20 Sekunden beschäftigt, ohne etwas zu tun zu haben"),
    ("it completed index {} of a batch of {} twice", "es meldete Index {} eines Stapels von {} zweimal"),
    ("it completed index {} of a batch of {}", "es meldete Index {} eines Stapels von {}"),
    ("it completed letters of a batch that it had refused", "es meldete Briefe eines Stapels, den es abgelehnt hatte"),
    ("it completed letters after `close` had returned", "es meldete Briefe, nachdem `close` zurückgekehrt war"),
    ("it called the host after `close` had returned", "es rief den Wirt, nachdem `close` zurückgekehrt war"),
    (
        "it wrote into a batch, which belongs to the host (clause batch)",
        "es schrieb in einen Stapel, der dem Wirt gehört (Klausel batch)",
    ),
    (
        "it looked at a batch after it had completed the last index of it (clause batch)",
        "es las einen Stapel, nachdem es dessen letzten Index gemeldet hatte (Klausel batch)",
    ),
    (
        "it looked at the host's table after `close` had returned (clause host)",
        "es las die Tabelle des Wirts, nachdem `close` zurückgekehrt war (Klausel host)",
    ),
    (
        "it read beyond the `size` that the host's table names",
        "es las über das `size` hinaus, das die Tabelle des Wirts nennt",
    ),
    // Life.
    ("it opens with {}", "es öffnet sich mit: {}"),
    ("it refuses {} without a word in the sink", "es lehnt ohne ein Wort in der Senke ab: {}"),
    ("no settings at all", "gar keinen Einstellungen"),
    ("settings cut in the middle", "Einstellungen, in der Mitte abgeschnitten"),
    ("a mebibyte of noise", "einem Mebibyte Rauschen"),
    ("brackets that nobody closes", "Klammern, die niemand schließt"),
    ("`{}` of a wrong type", "`{}` von falschem Typ"),
    (
        "{} of {} kinds of bad settings refused, in words, nothing left behind",
        "{} von {} Arten schlechter Einstellungen mit Worten abgelehnt, nichts hinterlassen",
    ),
    ("after {} rounds {}", "nach {} Runden: {}"),
    ("{} KiB are left behind", "{} KiB bleiben zurück"),
    ("{} threads are left behind", "{} Fäden bleiben zurück"),
    ("{} descriptors are left behind, such as `{}`", "{} Deskriptoren bleiben zurück, etwa `{}`"),
    ("after {} rounds it holds {} KiB more", "nach {} Runden hält es {} KiB mehr"),
    (
        "{} rounds: no thread, no descriptor; {} bytes of each, {} of each message",
        "{} Runden: kein Faden, kein Deskriptor; von jeder {} Bytes, von jeder Nachricht {}",
    ),
    (
        "{} bytes of each round and {} of each message are not given back",
        "{} Bytes jeder Runde und {} jeder Nachricht werden nicht zurückgegeben",
    ),
    ("being opened, it changed {} of the whole process", "beim Öffnen änderte es am ganzen Prozess: {}"),
    ("an instance completed letters of the other one", "eine Instanz meldete Briefe der anderen"),
    (
        "a letter of one instance was sent with the settings of the other",
        "ein Brief der einen Instanz ging mit den Einstellungen der anderen hinaus",
    ),
    ("{} messages went where their own settings say", "{} Nachrichten gingen dorthin, wohin ihre Einstellungen sagen"),
    (
        "outcomes came to their own instance; where messages go cannot be seen from here",
        "Ausgänge kamen zur eigenen Instanz; wohin Nachrichten gehen, ist von hier nicht zu sehen",
    ),
    ("no call, no thread left", "kein Aufruf, kein Faden übrig"),
    ("no call; {} threads of the Go runtime sleep", "kein Aufruf; {} Fäden der Go-Laufzeit schlafen"),
    ("no call, but {} threads are left; they sleep", "kein Aufruf, aber {} Fäden sind übrig; sie schlafen"),
    ("{} threads go on working after `close`", "{} Fäden arbeiten nach `close` weiter"),
    (
        "`close` lost {} of {} letters: they have no outcome",
        "`close` verlor {} von {} Briefen: sie haben keinen Ausgang",
    ),
    (
        "{} letters, {} of them out when it was closed: each answered once",
        "{} Briefe, {} davon beim Schließen unterwegs: jeder einmal beantwortet",
    ),
    (
        "after `drain` it answers a batch with status {}, not with CLOSED (2)",
        "nach `drain` beantwortet es einen Stapel mit Status {}, nicht mit CLOSED (2)",
    ),
    ("nothing new taken, {} letters answered (codes {})", "nichts Neues genommen, {} Briefe beantwortet (Codes {})"),
    // Sending.
    (
        "the address of a recipient stands in what it prints",
        "die Adresse eines Empfängers steht in dem, was es ausgibt",
    ),
    (
        "the address of a recipient stands in an outcome or in a line of the log",
        "die Adresse eines Empfängers steht in einem Ausgang oder in einer Zeile des Protokolls",
    ),
    (
        "each letter has one outcome, but none of {} was sent: {}",
        "jeder Brief hat einen Ausgang, aber keiner von {} ging hinaus: {}",
    ),
    (
        "{} letters in batches of up to {}, one outcome each; a larger batch is {} whole",
        "{} Briefe in Stapeln bis {}, je ein Ausgang; ein größerer Stapel wird ganz {}",
    ),
    ("taken", "genommen"),
    ("refused", "abgelehnt"),
    (
        "with {} more bytes behind each element the outcomes differ: it does not walk by the stride",
        "mit {} Bytes mehr hinter jedem Element sind die Ausgänge andere: es geht nicht nach der Schrittweite",
    ),
    (
        "elements with 8 to 66,000 more bytes give the same outcomes",
        "Elemente mit 8 bis 66.000 Bytes mehr geben dieselben Ausgänge",
    ),
    (
        "{} letters: nothing written into a batch, nothing read after its end",
        "{} Briefe: nichts in einen Stapel geschrieben, nichts nach seinem Ende gelesen",
    ),
    (
        "with a window of {} it took {} letters that it cannot send now: its queue has no end",
        "bei einem Fenster von {} nahm es {} Briefe, die es jetzt nicht senden kann: seine Schlange hat kein Ende",
    ),
    (
        "{} letters were done as fast as they came: it was never busy",
        "{} Briefe waren so schnell erledigt, wie sie kamen: es war nie beschäftigt",
    ),
    (
        "it was busy, has room again, and did not call `ready`: the host would ask in vain",
        "es war beschäftigt, hat wieder Platz und rief nicht `ready`: der Wirt fragte vergebens",
    ),
    (
        "busy after {} letters with a window of {}; nothing taken of the next, `ready` later",
        "nach {} Briefen beschäftigt bei einem Fenster von {}; vom nächsten nichts genommen, später `ready`",
    ),
    (
        "{}: an ordinary letter beside it has another outcome than alone",
        "{}: ein gewöhnlicher Brief daneben hat einen anderen Ausgang als allein",
    ),
    ("{} kinds of bad input, each with its outcome", "{} Arten schlechter Eingaben, jede mit ihrem Ausgang"),
    (
        "a letter whose deadline has passed has outcome {}, not EXPIRED (303) or UNTOUCHED (201)",
        "ein Brief, dessen Frist vorbei ist, hat Ausgang {}, nicht EXPIRED (303) oder UNTOUCHED (201)",
    ),
    ("a letter whose deadline has passed was sent", "ein Brief, dessen Frist vorbei ist, ging hinaus"),
    (
        "too late is not sent, in time is sent, each answered once",
        "zu spät geht nicht hinaus, rechtzeitig geht hinaus, jeder einmal beantwortet",
    ),
    (
        "`submit` waits while the other side hangs: three calls took more than 100 ms",
        "`submit` wartet, während die Gegenseite hängt: drei Aufrufe dauerten über 100 ms",
    ),
    (
        "one of ten calls takes more than a millisecond (p50 {} µs, p90 {} µs)",
        "jeder zehnte Aufruf dauert über eine Millisekunde (p50 {} µs, p90 {} µs)",
    ),
    (
        "`submit` p50 {} µs, p90 {} µs while the other side hangs",
        "`submit` p50 {} µs, p90 {} µs, während die Gegenseite hängt",
    ),
    // Faults of others.
    (
        "it talks to nobody: its settings have neither a port nor a folder of the check",
        "es spricht mit niemandem: seine Einstellungen haben weder Port noch Ordner der Prüfung",
    ),
    ("it never connected to the port of the check", "es verband sich nie mit dem Port der Prüfung"),
    ("{}: outcome {}, {}", "{}: Ausgang {}, {}"),
    ("{}: outcome {}, which is allowed but helps nobody", "{}: Ausgang {}, was erlaubt ist, aber niemandem hilft"),
    ("nobody listens", "niemand hört zu"),
    ("the connection is cut at once", "die Verbindung wird sofort getrennt"),
    ("the connection is cut in the middle of a message", "die Verbindung wird mitten in einer Nachricht getrennt"),
    ("the connection is cut after the whole message", "die Verbindung wird nach der ganzen Nachricht getrennt"),
    ("the answer to the whole message is noise", "die Antwort auf die ganze Nachricht ist Rauschen"),
    ("the answer comes byte by byte", "die Antwort kommt Byte für Byte"),
    ("it is refused for now", "es wird vorläufig abgelehnt"),
    ("it is refused for good", "es wird endgültig abgelehnt"),
    ("TLS is wanted and the other side has none", "TLS ist gewollt, und die Gegenseite hat keines"),
    ("though nothing left: 2xx or 5xx is the truth", "obwohl nichts hinausging: 2xx oder 5xx ist die Wahrheit"),
    (
        "though nothing came back: 2xx, 4xx or 5xx is the truth",
        "obwohl nichts zurückkam: 2xx, 4xx oder 5xx ist die Wahrheit",
    ),
    (
        "though it may have been taken: MAYBE_SENT (400) is the truth",
        "obwohl es angenommen sein kann: MAYBE_SENT (400) ist die Wahrheit",
    ),
    ("though it was taken in the end: 1xx is the truth", "obwohl es am Ende angenommen wurde: 1xx ist die Wahrheit"),
    ("though it may be sent later: 2xx is the truth", "obwohl es später gehen kann: 2xx ist die Wahrheit"),
    ("though it is refused: 3xx is the truth", "obwohl es abgelehnt ist: 3xx ist die Wahrheit"),
    ("8 faults of the other side, each told as it is; {}", "8 Fehler der Gegenseite, jeder gesagt, wie er ist; {}"),
    ("with TLS", "mit TLS"),
    ("without TLS: `x-check.tls` names no keys for it", "ohne TLS: `x-check.tls` nennt keine Schlüssel dafür"),
    ("its folder has gone: outcome {}", "sein Ordner ist weg: Ausgang {}"),
    ("it does not receive: no capability `inbound`", "es empfängt nichts: keine Fähigkeit `inbound`"),
    (
        "it receives, but its schema does not say how to make a message (`x-check.inbound.file`)",
        "es empfängt, aber sein Schema sagt nicht, wie man eine Nachricht macht (`x-check.inbound.file`)",
    ),
    (
        "it had already told the other side \"received\" when it asked the host to store a message",
        "es hatte der Gegenseite schon \"angekommen\" gesagt, als es den Wirt bat, eine Nachricht zu speichern",
    ),
    ("a message that came again had another id", "eine Nachricht, die wiederkam, hatte eine andere Kennung"),
    ("{} of {} messages from outside were lost", "{} von {} Nachrichten von außen gingen verloren"),
    (
        "{} messages, every second one refused, three starts: none lost, none acknowledged early",
        "{} Nachrichten, jede zweite abgelehnt, drei Starts: keine verloren, keine zu früh bestätigt",
    ),
    ("it refuses a host without log and inbound: {}", "es lehnt einen Wirt ohne Protokoll und Eingang ab: {}"),
    (
        "a host that answers with faults, and one without log, inbound, receipt, ready and extensions",
        "ein Wirt, der mit Fehlern antwortet, und einer ohne log, inbound, receipt, ready und Erweiterungen",
    ),
    ("in the sandbox, not without it: {}", "in der Sandbox, nicht ohne sie: {}"),
    (
        "a message is not sent (outcome {}): does `hosts` name its port?",
        "eine Nachricht geht nicht hinaus (Ausgang {}): nennt `hosts` ihren Port?",
    ),
    ("without the sandbox", "ohne die Sandbox"),
    ("{} calls from 8 threads, seed {}, {}", "{} Aufrufe von 8 Fäden, Zufall ab {}, {}"),
    ("in the whole sandbox", "in der ganzen Sandbox"),
    ("in a part of the sandbox: {}", "in einem Teil der Sandbox: {}"),
];

#[cfg(test)]
mod tests {
    use crate::speech::translate;
    use rundruf_check::CHECKS;

    #[test]
    fn every_check_says_in_german_what_it_demands_and_what_helps() {
        for check in CHECKS {
            for text in [check.demands, check.advice] {
                assert_ne!(translate(rundruf_lang::Language::De, text), text, "{}", check.id);
            }
        }
    }
}
