# What Rundruf says, in English. The same keys with the same arguments are in de.ftl; README.md says how to add one.

## check
# Keys of core/check begin with `check-`.

# What each check demands, and what helps.
check-begun-not-open = it told index { $index } as begun, which is not open
check-demands-manifest-section = the manifest is there, and says what the library says of itself
check-advice-manifest-section = write id and version once and use them for both
check-demands-one-symbol = one symbol is exported, and the file can be neither patched nor unloaded
check-advice-one-symbol = compile with -fPIC -fvisibility=hidden, link with -Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack
check-demands-rtld-now-local = it loads on any system with glibc
check-advice-rtld-now-local = link statically what is not part of glibc, and build against an old glibc
check-demands-scan-time = loading it does nothing but load it
check-advice-scan-time = move everything out of constructors into `open`
check-demands-entry-idempotent = the entry gives the same answer to every call
check-advice-entry-idempotent = return the address of one static entry
check-demands-descriptor-sane = sizes, flags, texts, functions and schema are what they should be
check-advice-descriptor-sane = use the header's types and set what is reserved to 0
check-demands-older-host = hosts with a shorter and a longer table are served
check-advice-older-host = ask RUNDRUF_HAS before a field is read, and never compare `size` with sizeof
check-demands-unknown-extension = an extension that it does not have is null
check-advice-unknown-extension = compare the whole id with its length
check-demands-open-bad-config = invalid settings are refused with a text
check-advice-open-bad-config = parse the whole JSON, and write into the sink which key is wrong and why
check-demands-open-close-loop = opened and closed again and again it leaves nothing behind
check-advice-open-close-loop = give back in `close` what `open` took: memory, descriptors, threads
check-demands-two-instances = two instances know nothing of each other
check-advice-two-instances = keep everything in the instance, nothing in globals
check-demands-close-quiet = after `close` it calls nothing and works no more
check-advice-close-quiet = wait in `close` until each of your threads has ended
check-demands-close-in-flight = `close` answers each message that is in flight
check-advice-close-in-flight = complete what was not begun as UNTOUCHED and what was begun as MAYBE_SENT before `close` returns
check-demands-drain = after `drain` nothing is begun and nothing is lost
check-advice-drain = answer CLOSED after `drain`, and complete what you hold
check-demands-exactly-once = each message has exactly one outcome
check-advice-exactly-once = complete every index of a batch once, whatever happens
check-demands-stride = arrays are walked by their stride
check-advice-stride = go from element to element by the batch's stride, not by sizeof
check-demands-poisoned-batch = a batch is only read, and not after its last outcome
check-advice-poisoned-batch = copy what you need before you complete the last index
check-demands-busy = a full plugin says BUSY, and `ready` when it has room
check-advice-busy = take a whole batch or nothing of it, and call `ready` when there is room after BUSY
check-demands-bad-input = bad input has an outcome as well
check-advice-bad-input = check addresses and sizes, and answer each message for itself
check-demands-cancel = what may no longer begin is not begun
check-advice-cancel = look at `deadline_ms` before each message, and complete it as EXPIRED
check-demands-latency-of-calls = calls return at once, whatever the provider does
check-advice-latency-of-calls = queue in `submit` and send on a thread of your own
check-demands-remote-faults = each fault of the provider leads to the right outcome
check-advice-remote-faults = say MAYBE_SENT as soon as a byte of the message may have left, and never before
check-demands-inbound-backpressure = a message from outside is acknowledged when the host has it
check-advice-inbound-backpressure = tell the provider "received" only after `inbound` has answered OK, and try again otherwise
check-demands-host-faults = a host that fails does not make the plugin fail
check-advice-host-faults = look at every function of the host before you call it, and never complete twice
check-demands-confinement-and-fuzz = many threads at once in the confinement do it no harm
check-advice-confinement-and-fuzz = guard what threads share, and ask the system for nothing that the confinement forbids

check-demands-core-promise = each recipient gets their own message, once and whole
check-advice-core-promise = fill in the variables of this recipient, send to this recipient's address, once, with the text and every attachment
check-demands-no-traces = nothing of a person is left where it does not belong
check-advice-no-traces = keep names, texts and addresses out of log, output, `remote_id` and files; name a message by its id
check-demands-claims = what the manifest claims is there, and nothing else is used
check-advice-claims = take the capability out of the manifest, or add what is missing
check-demands-schema-words = the words of the settings' schema are known, and each required key exists
check-advice-schema-words = correct the word: one that nobody knows has no effect, and a key that does not exist cannot be given

# How the process of a check ended.
check-died = the process died by { $signal } while { $step }
check-exited = it ended the process by itself (exit code { $code }) while { $step }
check-call-hangs = `{ $call }` did not return within { $seconds } seconds while { $step }
check-stack-overflow = its stack has run over: a function calls itself without end, or has too large local variables
check-step-in-call = { $step }, in its function `{ $call }`
check-timed-out = it did not end within { $seconds } seconds while { $step }
check-closed-descriptor = it closed a descriptor that was not its own while { $step }
check-wrote-elsewhere = it wrote to a descriptor that was not its own while { $step }
check-last-output = { $why }; its last output: { $output }
check-orphans = a process that it started goes on after it
check-supervisor-died = the process that watches over the check did not survive it
check-not-started = the check could not be started: { $why }
check-thread-panicked = a thread of the check broke down

# Why a check is skipped, or a way of running the plugin left out.
check-with-isolation = with isolation = "{ $mode }": { $why }
check-no-mode = it can be run in none of these ways
check-has-go-runtime = it contains a Go runtime
check-has-panic-abort = it was built with `panic = "abort"`
check-no-confinement = the confinement cannot be set up here: { $why }
check-smoke-failed = a first look did not come so far: see `{ $owner }`
check-reported-by = not told twice: see `{ $owner }`
check-not-loaded = it cannot be loaded: { $why }
check-unreadable-manifest = the manifest cannot be read
check-unreadable-manifest-why = the manifest cannot be read: { $why }
check-kit-fault = the check cannot work on this system: { $why }
check-no-endpoint = there are no more endpoints
check-no-settings = no settings to open it with: { $why }
check-no-value-for-key = no value for the key `{ $key }` can be made from the schema
check-bad-answers = `x-check.answers` cannot be read: { $why }
check-unknown-remote = `x-check.remote` is `{ $remote }`: the kit speaks `http`, `smtp` and `raw`, and `none` is for a plugin that sends to nobody
check-not-opened = it does not open with the settings of the check: { $why }
check-said-nothing = it said nothing (status { $status })

# What a check was doing.
check-step-load = loading it
check-step-open = opening it
check-step-first-message = sending a first message
check-step-close = closing it
check-step-load-now = loading it with RTLD_NOW
check-step-open-for = opening it for { $host }
check-step-extension = asking for an extension that does not exist
check-step-open-with = opening it with { $settings }
check-step-round = opening and closing it, round { $round }
check-step-send-singly = sending it one message after the other
check-step-close-one = closing one of two instances
check-step-close-listen = closing it, and listening for what comes afterwards
check-step-close-in-flight = closing it while { $count } messages are in flight
check-step-drain = draining it
check-step-batch = sending a batch of { $size }
check-step-large-batch = sending a batch larger than its manifest allows
check-step-padding = sending a batch whose arrays have { $bytes } bytes of a later version behind each element
check-step-guarded = sending batches that are forbidden as soon as their last message is completed
check-step-beyond-window = sending more than its window while the server hangs
check-step-send = sending { $what }
check-step-send-after-bad = sending an ordinary message after all that
check-step-expired = sending a batch whose deadline has passed
check-step-hanging = calling it while the server hangs
check-step-folder-gone = sending while its folder has gone
check-step-inbound = { $count } messages wait outside, start { $start }
check-step-complete-fault = the host answers `complete` with status { $status }
check-step-bare-host = opening it for a host that has nothing but `complete`
check-step-fuzz = calling it from 8 threads at random, seed { $seed }

# Checks 1 to 8: loading.
check-manifest-agrees = { $id } { $version }, contract { $abi }
check-manifest-differs = the manifest says { $what } `{ $manifest }`, the descriptor says `{ $descriptor }`
check-manifest-differs-abi = the manifest says contract `{ $manifest }`, the entry says `{ $entry }`
check-word-id = id
check-word-version = version
check-word-toolchain = toolchain
check-word-entry = entry
check-word-descriptor = descriptor
check-word-table = function table
check-no-symbol = it does not export `rundruf_plugin_v1`
check-null-entry = its entry is null
check-other-abi = its entry is of another version of the contract
check-null-descriptor = its descriptor is null
check-null-table = its function table is null
check-entry-symbols = it exports { $count } symbols named `rundruf_plugin_v…`: exactly one is looked for
check-more-symbols = it exports { $count } more symbols, such as `{ $symbol }`: they may clash with others'
check-executable-stack = its stack is executable
check-text-relocations = its code must be changed while it is loaded (text relocations): build it with -fPIC
check-not-nodelete = it is not marked as never to be unloaded: link it with -Wl,-z,nodelete
check-not-relro = its tables of addresses stay writable: link it with -Wl,-z,relro,-z,now
check-one-symbol-ok = one symbol, no executable stack, relocations read-only, never unloaded
check-needs-library = it needs `{ $name }`, which not every system has: link that statically
check-needs-glibc = it needs glibc { $version }: systems with an older one cannot load it
check-loads-everywhere = loads with glibc { $version } and nothing special
check-load-opened = being loaded, it opened `{ $what }`
check-load-changed = being loaded, it changed { $what } of the whole process
check-load-threads = being loaded, it started { $count } threads
check-load-slow = loading it took { $ms } ms
check-load-slowish = loading it took { $ms } ms, 100 are enough
check-load-go = its Go runtime starts { $count } threads and takes signals over: in its own process only
check-load-ok = loaded in { $ms } ms, with no other effect
check-entry-differs = 200 calls of the entry gave { $count } different answers
check-entry-ok = 200 calls from two threads, one answer
check-bad-size = its { $what } says it has { $size } bytes, at least { $least } are needed
check-unknown-flags = its entry has unknown flags ({ $flags })
check-reserved-flags = reserved flags are not 0
check-not-utf8 = its { $what } is not UTF-8
check-bad-id = the id `{ $id }` is not made of small letters, digits, `.`, `-` and `_`
check-bad-version = the version `{ $version }` is not like 1.2.3
check-missing-function = its function table lacks `{ $name }`
check-small-window = `max_in_flight` ({ $max_in_flight }) is smaller than `max_batch` ({ $max_batch })
check-bad-schema = its `config_schema` is not a JSON Schema: { $why }
check-descriptor-ok = sizes, flags, texts, functions, schema
check-word-this-host = this host
check-word-oldest-host = the oldest host
check-word-later-host = a later host
check-refuses-host = it refuses { $host }, whose table has another size: { $why }
check-hosts-ok = hosts with a shorter and a longer table get along with it
check-claims-extension = it claims to have the extension `{ $id }`, which does not exist
check-extensions-ok = { $count } names that do not exist: none is claimed
check-attribute-signal-handlers = signal handlers
check-attribute-ignored-signals = ignored signals
check-attribute-signal-mask = the signal mask
check-attribute-working-directory = the working directory
check-attribute-umask = the umask
check-attribute-locale = the locale
check-attribute-environment = the environment

# Faults that any check may meet.
check-missing-outcomes = { $count } messages had no outcome after { $seconds } seconds
check-no-outcome = a message had no outcome after 20 seconds
check-refused-ordinary = it refused an ordinary batch (status { $status })
check-always-busy = it was busy for 20 seconds with nothing to do
check-completed-twice = it completed index { $index } of a batch of { $count } twice
check-completed-beyond = it completed index { $index } of a batch of { $count }
check-completed-refused = it completed messages of a batch that it had refused
check-completed-after-close = it completed messages after `close` had returned
check-completed-unknown-batch = it completed a batch that it was never given (id { $id })
check-complete-bad-argument = it called `complete` with a null pointer or too small a stride
check-code-without-class = its outcome code { $code } belongs to no class
check-inbound-after-close = it handed over a message after `close` had returned
check-called-after-close = it called the host after `close` had returned
check-wrote-to-batch = it wrote into a batch, which belongs to the host (clause batch)
check-read-ended-batch = it looked at a batch after it had completed the last index of it (clause batch)
check-read-host-after-close = it looked at the host's table after `close` had returned (clause host)
check-read-beyond-host = it read beyond the `size` that the host's table names
check-during = { $what }: { $why }

# Checks 9 to 14: opening and closing.
check-settings-empty = no settings at all
check-settings-cut = settings cut in the middle
check-settings-noise = a mebibyte of noise
check-settings-brackets = brackets that are never closed
check-settings-wrong-type = `{ $key }` of a wrong type
check-opens-with = it opens with { $settings }
check-refuses-silently = it refuses { $settings } without a word in the sink
check-long-refusal = its words about { $settings } are { $bytes } bytes long
check-bad-settings-ok = { $refused } of { $count } kinds of bad settings refused, in words, nothing left behind
check-after-rounds = after { $rounds } rounds { $why }
check-leaked-kib = { $kib } KiB are left behind
check-leaked-threads = { $count } threads are left behind
check-leaked-descriptors = { $count } descriptors are left behind, such as `{ $last }`
check-grows = after { $rounds } rounds it holds { $kib } KiB more
check-loop-ok = { $rounds } rounds: no thread, no descriptor; { $round } bytes of each, { $message } of each message
check-bytes-kept = { $round } bytes of each round and { $message } of each message are not given back
check-open-changed = being opened, it changed { $what } of the whole process
check-outcomes-mixed = an instance completed messages of the other one
check-settings-mixed = a message of one instance was sent with the settings of the other
check-after-other-closed = after the other instance was closed: { $why }
check-instances-ok = { $count } messages went where their own settings say
check-instances-outcomes-ok = outcomes came to their own instance; where messages go cannot be seen from here
check-quiet-ok = no call, no thread left
check-quiet-go = no call; { $count } threads of the Go runtime sleep
check-threads-sleep = no call, but { $count } threads are left; they sleep
check-threads-work = { $count } threads go on working after `close`
check-close-lost = `close` lost { $lost } of { $count } messages: they have no outcome
check-close-slow = `close` took { $seconds } seconds
check-close-ok = { $count } messages, { $open } of them in flight when it was closed: each answered once
check-drain-status = `drain` answers status { $status }
check-not-closed = after `drain` it answers a batch with status { $status }, not with CLOSED (2)
check-drain-ok = nothing new taken, { $count } messages answered (codes { $codes })

# Checks 15 to 21: sending.
check-prints-recipient = the address of a recipient is in what it prints
check-names-recipient = the address of a recipient is in an outcome or in a line of the log
check-none-sent = each message has one outcome, but none of { $count } was sent: { $detail }
check-once-ok = { $count } messages in batches of up to { $most }, one outcome each; a larger batch is { $larger } whole
check-word-accepted = taken
check-word-refused = refused
check-ignores-stride = with { $bytes } more bytes behind each element the outcomes differ: it does not walk by the stride
check-stride-ok = elements with 8 to 66,000 more bytes give the same outcomes
check-guarded-ok = { $count } messages: nothing written into a batch, nothing read after its end
check-endless-queue = with a window of { $window } it took { $count } messages that it cannot send now: its queue has no end
check-never-busy = { $count } messages were done as fast as they came: it was never busy
check-never-ready = it was busy, has room again, and did not call `ready`: the host would wait in vain
check-busy-ok = busy after { $count } messages with a window of { $window }; nothing taken of the next, `ready` later
check-input-empty-address = an empty address
check-input-huge-address = an address of 64 KiB
check-input-nul-address = an address with a NUL in it
check-input-binary-address = an address that is not UTF-8
check-input-two-line-address = an address of two lines
check-input-blank-address = an address of blanks
check-input-no-text = a message without subject and text
check-input-binary-text = a text that is not UTF-8
check-input-huge-text = a text larger than its manifest allows
check-input-no-recipient = a batch without recipients
check-refuses-whole-batch = { $what }: it refuses the whole batch (status { $status }), and with it the good messages
check-harms-neighbour = { $what }: an ordinary message beside it has another outcome than alone
check-bad-input-ok = { $count } kinds of bad input, each with its outcome
check-expired-outcome = a message whose deadline has passed has outcome { $code }, not EXPIRED (303) or UNTOUCHED (201)
check-expired-sent = a message whose deadline has passed was sent
check-deadline-matters = a deadline in an hour changes the outcome of a message
check-cancel-ok = too late is not sent, in time is sent, each answered once
check-submit-waits = `submit` waits while the server hangs: three calls took more than 100 ms
check-drain-slow = `drain` took { $ms } ms
check-submit-slow = one of ten calls takes more than a millisecond (p50 { $p50 } µs, p90 { $p90 } µs)
check-latency-ok = `submit` p50 { $p50 } µs, p90 { $p90 } µs while the server hangs

# Checks 22 to 25: faults of the provider and of the host, many calls at once.
check-no-provider = it connects to no provider: its settings have neither a port nor a folder of the check
check-never-connected = it never connected to the port of the check
check-no-whole-message = no whole message came to the port of the check: does it speak HTTP or SMTP there?
check-fault-wrong = { $what }: outcome { $code }, { $expected }
check-fault-questionable = { $what }: outcome { $code }, which is allowed but helps nobody
check-fault-refused-connection = the connection is refused
check-fault-reset-on-connect = the connection is cut at once
check-fault-reset-mid-message = the connection is cut in the middle of a message
check-fault-reset-after-message = the connection is cut after the whole message
check-fault-garbage = the answer to the whole message is noise
check-fault-drip = the answer comes byte by byte
check-fault-refused-for-now = it is refused for now
check-fault-refused-for-good = it is refused for good
check-fault-no-tls = TLS is wanted and the server has none
check-expected-not-sent = though nothing left: 2xx or 5xx is right
check-expected-no-reply = though nothing came back: 2xx, 4xx or 5xx is right
check-expected-unknown = though it may have been taken: MAYBE_SENT (400) is right
check-expected-accepted = though it was taken in the end: 1xx is right
check-expected-refused-for-now = though it may be sent later: 2xx is right
check-expected-refused-for-good = though it is refused: 3xx is right
check-faults-ok = 8 faults of the provider, each with the right outcome; { $tls }
check-word-with-tls = with TLS
check-without-tls = without TLS: `x-check.tls` names no keys for it
check-folder-gone-ok = its folder has gone: outcome { $code }
check-folder-gone-wrong = its folder has gone: outcome { $code }, { $expected }
check-inbound-no-capability = it does not receive: no capability `inbound`
check-inbound-no-file = it receives, but its schema does not say how to make a message (`x-check.inbound.file`)
check-inbound-unknown = a message came from an unknown sender
check-inbound-acknowledged-early = it had already told the provider "received" when it asked the host to store a message
check-inbound-other-text = the text of a message is not what was written
check-inbound-other-id = a message that came again had another id
check-inbound-same-id = different messages have the same id
check-inbound-lost = { $lost } of { $count } messages from outside were lost
check-inbound-ok = { $count } messages, every second one refused, three starts: none lost, none acknowledged early
check-during-complete-fault = when the host answers `complete` with a fault, { $why }
check-refuses-bare-host = it refuses a host without log and inbound: { $why }
check-host-faults-ok = a host that answers with faults, and one without log, inbound, receipt, ready and extensions
check-only-confined = in the confinement, not without it: { $why }
check-unsent-confined = a message is not sent (outcome { $code }): does `hosts` name its port?
check-fuzz-ok = { $calls } calls from 8 threads, seed { $seed }, { $confinement }
check-unconfined = without the confinement
check-confined = in the whole confinement
check-and = { $all }; { $next }
check-partly-confined = in a part of the confinement: { $gaps }

# Checks 26 to 29: each person's own message, no traces, claims, words of the schema.
check-step-canaries = sending canaries: each recipient has a text of their own
check-step-attachment = sending canaries with an attachment
check-step-claims = looking for what its manifest claims
check-give-provider = what leaves cannot be seen: give settings with {"{"}port{"}"} or {"{"}folder{"}"} (`--settings FILE`, or `x-check.config` in its schema); one that sends to nobody says `x-check.remote = "none"`
check-give-settings = { $why }; give settings that open it: `--settings FILE`, or `x-check` in its schema, with {"{"}host{"}"} and {"{"}port{"}"} where it connects
check-sends-to-nobody = it says that it sends to nobody (`x-check.remote` is `none`)
check-nothing-sent-here = none of { $count } messages was sent, so nothing could be looked at ({ $detail }); give settings with which it sends to the kit's provider: `--settings FILE`, or `x-check` in its schema
check-promise-own-text = it says "sent", and what belongs to recipient { $index } (the variable in the text) is in nothing that left
check-promise-no-text = the message of recipient { $index } left without its text
check-promise-twice = the message of recipient { $index } left { $count } times
check-promise-wrong-recipient = the message of recipient { $index } did not go to that recipient's address alone
check-promise-other-person = recipient { $index } gets what belongs to another person
check-promise-order = in a request for several people, addresses and texts are in different orders
check-promise-attachment = it says "sent", and the attachment is in nothing that left
check-promise-ok = { $count } recipients: each their own text, once, at their own address
check-promise-ok-attachment = { $count } recipients: each their own text, once, at their own address, with the attachment
check-promise-sealed = { $count } messages left; their label says that the operator cannot read them, so what they say was not looked at
check-trace = { $what } of a recipient is in { $place }
check-word-name = the name
check-word-text = the text
check-word-address = the address
check-word-person = name or address
check-place-log = a line of its log
check-place-detail = the detail of an outcome
check-place-remote-id = the `remote_id` of an outcome
check-place-output = what it prints
check-place-state = its state folder, though its label says that it stores nothing
check-place-file = `{ $path }`, which is outside of its folders
check-traces-ok = { $count } recipients: nothing of them in log, output, outcomes or files outside
check-claim-no-extension = it claims `{ $capability }` and does not have `{ $id }`
check-claim-attachments-refused = it claims `attachments` and refuses a message with one (outcome { $code })
check-claim-no-receipt = it claims `receipts`, and none came for { $count } messages within { $seconds } seconds (the first is answered BUSY, and has to come again)
check-claim-receipts-unseen = it claims `receipts`, and the kit does not know how to make one: say `x-check.receipt` in its schema (`file` with {"{"}id{"}"}, or `path` and `body` with {"{"}ids{"}"})
check-claim-receipts-webhook = its provider calls with receipts: the kit cannot call it, so they were not looked at
check-inbound-webhook = its provider calls with messages: the kit cannot call it, so they were not looked at
check-unclaimed = it calls `{ $function }` without claiming `{ $capability }`: the daemon refuses that
check-claims-ok = what it claims is there: { $list }
check-claims-ok-recall = what it claims is there: { $list }; { $back } messages came back when they were asked back
check-step-recall = asking { $count } messages back while the server hangs
check-recall-maybe = it offers `rundruf.recall/1` and gave back none of { $count } messages; in requests for many people all of them may have been begun: look at it
check-recall-nothing = it offers `rundruf.recall/1` and gave back none of { $count } messages within { $seconds } seconds, most of which cannot have been begun
check-recall-sent = it gave back { $back } of { $count } messages, and { $sent } left all the same
check-strange-word = `config_schema{ $at }`: nobody knows the word `{ $word }`; is `{ $near }` meant?
check-strange-path = `config_schema{ $at }`: `x-path` is `{ $word }`; it must be `file` or `folder`
check-strange-secret = `config_schema{ $at }`: `x-secret` must be true or false
check-no-such-key = `config_schema{ $at }`: the required key `{ $name }` does not exist
check-words-ok = the words of the schema are known, and each required key exists

## consent
# Keys of core/consent begin with `consent-`.

# Why a text is not an address.
consent-address-control = the address contains a control character
consent-address-date = this is a date, not a phone number
consent-address-domain = the domain is not valid
consent-address-email = an e-mail address is written name@domain
consent-address-empty = the address is empty
consent-address-matrix = a Matrix user is written @name:server
consent-address-no-country = no country has this code; write +49…
consent-address-no-region = the number has no country code; write +49…, or set `default_region`
consent-address-number-impossible = its country has no phone numbers of this length
consent-address-number-long = too long for a phone number of its country
consent-address-number-short = too short for a phone number of its country
consent-address-region = `default_region` is not a country code such as DE
consent-address-signal = a Signal account is a UUID or a phone number
consent-address-sms = a phone number is written +49…, with 8 to 15 digits
consent-address-threema = a Threema ID has eight letters or digits
consent-address-too-long = the address is longer than { $bytes } bytes
consent-address-xmpp = an XMPP address is written name@server
consent-basis-purpose = the purpose was “{ $before }” and is now “{ $now }”
consent-basis-sender = the sender was “{ $before }” and is now “{ $now }”
consent-basis-text = the text that people agreed to was “{ $before }” and is now “{ $now }”

# Transitions and evidence.
consent-evidence-unreadable = the evidence cannot be decrypted: its key was deleted, or it was altered
consent-illegal-transition = a consent that is { $state } cannot take `{ $event }`

# What a consent text lacks, or should not say.
consent-lint-no-controller = the text does not name “{ $name }”
consent-lint-no-title = the text does not name “{ $title }”: what is the consent for?
consent-lint-no-withdrawal = the text does not say how to leave
consent-lint-too-short = the text is empty or too short to explain anything
consent-lint-vague = “{ $word }” leaves open who writes and what
consent-list-change = On { $at } the sender changed the list { $list } and said that it has the same purpose in other words ({ $what }). Reason given: { $reason }

# Where the log did not go on as it was.
consent-break-fork = On { $at } the log was continued from an older copy with { $size } entries; { $signed } had been signed before. Reason given: { $reason }
consent-break-restore = On { $at } the log was brought back from a backup with { $size } entries. Reason given: { $reason }

# The page for people in a proof file.
consent-page-act-checkbox = checkbox in the sign-up form
consent-page-act-import = taken over from a file
consent-page-act-inbound = message from this address
consent-page-act-one-click = unsubscribe button of the mail program
consent-page-act-operator = entered by a member of staff
consent-page-act-other = in another way
consent-page-act-post = button on our page
consent-page-act-timer = a time limit ran out
consent-page-act-transport = report of the delivery service
consent-page-actor-operator = by: staff ({ $name })
consent-page-actor-other = by: others
consent-page-actor-person = by: the person
consent-page-actor-system = by: automatic
consent-page-address = Address
consent-page-after = After that: { $state }
consent-page-breaks = Interruptions of the log
consent-page-changes = Changes of the list since the consent
consent-page-channel-email = e-mail
consent-page-channel-matrix = Matrix account
consent-page-channel-other = another channel
consent-page-channel-signal = Signal account
consent-page-channel-sms = mobile number (SMS)
consent-page-channel-threema = Threema ID
consent-page-channel-xmpp = XMPP account
consent-page-check = How to check this proof
consent-page-check-key = Get the sender's public key another way than from this file: open { $url } on the sender's website (make sure that the website belongs to the sender), or ask for it by letter or telephone. It must be the line that is printed below.
consent-page-check-others = VERIFY.md describes the same check with other programs, without ours.
consent-page-check-run = Run in this folder: python3 verify.py --key KEY, with that key in place of KEY. No network is needed.
consent-page-check-verdicts = “Valid” means: nothing was changed, and the sender's key signed it. “Consistent” means: nothing was changed since somebody signed it with the key in this file; whose key that is, you still have to compare. “Invalid” means: something was changed, or another key signed it.
consent-page-check-what = Every event above was entered in a log that can only grow, at the time when it happened. The log had { $size } entries when this proof was made. Who changes one of them afterwards is found out by this check.
consent-page-consent-text = Text that the person agreed to
consent-page-controller = Responsible
consent-page-detail = more: { $detail }
consent-page-earlier = asked for on { $asked }, confirmed on { $confirmed }
consent-page-event-close-list = the list was closed
consent-page-event-confirm = the person confirmed
consent-page-event-decline = the person declined
consent-page-event-edit = the person's details were changed
consent-page-event-erase = the record was erased
consent-page-event-go-stale = suspended because it was not used
consent-page-event-hold = paused
consent-page-event-hold-expired = ended, because nobody answered during the pause
consent-page-event-import-a = taken over from another system, with a complete proof
consent-page-event-import-b = taken over from another system, with a proof
consent-page-event-import-c = taken over from another system without a proof, blocked
consent-page-event-import-d = taken over as an existing customer
consent-page-event-import-e = bought or rented data, refused
consent-page-event-invalidate = found to be invalid
consent-page-event-merge = two records of the person became one
consent-page-event-other = an event of another kind
consent-page-event-renew = the person renewed the consent
consent-page-event-request-expired = not confirmed in time
consent-page-event-request-failed = the request could not be delivered
consent-page-event-resume = continued after a pause
consent-page-event-sign-up = entered; the person was asked to confirm
consent-page-event-stop = withdrawn
consent-page-event-stop-all = withdrawn from all lists
consent-page-history = What happened
consent-page-how = How
consent-page-intro = Who agreed to which messages, when, and how that came about. Made on { $made }; later events are not in it.
consent-page-limits = What this does not prove
consent-page-limits-text = Who held the telephone or opened the mailbox, that what was entered is true, and that nothing happened after this proof was made.
consent-page-list = Subject and purpose
consent-page-message-id = Number of the message (Message-Id)
consent-page-number = No.
consent-page-other-text = Text that was used
consent-page-remote-id = Number given by the delivery service
consent-page-sent = The request for confirmation, as it was sent
consent-page-sent-delivered = delivered
consent-page-sent-failed = not sent
consent-page-sent-other = not sent yet
consent-page-sent-read = read
consent-page-sent-removed = details deleted after the retention time
consent-page-sent-sent = sent
consent-page-sent-skipped = not sent
consent-page-sent-unknown = perhaps sent
consent-page-source = from: { $source }
consent-page-source-command = our staff
consent-page-source-file = a file
consent-page-source-form = sign-up form
consent-page-source-link = the link in a message
consent-page-source-other = another way
consent-page-source-qr = QR code
consent-page-source-shop = the shop
consent-page-source-timer = a time limit
consent-page-state-confirmed = consent given
consent-page-state-customer = existing customer (no consent)
consent-page-state-declined = declined
consent-page-state-erased = erased
consent-page-state-expired = request expired without an answer
consent-page-state-held = paused, nothing is sent
consent-page-state-invalidated = found to be invalid, nothing is sent
consent-page-state-none = no consent
consent-page-state-objected = objected to advertising
consent-page-state-other = another state
consent-page-state-quarantined = without proof, nothing is sent
consent-page-state-requested = asked for, not confirmed yet
consent-page-state-stale = suspended because it was not used
consent-page-state-terminated = ended, the list was closed
consent-page-state-withdrawn = withdrawn
consent-page-status = Status
consent-page-texts = Texts
consent-page-time = Time
consent-page-title = Proof of consent
consent-page-transport = Delivery service
consent-page-what = Event
consent-page-words = in the person's words: “{ $words }”

# Why a proof file cannot be made or read.
consent-proof-archive = the archive cannot be written: { $cause }
consent-proof-archive-changed = bytes of it were changed, or it was cut off
consent-proof-blind-damaged = the file that opens a record is damaged
consent-proof-damaged = it is damaged
consent-proof-file-missing = `{ $name }` is missing or not text
consent-proof-key-damaged = the key in it is none
consent-proof-log-proof-damaged = a log proof is damaged
consent-proof-name-twice = a file name occurs twice
consent-proof-no-checkpoint = the proof cannot be made: the head of the log was not signed with this key
consent-proof-no-events = the proof cannot be made: events missing
consent-proof-no-hashes = the proof cannot be made: log hashes missing
consent-proof-not-one = this is not a proof file: { $why }
consent-proof-not-zip = it is not a ZIP archive
consent-proof-record-not-json = a record is not JSON
consent-proof-records-damaged = its records are damaged
consent-proof-too-large = it is too large

# What the check of a proof file found; the English is the same as in verify.py.
consent-verify-canonical = record { $n } is canonical
consent-verify-change = what the sender said about the list ({ $n }) is in the log, at { $index }
consent-verify-digests = digests of { $count } files
consent-verify-failed = FAILED { $what }
consent-verify-file-changed = { $name } is not what the manifest says
consent-verify-first-version = made by the first version, which signed the records and their place in the log and not the page: read record.json and the texts, not beleg.html
consent-verify-in-log = record { $n } is in the log, at { $index }
consent-verify-key = the sender's key signed it
consent-verify-manifest = signed manifest of { $count } files
consent-verify-name = `{ $name }` belongs to no proof
consent-verify-ok = ok { $what }
consent-verify-order = record { $n } follows the one before
consent-verify-sent = the message of record { $n } is here as it was sent
consent-verify-signature = signature of the checkpoint
consent-verify-text = text of record { $n } is here and unchanged


## daemon
# Keys of core/daemon begin with `daemon-`.

daemon-add-transport = add [transports.{ $name }]; there are: { $known }
daemon-address-with-channel = write channel:address, such as sms:+49170…; the plugin serves { $served }
daemon-admin-address-example = write email:chef@krume.example
daemon-admin-name-a-second = name a second one there
daemon-admin-unreachable = if { $names } fails you do not hear of it: `admin.notify` names no other transport
daemon-after-a-withdrawal = after a withdrawal
daemon-all-is-well = All is well.
daemon-answer-ended-early = the answer ended early
daemon-answer-no = no
daemon-answer-yes = yes
daemon-argument-missing = missing: { $name }
daemon-argument-needs-a-value = `{ $name }` needs a value
daemon-arguments-conflict = `{ $name }` does not go with `{ $other }`
daemon-ask-who-built-it = ask who built it
daemon-at-least = at least { $limit }
daemon-at-most = at most { $limit }
daemon-backup-faulty = this backup cannot be restored as it is
daemon-backup-good = The backup is whole and can be restored: { $size } entries in the consent log
daemon-backup-made = Backup in { $folder }: { $size } entries in the consent log, { $running } running broadcasts
daemon-backup-with-key = It holds everything that is needed to read all personal data, the machine key and the settings with the secrets written in them: keep it locked away.
daemon-backup-without-key = The machine key is not in it. Keep it elsewhere: without it the backup cannot be restored.
daemon-broadcast = broadcast
daemon-broadcast-resent = { $count ->
    [0] broadcast { $id }: no failed delivery is left that may be sent again
    [one] broadcast { $id }: 1 failed delivery is tried again; who has stopped meanwhile is skipped
   *[other] broadcast { $id }: { $count } failed deliveries are tried again; who has stopped meanwhile is skipped
}
daemon-broadcast-sent = broadcast { $id }; how far: rundruf broadcast status { $id } --wait
daemon-can = can
daemon-cannot-change-transport = `{ $file }`: [transports.{ $name }] cannot be changed
daemon-cannot-read = cannot read `{ $shown }`: { $error }
daemon-cannot-run-like-this = it cannot be run like this
daemon-cannot-write = cannot write `{ $path }`: { $error }
daemon-channel-missing = the channel is missing
daemon-channels = channels
daemon-check-origin-then-pin = check where the file came from; `rundruf plugin pin { $name }` then pins it anew
daemon-check-summary = { $passed } passed, { $warned } warned, { $bad } failed, { $skipped } skipped{ $errors ->
        [0] {""}
       *[other] , { $errors } could not run
    }
daemon-checked = checked
daemon-checked-on = checked on
daemon-checks-did-not-run = { $errors } of { $all } checks could not run: the reasons are above, and say nothing about the plugin
daemon-chmod-600 = chmod 600 this file
daemon-clock-accepted = The clock is accepted: { $time }. What waited goes on.
daemon-clock-believed = The clock is believed: { $time }.
daemon-clock-held =
    The clock jumped and is not believed since { $since }: it shows { $shown }, expected is { $expected }.
    Nothing starts, expires, is removed or signed. If the clock is right: rundruf clock accept
daemon-close-needs-yes = closing the list `{ $name }` ends { $live } consents for good, and there is no terminal to ask on
daemon-close-needs-yes-help = say it with --yes
daemon-close-question = Closing the list `{ $name }` ends { $live } consents for good. Close it? (yes/no)
daemon-connection-broke = the connection to the daemon broke
daemon-consent-text-rule = each consent names who sends what and how to leave
daemon-consistent = CONSISTENT, signed by the key in this file: compare it. Whether it is the sender's was not checked.
    Key in the file: { $key }
    The sender publishes the key at { $url }
    Then: rundruf log verify { $file } --key KEY
daemon-contact-kept = kept for legal claims until { $until }: { $reason }
daemon-contact-kept-then-erased = kept for legal claims until { $until }: { $reason }. The person has asked to be forgotten: erased then
daemon-contact-on-hold = Kept until { $until }: nothing of it is erased or deleted before. Messages go on as before; `consent withdraw` ends them
daemon-contact-released = No longer kept for legal claims
daemon-contact-released-erased = No longer kept for legal claims, and erased, as the person had asked
daemon-contact-rests = { $address } gets no messages: it was undeliverable once
daemon-contact-rests-since = { $address } gets no messages since { $since }: { $transport } was told that it is undeliverable ({ $reply })
daemon-contact-revive-hint = if it works again: rundruf contact revive { $address }
daemon-content = content
daemon-content-readable-there = content readable there
daemon-contract = contract
daemon-contract-not-kept = the plugin does not keep the contract: { $bad } of { $all } checks
daemon-country = country
daemon-crashed = CRASHED
daemon-create-a-transport = make one first: [transports.NAME]
daemon-create-folder = mkdir -p { $shown }, or name another one
daemon-create-secret-file = create the file; paths start at this file
daemon-create-settings-file = create the file, or name another one with --config
daemon-daemon-not-running = the daemon does not run; it counts from the next start on
daemon-daemon-starts-without = the daemon would start, and of its transports these would be down: { $names }
daemon-daemon-would-not-start = the daemon would not start
daemon-data-passed-on = data passed on
daemon-default = default
daemon-default-label = default:
daemon-demanded = demanded
daemon-did-not-run = DID NOT RUN
daemon-did-you-mean = did you mean `{ $name }`?
daemon-digest-differs = `{ $shown }` has the digest { $found }, pinned is { $pinned }
daemon-doctor-found-something = `doctor` has found something
daemon-does-it-run = does it run? rundruf serve --config FILE
daemon-does-not-serve = `{ $id }` does not serve { $word }
daemon-each-message-needs-one-outcome = every message needs exactly one outcome; `rundruf plugin check { $path }` finds the fault
daemon-error = error
daemon-example-label = example:
daemon-failed = FAILED
daemon-fault-count =
    { $count ->
        [one] 1 fault: with it the daemon does not start, or not with all transports.
       *[other] { $count } faults: with them the daemon does not start, or not with all transports.
    }
daemon-faults-in-the-settings = faults in the settings: { $count }
daemon-file = file
daemon-file-failed = `{ $file }`: { $error }
daemon-file-too-large = `{ $file }` is larger than { $most } MiB
daemon-file-too-large-help = give a smaller file
daemon-folder-exists = `{ $name }` is here already
daemon-folder-of-its-own = give the plugin a folder of its own
daemon-fork-reason = `--reason` is empty: it is what every later proof says
daemon-forked = The consent log goes on as a fork with { $size } entries; { $signed } had been signed. Every later proof shows it. Broadcasts that were running are paused: look at them before `broadcast resume`
daemon-former-name-taken = `{ $name }` is the name of a transport in these settings, or the former name of two
daemon-former-name-taken-help = `renamed_from` is the name that the transport had before; remove it once the daemon has started with it
daemon-frequency-cap-example = as in {"{"} messages = 4, per = "30d" {"}"}
daemon-frequency-cap-range = `per` must be above 0 and at most `366d`
daemon-further-processors = further processors
daemon-goes-to = goes to
daemon-help-backup = a copy of everything in a folder, also while the daemon runs
daemon-help-backup-create = make a backup
daemon-help-backup-folder = folder of the backup; empty or not there yet when it is made
daemon-help-backup-machine-key = the machine key, if it is not in the backup
daemon-help-backup-restore = bring a backup back to where the settings say; no daemon may run, and no database may be there
daemon-help-backup-verify = check a backup, change nothing
daemon-help-contact-edit = change names, language or variables; an empty value removes one
daemon-help-contact-hold = Keep a person's data for legal claims: nothing of it is erased or deleted until then
daemon-help-contact-release = End that a person's data is kept for legal claims
daemon-help-contact-revive = let an address that is undeliverable get messages again
daemon-help-contact-merge = make the second contact a part of the first
daemon-help-fork-reason = why; every later proof says it
daemon-help-hold-reason = why; it is kept
daemon-help-hold-until = the last day, as 2027-12-31
daemon-help-how-many-entries = how many entries
daemon-help-import-dates = which comes first in 05/01/2024, day (dmy) or month (mdy); else such dates are refused
daemon-help-import-keep = store this further column as a variable; may be repeated
daemon-help-import-keep-all = store every further column as a variable
daemon-help-import-more = 
    Columns (the first line names them; other headings by --map, usual ones such as "E-Mail-Adresse", "First Name" or "Sprache" are known):
      channel, address   email, sms, threema, signal, matrix or xmpp, and the address there;
                         or one column per channel, named by it: email, sms, …
      first_name, last_name
                         for placeholders in messages
      language           de, de_AT, German, Deutsch (Deutschland), …; an unknown one counts as none
      requested_at       when the person signed up
      confirmed_at       when the person confirmed that
      source             where: a URL or the name of a document
      consent_text       the words that the person saw, or @FILE: a text beside the table or in a folder below it
      last_used_at       when a message was last sent on the strength of it (may be missing)
    Further columns are not stored, except with --keep HEADING, --keep-all or a name in --map.

    Times: 2026-05-01T10:00:00+02:00, 2026-05-01, 01.05.2026 10:00, 1.5.26, 1 May 2026, serial numbers of spreadsheets.
    Without an offset they count in `time_zone` of the settings. 05/01/2026 is refused unless --dates says what it is.

    Evidence classes:
      A   each row has the whole double opt-in: requested_at, confirmed_at, source, consent_text. The consent counts.
      C   less than that. The row is kept in quarantine: nothing is sent to it, not even a request.

    UTF-8, UTF-16 and Windows-1252, separated by ; , or tab. Each row that is not taken as it is stands in the report, with its reason.
    Exit code 0 if rows were taken, 1 if the file cannot be read or every row was refused.

    Examples:
      rundruf import customers.csv --list offers --evidence A --dry-run
      rundruf import customers.csv --list offers --evidence C --set channel=email --set source="Notice in the shop"
daemon-help-import-set = the same value for all rows, such as channel=email; may be repeated
daemon-help-import-update = replace names and variables of known contacts
daemon-help-key-of-the-log = public key of the sender's log, or a file with it; not the one in the proof
daemon-help-language-of-the-person = language of the person, else de
daemon-help-log-fork = continue an older copy of the database, visibly; the daemon must be stopped
daemon-help-pending-question = what the person was asked: optin, renew or hold
daemon-help-text-or-file-with-json = a text, or a file with JSON lines (text, lang, pending, reaction); - or nothing: standard input
daemon-help-the-newest-entries-first = the newest entries first: when, who, what, old → new
daemon-help-verify-codes = 
    Exit codes: 0 valid, 3 consistent (signed by the key in the file, which was not compared), 1 invalid.
    Without --key the public key of this machine's own log is used, if the proof says that it is of this log.
daemon-help-who-changed-what-and-when = who changed what, and when
daemon-help-without-machine-key = leave the machine key out of the backup
daemon-host-of-setting = what `{ $key }` says{ $otherwise }
daemon-import = import
daemon-import-all-refused = no row was taken
daemon-import-all-refused-help = the report names the reason for each line
daemon-import-broke-off = the daemon broke off
daemon-import-columns = columns
daemon-import-dry-run = Dry run: nothing was stored. A real import of this file now would count:
daemon-import-left-out = not stored
daemon-import-left-out-columns = { $names } (`--keep HEADING` or `--keep-all` stores them)
daemon-import-reason =   { $count } × { $verdict }: { $reason } (line { $lines })
daemon-import-reasons-more =   { $count } × other reasons: see the report
daemon-import-report-help = name another file with `--report FILE`
daemon-import-report-is-file = the report would overwrite the imported file
daemon-import-set = `--set { $text }` is not COLUMN=VALUE, or names a column again
daemon-import-set-help = as in `--set channel=email`
daemon-import-text-link = a link, or in a folder behind one: it is not read
daemon-import-text-long = longer than { $kib } KiB
daemon-import-text-outside = outside the folder of the table: it is not read
daemon-in-flight = in flight
daemon-inbox-attachments = { $n ->
    [one] with one attachment, which is not kept
   *[other] with { $n } attachments, which are not kept
}
daemon-input-failed = the input cannot be read: { $error }
daemon-isolation-process = write isolation = "process", or leave it out
daemon-it-serves = it serves: { $channels }
daemon-keep-in-one-file = keep it in one of them
daemon-kept = kept
daemon-key-in-two-files = `{ $pointer }` is in two files: `{ $one }` and `{ $other }`
daemon-key-missing = `{ $full }` is missing
daemon-keys-label = keys:
daemon-keys-of-plugin = { $help }; the plugin's own keys belong in [{ $name }.config]
daemon-known-are = known are: { $names }
daemon-label-summary = passes on: { $out }; goes to: { $to }
daemon-larger-than-4-mib = larger than 4 MiB
daemon-limits = Limits
daemon-list-closed = the list `{ $name }` is closed; { $ended } consents have ended
daemon-list-exists = the list `{ $name }` exists already: `{ $file }`
daemon-list-goes-on = the list `{ $name }` goes on; the reason is kept
daemon-list-gone = not in the settings: it sends and takes nothing
daemon-list-held = held, sends nothing: { $what }
daemon-list-held-help = the same in other words: rundruf list changed { $name } --same-purpose --reason "…"; another purpose: put the old words back and make a new list
daemon-list-name-rule = a-z, 0-9 and -, at most 64 characters
daemon-list-not-taken-over = the list is written, but the daemon has not taken it over
daemon-list-stops-missing = sends nothing: stops since the backup may be missing; rundruf doctor says what to do
daemon-list-taken-over = the daemon has taken it over
daemon-list-was-closed = the list `{ $name }` was closed, and its name is never used again
daemon-list-would-be-gone = the list `{ $name }` is not in the settings any more: its { $live } consents are kept, and it sends and takes nothing
daemon-list-would-be-gone-help = put it back, or end its consents with `rundruf list close`
daemon-list-would-be-held = the list `{ $name }` will be held, with { $live } consents: { $what }
daemon-listen-example = write 127.0.0.1:8080
daemon-listen-not-an-address = `web.listen` = `{ $listen }` is not an address with a port
daemon-lists-kept-there = lists kept there
daemon-log-continues = the log ({ $size } entries) continues what was signed
daemon-look-into-log = look into its log, or start it again
daemon-lookups-tell = lookups tell
daemon-make-room = make room on that disk; nothing was half-stored
daemon-map-example = our_column = "their header"
daemon-max-characters = at most this many characters: { $limit }
daemon-max-entries = at most this many entries: { $limit }
daemon-message-not-taken = the plugin does not take the message: { $why }
daemon-messages-at-once = messages at once
daemon-min-characters = at least this many characters: { $limit }
daemon-min-entries = at least this many entries: { $limit }
daemon-name-another-address = `web.listen` names another address; port 0 takes a free one
daemon-name-another-list = create a new one under another name
daemon-needed-form = the form that is needed is { $pattern }
daemon-needs-a-restart = `{ $key }` has changed, and that needs a restart
daemon-needs-own-process = `{ $shown }` needs a process of its own, says its manifest
daemon-no-daemon = the daemon does not answer on `{ $socket }`: { $error }
daemon-no-faults = No faults.
daemon-no-frame = there are no texts of ours in `{ $language }`: confirmation requests cannot be sent in it
daemon-no-frame-for-text = there are no texts of ours in `{ $language }` around this text: these people get it in `default_language`
daemon-no-limit = no limit
daemon-no-log-key = `{ $name }` is neither the public key of a log nor a file with one
daemon-no-log-key-help = it is one line: name+number+key, as the sender publishes it at /.well-known/consent-log.vkey
daemon-no-outcome-came = no outcome came
daemon-no-outcome-yet = {"  "}… no outcome yet; waiting up to { $most } seconds
daemon-no-store-url = `{ $shown }` names no `store.url`
daemon-no-such-argument = there is no `{ $name }` here
daemon-no-such-check = there is no check `{ $id }`
daemon-no-such-command = there is no command `{ $name }`
daemon-no-such-file = there is no file `{ $shown }`
daemon-no-such-folder = there is no folder `{ $shown }`
daemon-no-such-key = there is no key `{ $key }`
daemon-no-such-transport = there is no transport `{ $name }`
daemon-no-such-transport-in = there is no transport `{ $name }` in `{ $path }`
daemon-no-time-zone = there is no time zone `{ $name }`
daemon-no-time-zone-help = as in Europe/Berlin
daemon-no-https = `{ $name }` sends links over the network, and `public_url` has no https: mail programs then offer no one-click unsubscribe, and others can read the links
daemon-no-https-help = set web.public_url to the https address under which people reach the pages
daemon-no-https-relay = should `{ $name }` pass messages on to other machines: `public_url` has no https, so mail programs offer no one-click unsubscribe
daemon-no-tls = without TLS mail crosses the network in the open
daemon-no-transport-in = there is no transport in `{ $path }`
daemon-nobody-on-the-network = nobody on the network
daemon-none = none
daemon-not-a-file = this is not a file
daemon-not-a-list-name = `{ $shown }` is not a valid name of a list
daemon-not-a-plugin-name = `{ $name }` is not a valid name of a plugin
daemon-not-a-time = `{ $text }` is not a time
daemon-not-a-transport-name = `{ $shown }` is not a valid name of a transport
daemon-not-before = not before
daemon-not-confirmed = not confirmed
daemon-not-empty = not empty
daemon-not-key-value = `{ $pair }` is not KEY=VALUE
daemon-not-toml = this is not TOML: look at the place
daemon-not-tried-with = not tried with
daemon-not-utf8 = this text is not UTF-8
daemon-not-valid = INVALID
daemon-nothing = nothing
daemon-nothing-closed = nothing was closed
daemon-nothing-sent = nothing was sent
daemon-old-copy-help = bring back the newest backup (`rundruf backup restore`). If what came later is lost for good, `rundruf log fork --reason TEXT` continues this copy: running broadcasts pause, and every later proof shows it
daemon-one-file-or-another-id = name the same file in both transports, or give one of the plugins another id
daemon-one-of = one of { $names }
daemon-optin-chat-default = the default is 3d
daemon-optin-default = the default is 7d
daemon-optin-range = `optin.expires_after` must be between `1d` and `14d`
daemon-or-default = , else{" "}
daemon-otherwise = else
daemon-own-process-only = only one of its own
daemon-passed = passed
daemon-paths-start-here = paths start at this file
daemon-people = people:
daemon-per-second = per second
daemon-picture-failed = the text shows the picture `{ $picture }`, but `{ $file }` cannot be read: { $error }
daemon-picture-failed-help = put the file beside the text, or correct the path in ![…](…)
daemon-pinned =
    `{ $name }` is pinned to { $library }
      before: { $old }
      now:    { $new }
      written into { $file }; a running daemon reads it at its next reload
daemon-pinned-already =
    `{ $name }` is pinned to this file already: { $library }
      { $new }
daemon-plan-incomplete = { $people ->
    [one] 1 person has nothing for a placeholder and reads an empty place: { $names }
   *[other] { $people } people have nothing for a placeholder and read an empty place: { $names }
}
daemon-plan-price = price by { $transport }: about { $total } ({ $messages } × { $parts } × { $each })
daemon-plugin-built = is it built, and is the path right?
daemon-plugin-file-needs-a-path = a file is named by its path: `./{ $name }`
daemon-plugin-info-shows-all = `rundruf plugin info` shows all that it says of itself
daemon-plugin-info-shows-file = `rundruf plugin info PATH` shows what a file is
daemon-plugin-list-shows-all = `rundruf plugin list` shows all; `plugin_dir` says where they are; a file is named by its path
daemon-plugin-name-rule = a-z, 0-9 and single -, beginning with a letter, 2 to 40 characters: such as my-provider
daemon-plugin-refuses-settings = the plugin of `{ $name }` refuses its settings: { $why }
daemon-plugin-refuses-settings-help = change `{ $key }`: with these settings the plugin does not open, and this transport sends nothing
daemon-plugin-schema-faulty = `{ $shown }`: the schema of its settings is faulty: { $error }
daemon-plugin-warns-help = the plugin says this when it is opened with these settings; it would run
daemon-plugins-share-an-id = `{ $one }` and `{ $two }` are different plugins of the same id `{ $id }`
daemon-preview-title = Preview
daemon-preview-written = Preview in { $file }; nothing was sent.
daemon-process = process
daemon-proof-not-valid = this proof is not valid
daemon-proof-written =
    { $file }  ({ $state }, events: { $events })
    to check: rundruf log verify { $file }, or unpack and python3 verify.py
daemon-protection-there = protection there
daemon-quickstart-1-folder = 1  Folder { $dir }: settings, database, sandbox.
daemon-quickstart-2-import = 2  people.csv: { $confirmed } taken in with proof, { $rejected } refused (line { $refused }).
daemon-quickstart-3-chat = 3  Frieda was asked in a chat (messages/{ $file }) and replied YES: confirmed.
daemon-quickstart-4-mail = 4  Gustav was asked by e-mail (messages/{ $file }); opening changes nothing, the button confirms.
daemon-quickstart-5-broadcast = 5  Broadcast { $id } with an attachment: { $sent } sent, { $failed } refused, { $skipped } skipped.
daemon-quickstart-6-proof =
    6  Proof that Gustav said yes: { $shown }
       Check it without us: { $how }
daemon-quickstart-7-pages =
    7  Pages: http://{ $address }{ $page } (confirm), the link to leave is in every message.
       { $seconds } seconds.
daemon-quickstart-folder-not-empty = `{ $dir }` is not empty
daemon-quickstart-name-another-folder = name another folder, or go on with this one: rundruf serve --config { $settings_file }
daemon-quickstart-reply-yes = YES
daemon-quickstart-until-ctrl-c = Goes on until Ctrl-C.
daemon-readable-by-others = `{ $shown }` can be read by others
daemon-readme-says-what-to-change = README.md says what to change.
daemon-receipt = receipt
daemon-remove-list-from-settings = {"  "}= remove [lists.{ $name }] from the settings: `rundruf config show --origin` shows where
daemon-repeat-is-safe = repeat is safe
daemon-required = {" "}(required)
daemon-resolve-needs-as = how do you decide?
daemon-resolve-options = --as sent, --as resend or --as failed
daemon-restored = Restored to { $database }: { $size } entries in the consent log. What was running then ({ $running } broadcasts) is paused, because it may have been sent since: look at it before `broadcast resume`.
daemon-restored-stops-known = Stops that came after it were found in the journal of stops beside the database, and are entered at the start.
daemon-restored-stops-missing = There is no journal of stops beside the database (`{ $file }`): stops that came after the backup may be missing. Nothing is sent until you have entered those that you know (rundruf consent withdraw --file FILE) and say so: rundruf consent stops-complete --reason "…"
daemon-probe-default = the default is ["1m", "2m", "5m", "15m"]
daemon-probe-range = `retry.probe_after` is a list of times, each from 1s to 1d
daemon-retry-defaults = the defaults are 30s and 1h
daemon-retry-range = `retry.first` must be above 0 and at most `retry.longest`
daemon-tell-after-default = the default is 5m
daemon-tell-after-range = `retry.tell_after` is 1s to 1d
daemon-role = role
daemon-role-controller = controller
daemon-role-joint = joint
daemon-role-none = none: nobody else is concerned
daemon-role-processor = processor
daemon-sample-head =
    # Rundruf: every key, explained. Made by the program; `rundruf config explain KEY` says the same.
    # A line that begins with # and a key shows the default or an example.
    # Durations: "30s", "15m", "48h", "7d". Sizes: "10 MiB". Texts: "…" or {"{"} de = "…", en = "…" {"}"}.
    # Secrets: {"{"} file = "…" {"}"}, {"{"} env = "…" {"}"} or {"{"} credential = "…" {"}"} (systemd). Relative paths start at this file.
    # More files: conf.d/*.toml beside this one, in the order of their names.
daemon-save-as-utf8 = save the file as UTF-8
daemon-schema-faulty = the plugin's schema is faulty: { $error }
daemon-schema-shows-all = `rundruf config schema` shows all
daemon-sdk-fetch-sources = fetch the sources of Rundruf and name them: --sdk DIR; or write in C: --c needs nothing of it
daemon-sdk-not-found = this program is not in its source folder, and no registry has the SDK (rundruf-plugin { $version })
daemon-sdk-not-in = the SDK is not in `{ $given }`
daemon-sdk-which-folder = the folder with the Cargo.toml of rundruf-plugin is needed, core/sdk in the sources
daemon-secret-credential-missing = the credential `{ $what }` exists under systemd alone
daemon-secret-empty = `{ $what }` is empty
daemon-secret-env-missing = the environment variable `{ $what }` is not set
daemon-secret-in-open-file = `{ $key }` is in plain text in `{ $shown }`, which every user of this machine can read
daemon-secret-in-plain-text = `{ $key }` is in the file in plain text
daemon-secret-load-credential = LoadCredential= in rundruf.service, or use {"{"} file = "…" {"}"}
daemon-secret-needs-reference = write {"{"} file = "…" {"}"} or {"{"} env = "…" {"}"}
daemon-secret-set-env = set it, or use {"{"} file = "…" {"}"}
daemon-secret-write-it = write the secret into it
daemon-secret-write-reference = write {"{"} file = "…" {"}"}, {"{"} env = "…" {"}"} or {"{"} credential = "…" {"}"}
daemon-seed = seed
daemon-send-question = { $recipients ->
    [one] Send it to 1 person? [y/N]
   *[other] Send it to { $recipients } people? [y/N]
}
daemon-sent-in = sent in
daemon-set-example = such as --set port=8080
daemon-settings-of-plugin = Settings in [transports.NAME.config]
daemon-setup-answer-too-long = the answer is longer than { $most } bytes
daemon-setup-died = the plugin has ended in the middle of the set-up
daemon-setup-endless = the set-up has too many steps
daemon-setup-failed = the set-up cannot go on; the plugin does not say why
daemon-setup-file-exists = `{ $file }` exists, and a set-up never replaces a file
daemon-setup-file-exists-help = it may be the only copy of a key: if you do not need it, move it away and begin again
daemon-setup-file-written = written, for its owner alone: { $file }
daemon-setup-no-answer = nobody answers
daemon-setup-no-answer-help = call it in a terminal, or give one answer in each line of the standard input
daemon-setup-no-file-setting = the plugin makes a file, and the setting `{ $setting }` that is to name it is not there
daemon-setup-no-file-setting-help = write `{ $setting }` with the path of the file under [transports.{ $name }.config] and begin again
daemon-setup-none = the plugin `{ $id }` of the transport `{ $name }` has no set-up
daemon-setup-none-help = its settings are enough: `rundruf config explain transports.{ $name }.config`, then `rundruf transport test { $name }`
daemon-setup-not-offered = the plugin claims a set-up and does not have one: a fault of the plugin
daemon-setup-silent = the plugin does not answer in time
daemon-setup-write-it = write [transports.NAME] with its plugin into the settings first
daemon-settings-places = looked for at --config, RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml, in this order
daemon-sha-256 = SHA-256
daemon-skipped = skipped
daemon-socket-too-long = the path of the socket has { $length } bytes: `{ $shown }`
daemon-socket-too-long-help = at most { $most } bytes: name a shorter one, such as /run/rundruf/rundruf.sock, in `daemon.socket`
daemon-state-folder-unusable = the state folder `{ $shown }` cannot be used: { $error }
daemon-stop-and-start = stop the daemon and start it again, or put the old value back
daemon-stop-the-other-one = stop the other one first, or give this one a database of its own
daemon-stops-complete = Noted: the stops since { $since } are entered. Broadcasts that waited go on; those that were paused need `broadcast resume`
daemon-not-checked = not checked, because another user than the daemon looks at it: { $why }
daemon-not-checked-help = sudo rundruf config check looks at more; whether the daemon takes it, its log says (journalctl -u rundruf)
daemon-not-checked-help-root = whether the daemon has it, its log says (journalctl -u rundruf)
daemon-settings-closed-to-you = only root and the members of its group may read it: sudo usermod -aG rundruf NAME, then log in anew
daemon-store-file-owner = `{ $shown }` belongs to the user { $uid }, and the daemon runs as the user { $user }, who owns the folder: it cannot use this file
daemon-store-file-owner-help = chown { $user }:{ $group } { $shown }
daemon-serve-as-root = the database `{ $shown }` belongs to the user { $user }: as root the daemon would leave files there that this user cannot use
daemon-serve-as-root-help = systemctl start rundruf; by hand: setpriv --reuid { $user } --regid { $group } --clear-groups rundruf serve
daemon-store-file-help = the daemon needs this file: give it to the user that the daemon runs as
daemon-store-key-missing = `{ $shown }` is missing, without which the database `{ $database }` cannot be read
daemon-store-key-missing-help = bring it back from a backup; a lost key is never made anew
daemon-store-url-example = write sqlite:FILE
daemon-store-url-refused = `store.url` = `{ $url }` is not allowed
daemon-taken-in-rust = `{ $name }` is taken in Rust
daemon-talks-to = Talks to
daemon-terms = terms
daemon-test-message-subject = Test
daemon-test-message-text = A test message.
daemon-test-not-sent = the test message was not sent: { $state } { $reason }
daemon-test-sent = Test message sent to { $to } ({ $detail }); nobody else got it
daemon-text-not-utf8 = line { $line }, column { $column } is not UTF-8
daemon-text-unreadable = `{ $file }` cannot be read as a text: { $fault }
daemon-text-unreadable-help = save it as UTF-8 (in Notepad: Save as, encoding UTF-8)
daemon-text-utf16-broken = it begins like UTF-16 and is none
daemon-there-are = there are: { $names }
daemon-there-are-no-settings-here = there are no settings here: leave it out
daemon-tmpdir = TMPDIR names another place
daemon-too-deep = this is nested too deeply
daemon-too-deep-help = at most { $most } levels of tables and lists: see whether a bracket is missing
daemon-transport-does-not-serve = the transport `{ $name }` does not serve { $word }
daemon-transport-account = account { $account }: { $state }
daemon-transport-account-ready = ready
daemon-transport-account-not-ready = not ready: { $why }
daemon-transport-account-unknown = nobody knows whether it is ready
daemon-transport-credits = { $left } left
daemon-transport-credits-alarm = { $left } left, alarm below { $alarm }
daemon-transport-deaf = deaf: { $why }
daemon-transport-heard = last heard { $at } ({ $by })
daemon-transport-held-deaf = broadcasts wait: a STOP by reply would be lost
daemon-transport-name-rule = letters, digits, - and _
daemon-transport-webhook = its provider calls back at { $url }
daemon-try-line = line { $line }: { $fault }
daemon-try-no-bool = `reaction` is true or false
daemon-try-no-json = not JSON: { $error }
daemon-try-no-object = not a JSON object
daemon-try-no-question = `pending` is null, "optin", "renew" or "hold"
daemon-try-no-text = `{ $name }` is not a text
daemon-try-text-missing = `text` is missing
daemon-try-too-long = longer than a megabyte
daemon-two-channels = these are two channels
daemon-two-plugins-one-id = `{ $one }` (transport `{ $other }`) and `{ $two }` are different plugins of the same id `{ $id }`
daemon-type-array = a list [ … ]
daemon-type-boolean = a truth value (true or false)
daemon-type-integer = a whole number
daemon-type-needed = `{ $name }` is { $got }; { $wanted } is needed
daemon-type-number = a number
daemon-type-object = a table {"{"} … {"}"}
daemon-type-string = a text in quotation marks
daemon-unknown-key = unknown key `{ $key }`{ $around }
daemon-url-host = the host in this URL is not one that the DNS can have
daemon-url-host-help = write it as xn--…, or check the spelling
daemon-use-another-name = use another name, or another folder
daemon-use-tls = use starttls or implicit
daemon-valid = VALID
daemon-value-not-allowed = `{ $value }` is not allowed for `{ $name }`
daemon-value-refused = `{ $name }` = { $shown } is not allowed
daemon-var-needs-value = --var needs NAME=VALUE
daemon-warned = warned
daemon-warning = warning
daemon-what-comes-next = What comes next
daemon-what-helps = what helps
daemon-which-command = which command?
daemon-who-receives-what = Who receives which data
daemon-withdrawals = withdrawals
daemon-withdrawals-broke-off = { $entered } were entered before that; enter the file again: what is entered twice changes nothing
daemon-withdrawals-entered = withdrawals entered: { $n }
daemon-withdrawals-from-file = withdrawals entered: { $entered }; consents ended: { $ended }; lines not entered: { $refused }
daemon-withdrawals-no-text = { $file } is not UTF-8
daemon-withdrawals-no-text-help = save it as plain text in UTF-8, one address on each line
daemon-withdrawals-refused = lines not entered: { $refused }
daemon-withdrawals-refused-help = correct these lines and enter the file again: what is entered twice changes nothing
daemon-withdrawals-refused-line = line { $line }: { $reason }
daemon-withdrawals-too-large = { $file } is larger than { $limit } MiB
daemon-worth-a-look = Worth a look
daemon-would-be-pinned =
    `{ $name }` would be pinned to { $library }
      before: { $old }
      then:   { $new }
      in { $file }; nothing is written
daemon-would-get-it = would get it:
daemon-would-not = would not:
daemon-written = Written
daemon-help-29-checks-whether-a-plugin = 29 checks whether a plugin keeps the contract, each in a process of its own
daemon-help-a-file-with-every-key = a file with every key, explained
daemon-help-a-full-proof-per-person = A: full proof per person; C: none, quarantined
daemon-help-a-project-that-builds-and = a project that builds and passes the checks
daemon-help-add-many-from-a-file = add many from a file, with proof
daemon-help-add-nothing-is-sent = add; nothing is sent
daemon-help-address-may-be-repeated = address, may be repeated
daemon-help-address-such-as-email-anna = address, such as email:anna@example.org
daemon-help-addresses-in-full = addresses in full
daemon-help-addresses-such-as-email-anna = addresses, such as email:anna@example.org
daemon-help-all-faults-at-once-with = all faults at once, with line and column
daemon-help-all-lists = all lists
daemon-help-all-lists-with-numbers = all lists with numbers
daemon-help-all-of-an-address = all of an address
daemon-help-all-that-are-found = all that are found
daemon-help-all-transports-or-none-of = all transports, or none of them
daemon-help-all-with-their-state = all, with their state
daemon-help-an-address-of-your-own = an address of your own, such as sms:+49170…
daemon-help-arguments = Arguments
daemon-help-ask-for-confirmation-double-opt = ask for confirmation (double opt-in)
daemon-help-attachment-may-be-repeated = attachment, may be repeated
daemon-help-bash-elvish-fish-powershell-or = bash, elvish, fish, powershell or zsh
daemon-help-begin-2026-12-01t10-00 = begin: "2026-12-01 10:00", 2026-12-01T10:00:00+01:00 or "2026-12-01 10:00 Europe/Berlin"
daemon-help-broadcast-again = allow the same text to the same list within a day
daemon-help-broadcast-preview = write what recipients see into this file; nothing is sent
daemon-help-broadcast-resend = send what failed once more; never to who has got it or has stopped
daemon-help-broadcast-resend-failed = only the failed (must be given)
daemon-help-broadcast-send-more = The text is Markdown; { "{{ first_name }}" } is filled in for each person, and { "{{ first_name | default(\"there\") }}" } where it may be missing.
    ![what it shows](photo.jpg) shows a picture; its path begins at the text's file. JPEG, PNG, GIF and WebP can be shown.
    On a terminal the dry run is shown first, and a question asked; --yes, --json and a script are not asked.

    First:  rundruf broadcast test --list angebote --file bread.md --to email:me@example.org
    Then:   rundruf broadcast send --list angebote --file bread.md
daemon-help-broadcast-show = subject, text, who sent it, and the numbers
daemon-help-broadcast-test = send this message to yourself alone
daemon-help-broadcasts = broadcasts
daemon-help-channel-if-the-address-does = channel, if the address does not say it
daemon-help-check-a-proof-without-a = check a proof; without a file the log itself
daemon-help-check-and-explain-settings = check and explain settings
daemon-help-check-only = check only
daemon-help-close-a-list-for-good = close a list for good
daemon-help-commands = Commands
daemon-help-compare-counters-log-files-and = compare counters, log, files and permissions
daemon-help-completions-for-a-shell = completions for a shell
daemon-help-consents = consents
daemon-help-csv = csv
daemon-help-end-afterwards = end afterwards
daemon-help-enter-a-withdrawal = enter a withdrawal
daemon-help-every-single-delivery = every single delivery
daemon-help-everywhere = Everywhere
daemon-help-examples-rundruf-quickstart-rundruf-config =
    Examples:
      rundruf quickstart
      rundruf config check
      rundruf import customers.csv --list angebote --evidence A
      rundruf broadcast send --list angebote --file bread.md --dry-run
      rundruf consent proof email:anna@example.org --list angebote -o proof.zip
daemon-help-file = file
daemon-help-file-with-the-text-f = file with the text; FILE.en.md beside it for English
daemon-help-first-name = first name
daemon-help-folder = folder
daemon-help-folder-else-rundruf-quickstart = folder, else ./rundruf-quickstart
daemon-help-folder-of-the-sources-of = folder of the sources of Rundruf, else the one that contains this program
daemon-help-further-variable-may-be-repeated = further variable, may be repeated
daemon-help-go-on = go on
daemon-help-it-is-right-go-on = it is right: believe it, go on
daemon-help-seconds-of-random-calls = seconds of random calls, default 3
daemon-help-how-the-plugin-runs-process = how the plugin runs: process (confined, as the daemon starts it); none (not confined) or both: never as root, and at your own risk
daemon-help-in-c-instead-of-rust = in C instead of Rust
daemon-help-json-schema-of-the-settings = JSON Schema of the settings
daemon-help-key-such-as-web-listen = key, such as web.listen or lists.*.title
daemon-help-language-else-the-systems = language, else the system's
daemon-help-language-of-the-texts = language of the texts
daemon-help-language-such-as-de-or = language, such as de or en
daemon-help-last-name = last name
daemon-help-lists-what-people-can-say = lists: what people can say yes to
daemon-help-name-a-z-0-9 = name, a-z 0-9 -
daemon-help-name-of-the-list = name of the list
daemon-help-name-of-the-transport = name of the transport
daemon-help-name-or-path = name or path
daemon-help-new-list-in-conf-d = new list in conf.d/list-NAME.toml
daemon-help-nothing-but-failures = nothing but failures
daemon-help-nothing-is-begun-after-this = nothing is started after this time
daemon-help-number-of-the-broadcast = number of the broadcast
daemon-help-number-or-address = number or address
daemon-help-numbers-of-a-broadcast = numbers of a broadcast
daemon-help-one-message-to-all-who = One message to all who asked for it: each alone, nobody sees anybody else.
daemon-help-one-person = one person
daemon-help-one-setting-may-be-repeated = one setting, may be repeated
daemon-help-only-ask-whether-the-address = only ask whether the address can be reached; send nothing
daemon-help-only-in-this-state-sent = only in this state: sent, failed, unknown …
daemon-help-only-say-what-would-change = only say what would change
daemon-help-only-show-who-would-get = only show who would get what, and who would not and why
daemon-help-only-this-one = only this one
daemon-help-options = Options
daemon-help-output-for-programs = output for programs
daemon-help-pause = pause
daemon-help-people-and-their-addresses = people and their addresses
daemon-help-pin-the-library-of-a = pin the library of a transport: only this file is loaded from now on
daemon-help-plugins = plugins
daemon-help-process-or-none = process or none
daemon-help-proof-as-a-zip-checked = proof as a ZIP, checked without us
daemon-help-proof-zip = PROOF.zip
daemon-help-report-else-file-report-jsonl = report, else FILE.report.jsonl and FILE.report.csv beside the file
daemon-help-resolve = resolve
daemon-help-search = search
daemon-help-send-a-test-message = send a test message
daemon-help-set-up = set an account up, step by step: linking, registering, making keys
daemon-help-send-one-message-by-a = send one message by a plugin, without a daemon: for development
daemon-help-settings-else-rundruf-config-rundruf = settings; else RUNDRUF_CONFIG, ./rundruf.toml, /etc/rundruf/rundruf.toml
daemon-help-settings-file = settings file
daemon-help-show-deliveries-in-doubt-resolve = show deliveries in doubt; `resolve` decides
daemon-help-signed-head = signed head
daemon-help-state-folder-else-one-that = state folder, else one that is gone afterwards
daemon-help-stop-for-good = stop for good
daemon-help-stops-complete = Say that the stops since a backup are entered: broadcasts may go on
daemon-help-stops-reason = how you know it; it is kept
daemon-help-subject-else-the-first-line = subject; else the first line
daemon-help-text-in-address-or-variables = text in address or variables
daemon-help-text-markdown-with-first-name = text, Markdown with {"{"}{"{"} first_name {"}"}{"}"}
daemon-help-the-clock-of-this-machine = the clock, after it jumped
daemon-help-the-daemon-runs-until-sigterm = the daemon: runs until SIGTERM
daemon-help-the-log-of-consents = the log of consents
daemon-help-the-newest = the newest
daemon-help-the-one-purpose = the one purpose
daemon-help-the-plugins-settings-toml-or = the plugin's settings, TOML or JSON
daemon-help-the-plugins-settings-toml-or-json = the plugin's settings, TOML or JSON; the checks fill in {"{"}port{"}"}, {"{"}host{"}"}, {"{"}folder{"}"}. Default: made from its schema
daemon-help-the-settings-in-force-secrets = the settings in force, secrets hidden
daemon-help-this-check-alone-may-be = this check alone (may be repeated)
daemon-help-this-help = this help
daemon-help-title-that-people-read = title that people read
daemon-help-to-all-of-a-list = to all of a list who said yes
daemon-help-toml-our-column-their-header = TOML: our_column = "their header"
daemon-help-transport-repeated-in-order-of = transport, repeated in order of preference
daemon-help-transports = transports
daemon-help-try-everything-in-a-few = try everything in a few seconds, without an account
daemon-help-usage = Usage:
daemon-help-version = version
daemon-help-seconds-to-wait = seconds to wait for inbound messages and receipts
daemon-help-wait-until-it-is-done = wait until it is done
daemon-help-what-a-key-means = what a key means
daemon-help-what-a-library-is-and = what a library is and who would receive which data, without running it
daemon-help-what-becomes-of-them = what becomes of them
daemon-help-what-is-sent = what is sent
daemon-help-random-seed = random seed, as printed by an earlier run
daemon-help-what-replies-mean = what replies mean, and by which rule; without a daemon
daemon-help-what-waits-for-a-person = What waits for a person
daemon-help-whether-it-is-believed = whether it is believed, and what it shows
daemon-help-with-file-and-line = with file and line
daemon-help-withdrawals-from-a-file = a file with one address on each line, such as the stops of another program; what follows the first , ; or tab of a line is not read
daemon-help-write-manual-pages-into-a = write manual pages into a folder
daemon-help-your-own-address = your own address
daemon-help-the-person-asked-for-it = the person asked to be written to: needed after a stop, a no or an unproven import, and kept in the evidence
daemon-help-where-the-person-asked = where and when the person asked, such as "letter of 3 December"
daemon-help-only-this-list = only this list; else every list, present and future
daemon-help-a-held-list-goes-on = let a held list go on: its purpose is the same in other words
daemon-help-the-same-in-other-words = it is the same purpose, sender and text in other words; else make a new list
daemon-help-why-it-is-the-same = why it is the same; kept for a proof
daemon-help-do-not-ask = do not ask
daemon-stale-default = the default is 730d, two years
daemon-stale-range = a consent becomes stale after 180 to 1096 days
daemon-withdrawn-from-all = nothing more is sent to this address, from any list, unless the person signs up again; consents ended: { $n }
daemon-word-account = the account is refused
daemon-word-address = address
daemon-word-addresses = addresses
daemon-word-attachment = attachment
daemon-word-by = sent by
daemon-word-cancelled = cancelled
daemon-word-channel = channel
daemon-word-channels = channels
daemon-word-clock = the clock: rundruf clock status
daemon-word-closed = closed
daemon-word-confirmed = confirmed
daemon-word-consents = consents
daemon-word-contact = contact
daemon-word-contacts = new contacts
daemon-word-created = created
daemon-word-customer = customer
daemon-word-declined = declined
daemon-word-delivered = delivered
daemon-word-done = done
daemon-word-down = down
daemon-word-draining = draining
daemon-word-erased = erased
daemon-word-eta-s = seconds left
daemon-word-expired = expired
daemon-word-expires-at = expires
daemon-word-failed = failed
daemon-word-file = file
daemon-word-frequency-cap = frequency cap
daemon-word-held = held
daemon-word-id = number
daemon-word-in-flight = in flight
daemon-word-invalidated = invalidated
daemon-word-isolation = isolation
daemon-word-language = language
daemon-word-line = line
daemon-word-list = list
daemon-word-merged = known before
daemon-word-name = name
daemon-word-no-address = no address
daemon-word-not-asked = not asked
daemon-word-not-permitted = not permitted
daemon-word-not-rendered = not rendered
daemon-word-objected = objected
daemon-word-ok = ok
daemon-word-paused = paused
daemon-word-permanent = failed
daemon-word-picture = picture
daemon-word-process = process
daemon-word-quarantined = quarantined
daemon-word-queued = queued
daemon-word-rate-per-s = per second
daemon-word-reachable = can be reached
daemon-word-read = read
daemon-word-reason = reason
daemon-word-reassigned = reassigned
daemon-word-refused = refused
daemon-word-report = report
daemon-word-report-csv = report as a table
daemon-word-request-expired = request expired
daemon-word-requested = asked
daemon-word-resolved = resolved
daemon-word-retry = retry
daemon-word-rows = rows
daemon-word-running = running
daemon-word-scheduled = scheduled
daemon-word-sent = sent
daemon-word-since = since
daemon-word-skipped = skipped
daemon-word-skipped-by = skipped because
daemon-word-stale = stale
daemon-word-start-at = begins
daemon-word-state = state
daemon-word-subject = subject
daemon-word-suppressed = suppressed
daemon-word-terminated = terminated
daemon-word-took-ms = milliseconds
daemon-word-total = total
daemon-word-unconfirmed = unconfirmed
daemon-word-undeliverable = undeliverable
daemon-word-unknown = unknown
daemon-word-unreachable = cannot be reached
daemon-word-unreadable = unreadable
daemon-word-untouched = not begun
daemon-word-waiting = waiting
daemon-word-up = up
daemon-word-updated = updated
daemon-word-vars = variables
daemon-word-verdict = verdict
daemon-word-waits-for = waits for
daemon-word-window = window
daemon-word-withdrawn = withdrawn

# What an operator does for one person: export, erase, inbox.
daemon-consent-text-stop-unheard-help = name the link in each message instead, or add a transport that takes replies
daemon-consent-text-stop-unheard = the text says STOP, but no transport of this list takes replies: nobody would hear it
daemon-erase-elsewhere = these files in the data folder still name it; Rundruf did not write them, so delete them yourself if you may: { $files }
daemon-erase-in-flight = { $n } messages were on their way: what becomes of them is cleared when it is known
daemon-erase-incomplete = the database still holds a spelling of the address
daemon-erase-incomplete-help = look into texts of broadcasts and attachments: what went to everybody is not changed; `rundruf doctor` says what else is wrong
daemon-erase-kept = what stays: a keyed hash, so that the address is not written to again; numbers; the leaves of the log. Copies and backups of the data from before still hold the address: delete them in their time. What was delivered is with the provider and the person.
daemon-erase-needs-yes = `--yes` where there is no terminal
daemon-erase-plugins-cannot = these plugins have no way to be told: { $names }. In their state folders the spellings that Rundruf knows were overwritten; what a plugin keeps in another form is still there
daemon-erase-plugins-pending = to be told as soon as they can be: { $names }. Until then the address is kept for that alone, encrypted
daemon-erase-plugins-told = forgotten by the plugins of: { $names }
daemon-erase-not-confirmed = nothing was erased: nobody confirmed it
daemon-erase-on-hold = Not erased now: kept for legal claims until { $until } ({ $reason }). Nothing is sent to the person from now on, and everything is erased when that ends: by itself, or with `contact release`
daemon-erase-question = Erase for good: { $addresses }? Evidence of these consents can never be read again. [yes/no]
daemon-erased = erased: { $addresses }
daemon-export-written = everything about this person is in { $file }; give it only to that person
daemon-files-and-folders = Files and folders
daemon-help-a-name = A name
daemon-help-a-remark = A remark
daemon-help-all-that-waits = All that waits, without texts
daemon-help-also-what-is-done = Also what is done and still kept
daemon-help-answer-the-sender = Answer the sender, by the same transport
daemon-help-end-a-hold = End a hold: let messages go on, or stop them
daemon-help-everything-about-one-person = Everything about one person, as JSON and a page (GDPR Art. 15, 20)
daemon-help-forget-one-person = Forget one person for good (GDPR Art. 17)
daemon-help-nothing-more-is-to-be-done = Nothing more is to be done
daemon-help-number-of-the-message = Number of the message, as `inbox list` shows it
daemon-help-one-message-with-its-text = One message with its text and the person's consents
daemon-help-only-this-address = Only this address, not the person's other ones
daemon-help-text-of-the-answer = Text of the answer
daemon-help-the-reason = The reason; it is kept as evidence, and needed to go on
daemon-help-whether-messages-go-on = Whether messages go on
daemon-help-who-takes-care-of-it = Who takes care of it
daemon-help-zip-or-folder = ZIP file, or a folder for its files
daemon-hold-default = default: 14d
daemon-hold-range = `hold_for` must be between 1 and 30 days
daemon-inbox-assigned = message { $id }: { $name } takes care of it
daemon-inbox-done = message { $id } is done
daemon-inbox-held = {"  "}held  { $at }  { $address }  { $list }
daemon-inbox-replied = message { $id } is answered; `inbox done { $id }` when nothing more is to be done
daemon-inbox-resolved = message { $id }: { $n } consents changed
daemon-inbox-unknown = broadcast { $id }: { $count } deliveries of unknown outcome; decide with `rundruf broadcast unknown { $id }`
daemon-never-unconfined-as-root = a plugin is never run without confinement as root: its code could change everything on this machine
daemon-never-unconfined-as-root-help = leave `--isolation` out, or run this as a user who has nothing to lose
daemon-own-state-folder = reads and writes in a state folder of its own
daemon-reads-the-file-of = reads the file that `{ $key }` names
daemon-retention-default = default: 90d
daemon-retention-range = `inbound` must be between 1 day and 3 years
daemon-unconfined-warning = Warning: the plugin's code now runs without confinement and can do all that your user can.
daemon-what-plugins-may = What plugins may use:
daemon-word-inbox-assign = assigned
daemon-word-inbox-continue = goes on
daemon-word-inbox-done = done
daemon-word-inbox-reply = answered
daemon-word-inbox-stop = stopped
daemon-writes-into-the-folder-of = reads and writes in the folder that `{ $key }` names
daemon-value-address = ADDRESS
daemon-value-channel = CHANNEL
daemon-value-class = CLASS
daemon-value-column = COLUMN
daemon-value-command = COMMAND
daemon-value-dir = DIR
daemon-value-file = FILE
daemon-value-heading = HEADING
daemon-value-id = ID
daemon-value-key = KEY
daemon-value-list = LIST
daemon-value-mode = MODE
daemon-value-options = OPTIONS
daemon-value-path = PATH
daemon-value-proof = PROOF
daemon-value-purpose = PURPOSE
daemon-value-state = STATE
daemon-value-subject = SUBJECT
daemon-value-tag = TAG
daemon-value-time = TIME
daemon-value-title = TITLE
daemon-value-value = VALUE
daemon-help-also = also:
daemon-too-many-values = `{ $name }` takes one value, and `{ $value }` is one more
daemon-argument-not-utf8 = an argument is not UTF-8
daemon-man-name = NAME
daemon-man-synopsis = SYNOPSIS
daemon-man-description = DESCRIPTION
daemon-man-extra = MORE
daemon-man-version = VERSION
daemon-word-dry-run = dry run
daemon-word-not-ok = failed
daemon-word-signal-hup = signal HUP
daemon-toml-fault-may-only-go-between-digits = `_` may only go between digits
daemon-toml-fault-cannot-recurse-further-max-recursion-depth-met = cannot recurse further; max recursion depth met
daemon-toml-fault-carriage-return-must-be-followed-by-newline = carriage return must be followed by newline
daemon-toml-fault-duplicate-key = duplicate key
daemon-toml-fault-extra = extra `=`
daemon-toml-fault-extra-assignment-between-key-value-pairs = extra assignment between key-value pairs
daemon-toml-fault-extra-comma-in-array = extra comma in array
daemon-toml-fault-extra-comma-in-inline-table = extra comma in inline table
daemon-toml-fault-integers-with-a-radix-cannot-be-signed = integers with a radix cannot be signed
daemon-toml-fault-invalid-comment-character = invalid comment character
daemon-toml-fault-invalid-inline-table-element = invalid inline table element
daemon-toml-fault-invalid-key-value-pair = invalid key-value pair
daemon-toml-fault-invalid-unquoted-key = invalid unquoted key
daemon-toml-fault-invalid-value = invalid value
daemon-toml-fault-invalid-key = invalid key
daemon-toml-fault-invalid-table = invalid table
daemon-toml-fault-invalid-string = invalid string
daemon-toml-fault-invalid-boolean = invalid boolean
daemon-toml-fault-invalid-date-time = invalid date-time
daemon-toml-fault-invalid-datetime = invalid datetime
daemon-toml-fault-invalid-date = invalid date
daemon-toml-fault-invalid-time = invalid time
daemon-toml-fault-invalid-offset = invalid offset
daemon-toml-fault-invalid-float = invalid float
daemon-toml-fault-invalid-mantissa = invalid mantissa
daemon-toml-fault-invalid-fraction = invalid fraction
daemon-toml-fault-invalid-exponent = invalid exponent
daemon-toml-fault-invalid-integer-number = invalid integer number
daemon-toml-fault-invalid-hexadecimal-number = invalid hexadecimal number
daemon-toml-fault-invalid-octal-number = invalid octal number
daemon-toml-fault-invalid-binary-number = invalid binary number
daemon-toml-fault-invalid-basic-string = invalid basic string
daemon-toml-fault-invalid-literal-string = invalid literal string
daemon-toml-fault-invalid-multi-line-basic-string = invalid multi-line basic string
daemon-toml-fault-invalid-multi-line-literal-string = invalid multi-line literal string
daemon-toml-fault-key-with-no-value = key with no value
daemon-toml-fault-keys-cannot-be-multi-line-basic-strings = keys cannot be multi-line basic strings
daemon-toml-fault-keys-cannot-be-multi-line-literal-strings = keys cannot be multi-line literal strings
daemon-toml-fault-missing-array-opening = missing array opening
daemon-toml-fault-missing-assignment-between-key-value-pairs = missing assignment between key-value pairs
daemon-toml-fault-missing-comma-between-array-elements = missing comma between array elements
daemon-toml-fault-missing-comma-between-key-value-pairs = missing comma between key-value pairs
daemon-toml-fault-missing-comment-start = missing comment start
daemon-toml-fault-missing-escaped-value = missing escaped value
daemon-toml-fault-missing-inline-table-opening = missing inline table opening
daemon-toml-fault-missing-key-for-inline-table-element = missing key for inline table element
daemon-toml-fault-missing-opening-quote = missing opening quote
daemon-toml-fault-missing-table-open = missing table open
daemon-toml-fault-missing-value-for-key = missing value for key
daemon-toml-fault-missing-value = missing value
daemon-toml-fault-radix-must-be-lowercase = radix must be lowercase
daemon-toml-fault-recursion-limit = recursion limit
daemon-toml-fault-redundant-integer-number-prefix = redundant integer number prefix
daemon-toml-fault-redundant-numeric-sign = redundant numeric sign
daemon-toml-fault-string-values-must-be-quoted = string values must be quoted
daemon-toml-fault-too-few-unicode-value-digits = too few unicode value digits
daemon-toml-fault-unclosed-array-table = unclosed array table
daemon-toml-fault-unclosed-array = unclosed array
daemon-toml-fault-unclosed-inline-table = unclosed inline table
daemon-toml-fault-unclosed-table = unclosed table
daemon-toml-fault-unexpected-in-array = unexpected `=` in array
daemon-toml-fault-unexpected-content-between-comment-and-newline = unexpected content between comment and newline
daemon-toml-fault-unexpected-content = unexpected content
daemon-toml-fault-unexpected-key-or-value = unexpected key or value
daemon-toml-fault-unexpected-leading-zero = unexpected leading zero
daemon-toml-fault-unexpected-sign = unexpected sign
daemon-toml-fault-unquoted-keys-cannot-be-empty = unquoted keys cannot be empty
daemon-toml-fault-could-not-allocate-for-string = could not allocate for string
daemon-toml-expected-key = key
daemon-toml-expected-value = value
daemon-toml-expected-nothing = nothing
daemon-toml-expected-newline = newline
daemon-toml-expected-basic-string = basic string
daemon-toml-expected-literal-string = literal string
daemon-toml-expected-multi-line-basic-string = multi-line basic string
daemon-toml-expected-multi-line-literal-string = multi-line literal string
daemon-toml-expected-characters = characters
daemon-toml-expected-digits = digits
daemon-toml-expected-letters = letters
daemon-toml-expected-numbers = numbers
daemon-toml-expected-printable-characters = printable characters
daemon-toml-expected-unicode-hexadecimal-value = unicode hexadecimal value
daemon-toml-expected-non-double-quote-visible-characters = non-double-quote visible characters
daemon-toml-expected-non-single-quote-visible-characters = non-single-quote visible characters
daemon-toml-expected-non-single-quote-characters = non-single-quote characters
daemon-toml-expected-unquoted-string = unquoted string
daemon-toml-kind-string = a string
daemon-toml-kind-integer = an integer
daemon-toml-kind-float = a float
daemon-toml-kind-boolean = a boolean
daemon-toml-kind-datetime = a time
daemon-toml-kind-array = an array
daemon-toml-kind-table = a table
daemon-toml-kind-inline-table = an inline table
daemon-toml-and-expected = { $what }, expected { $expected }
daemon-toml-extend = the key goes into { $kind }, which is closed already
daemon-toml-other = { $text }
daemon-map-fault = line { $line } of `{ $name }`: { $what }
daemon-map-not-text = `{ $name }`: { $key } is not a text in quotation marks
daemon-word-said = detail
daemon-not-in-audit-log = `{ $action }` is done, but could not be entered in the audit log: { $why }
daemon-secret-judged-in-unit = a note, not a fault: only the unit itself can tell (`systemctl start` and its log), and this transport was not tried
daemon-broadcast-begins = It begins at { $time }.
daemon-try-means-stop = stop
daemon-try-means-stop-list = stop for a list
daemon-try-means-stop-all = stop for everything
daemon-try-means-soft = soft: perhaps a refusal
daemon-try-means-yes = yes
daemon-try-means-no = no
daemon-try-means-start = start: wants to begin anew
daemon-try-means-continue = continue
daemon-try-means-help = help
daemon-try-means-data = data: asks what is stored
daemon-try-means-none = none: for a person


## engine
engine-alert-identity = the key of a recipient has changed
engine-alert-identity-text = A recipient has another key or device than before, and nothing was sent to them (transport and delivery: { $detail }). Nothing more is sent to that address until you or the person say so: compare the key with them, then use `rundruf contact revive`. The delivery itself can be sent again with `rundruf broadcast resend ID --failed`.
engine-clock-help = set the clock right, or accept it: rundruf clock accept
engine-clock-jumped = The clock jumped: it shows { $shown }, expected was { $expected }
engine-clock-not-signed = the clock jumped and is not believed: nothing is signed until then
engine-consents-unused = list `{ $list }`: nothing was sent to { $count } consents for { $months } months; after { $limit } months they count no more
engine-doctor-clock = { $jump }: nothing starts, expires, is removed or signed; if the clock is right: rundruf clock accept
engine-doctor-no-other-transport = nobody is told if transport `{ $name }` fails: `admin.notify` names no other transport
engine-doctor-nobody-notified = nobody is told if a transport fails: `admin.notify` names nobody
engine-doctor-alert-waits = nobody could be told yet: { $detail }
engine-doctor-credits = { $name }: { $left } are left, less than { $alarm }
engine-doctor-deaf = { $name }: nothing arrives of what people write: { $why }
engine-doctor-held-deaf = { $name }: broadcasts wait, because a STOP by reply would be lost; to let them go on nevertheless: rundruf transport resume { $name }
engine-doctor-not-ready = { $name }: the account does not work: { $why }
engine-health-credits-low = { $left } are left, less than { $alarm }
engine-doctor-list-changed = the list `{ $name }` is held, with { $live } consents: { $what }
engine-doctor-list-gone = the list `{ $name }` is not in the settings: its { $live } consents are kept, and it sends and takes nothing; `rundruf list close` ends them
engine-doctor-stops-missing = the database was brought back without its journal of stops (`….stops`): stops since { $since } may be missing, and nothing is sent. Enter those that you know: rundruf consent withdraw --file FILE. Then: rundruf consent stops-complete --reason "…"
# Keys of core/engine begin with `engine-`.

engine-alert-account-refused =
    The transport { $name } is paused because the provider refuses the account, the sender or a setting: { $detail }.
    What it has to send waits, and no address is given up. Now and then one message is tried; once it is taken, everything goes on by itself, and a
    second message says so. To go on at once when the cause is removed: rundruf transport resume { $name }
engine-alert-clock-believed = the clock is believed again
engine-alert-clock-believed-text = The clock is believed again. What waited for it goes on.
engine-alert-clock-held = the clock jumped, nothing is sent
engine-alert-clock-held-text =
    { $detail }. Until it is believed nothing starts, expires, is removed or signed; stops are taken as ever.
    If the clock is right: rundruf clock accept
engine-alert-given-up =
    The transport { $name } is down and is not started again: { $detail }.
    What it has to send waits. When the fault is fixed, reload the daemon (SIGHUP).
engine-alert-list-goes-on = the list { $name } goes on
engine-alert-list-goes-on-text = The list { $name } sends again, and what waited for it goes on.
engine-alert-list-held = the list { $name } is held
engine-alert-list-held-text = The list { $name } sends nothing: its consents were given for something else than the settings say now. { $detail }. The same in other words: rundruf list changed { $name } --same-purpose --reason "…". Another purpose: put the old words back and make a new list.
engine-alert-not-starting =
    The transport { $name } does not come up: { $detail }.
    What it has to send waits. It is tried again and again.
engine-alert-settings-accepted = settings in force
engine-alert-settings-accepted-text = The new settings are in force.
engine-alert-settings-refused = new settings refused
engine-alert-settings-refused-text =
    The new settings are not in force, the old ones stay: { $detail }.
    rundruf config check says more
engine-alert-takes-nothing = transport { $name } sends nothing at the moment
engine-alert-takes-nothing-text =
    The provider of the transport { $name } takes no messages: { $detail }.
    What it has to send waits and is tried again and again. A second message says when it sends again.
engine-alert-task-died = a part of the daemon failed and is begun again
engine-alert-task-died-text = This part of the daemon failed because of a bug: { $task }. It is begun again by itself, with growing pauses; everything else goes on. Nothing is lost: what it had to do waits. The log of the daemon says where it happened; please report it.
engine-alert-task-runs = the part of the daemon works again
engine-alert-task-runs-text = This part of the daemon has worked for ten minutes since it was begun again: { $task }.
engine-alert-transport-down = transport { $name } is down
engine-alert-transport-paused = transport { $name } is paused
engine-alert-transport-works = transport { $name } sends again
engine-alert-transport-works-text = The transport { $name } sends again.
engine-alert-not-ready = the account of transport { $name } does not work
engine-alert-not-ready-text = The plugin of the transport { $name } says that its account does not work: { $detail }. The provider may refuse messages until this is settled.
engine-alert-ready = the account of transport { $name } works again
engine-alert-ready-text = The plugin of the transport { $name } says that its account works again.
engine-alert-credits = few credits are left for transport { $name }
engine-alert-credits-text = Transport { $name }: { $detail }. When they are used up, the provider refuses messages.
engine-alert-credits-again = transport { $name } has credits again
engine-alert-credits-again-text = The transport { $name } has enough credits again.
engine-alert-deaf = transport { $name } hears nothing
engine-alert-deaf-text = The plugin of the transport { $name } says that nothing arrives of what people write: { $detail }. A STOP by reply would be lost. Broadcasts whose messages promise it wait, and go on by themselves when something is heard again. To let them go on nevertheless: rundruf transport resume { $name }
engine-alert-hears = transport { $name } hears again
engine-alert-hears-text = The plugin of the transport { $name } says that what people write arrives again. Broadcasts that waited for that go on.
engine-address-ambiguous = this may be several kinds of address
engine-address-ambiguous-help = write it as channel:address, such as sms:+49170…
engine-address-help = write it as channel:address, such as email:anna@example.org
engine-asked-already = this mailbox or number was asked already: one request in 24 hours, three in 30 days
engine-asked-already-help = wait for the answer; asking again and again is not allowed
engine-attachment-name = an attachment's name is empty, too long or contains a slash
engine-attachment-name-help = rename the file
engine-attachment-too-large = `{ $name }` is larger than { $most } MiB
engine-attachment-too-large-help = make it smaller, or link to it
engine-attachment-twice = two attachments or pictures have the name `{ $name }`
engine-attachment-twice-help = rename one of the files
engine-attachments-too-many = more than { $most } attachments
engine-attachments-too-many-help = send fewer
engine-broadcast-again = the same text went to this list within a day: broadcast { $id } of { $time }
engine-broadcast-again-help = what failed in it: `rundruf broadcast resend --failed { $id }`; to send it all again on purpose: `--again`
engine-broadcast-expires = the broadcast would expire before it begins
engine-broadcast-expires-help = give a later time
engine-broadcast-gone-by = the time to begin has gone by
engine-broadcast-gone-by-help = give a later time, or none to begin at once
engine-contact-without-address = a contact needs at least one address
engine-content-damaged = the broadcast's content is damaged
engine-content-empty = the message has no text
engine-content-empty-help = write one: --text or --file
engine-content-service-damaged = a service message is damaged
engine-content-sms-parts = as a text message the text in `{ $language }` has at least { $parts } parts
engine-content-too-large = with its files the message is larger than the { $most } that { $transport } takes
engine-content-too-long = the text in `{ $language }` is longer than 256 KiB
engine-content-too-long-help = shorten it, or attach a file
engine-csv-archive = this is a spreadsheet or an archive, not a CSV file
engine-csv-archive-help = save it as CSV first
engine-csv-channels = the channels are: { $names }
engine-csv-column-twice = line { $line }: the column `{ $name }` is there twice: { $first } and { $second }
engine-csv-column-twice-help = remove or rename one of them, or say which one counts in a map file (`--map`): { $name } = "its heading"
engine-csv-columns-missing = these columns are missing: { $names }
engine-csv-columns-missing-help = the file has: { $names }. Rename them, name them in a map file (`--map`): { $name } = "their heading", or give one value for all: `--set { $name }=…`. `rundruf import --help` explains the columns
engine-csv-columns-too-many = line { $line }: { $columns } columns, at most { $most } are read
engine-csv-columns-too-many-help = export fewer
engine-csv-damaged = the text is damaged there
engine-csv-empty = the file is empty
engine-csv-encoding = the file begins like { $encoding } and is not
engine-csv-export-help = export it as CSV
engine-csv-half-utf8 = line { $line }: the text is damaged there: the byte { $byte } is not UTF-8, and the rest of the file is
engine-csv-half-utf8-help = export it again as UTF-8
engine-csv-heading-help = the first line names the columns
engine-csv-heading-long = line 1: the heading is longer than 64 KiB: is this one long line, or no CSV file?
engine-csv-keep-column = the file has no column `{ $name }` to keep
engine-csv-line = line { $line }: { $fault }
engine-csv-map-column = the map says { $pair }, but the file has no column of that name
engine-csv-map-column-help = its columns are: { $names }
engine-csv-map-name = the map says { $pair }, but no column has that name
engine-csv-map-twice = the map says { $pair }, but that column is `{ $name }` already
engine-csv-map-twice-help = one column can be one thing
engine-csv-no-encoding = line { $line }: the byte { $byte } is in no encoding that is read here (UTF-8, UTF-16, Windows-1252): the file was perhaps written by a DOS program
engine-csv-nul-byte = line { $line }: a NUL byte: this is not a CSV file
engine-csv-nul-character = a NUL character: this is not a CSV file
engine-csv-open-quote = a quotation mark in the record that begins there is never closed
engine-csv-quotes-help = look at the quotation marks there
engine-csv-record-long = the record that begins there is longer than 1 MiB: is a quotation mark missing, or is it no CSV file?
engine-csv-set-address = `{ $name }` cannot be the same for all
engine-csv-set-column = `--set { $name }`, but the file has a column for that: `{ $heading }`
engine-csv-set-column-help = leave one of the two out
engine-csv-set-name = { $pair } is not a column
engine-csv-too-large = the file is larger than 4 GiB
engine-csv-too-large-help = split it
engine-csv-utf8-help = export it as UTF-8
engine-did-you-mean = did you mean `{ $name }`?
engine-evidence-erased = the evidence was erased
engine-file-unreadable = cannot read the file: { $error }
engine-footer-imprint = Imprint
engine-footer-leave = Leave
engine-footer-privacy = Privacy
engine-footer-stop = To leave: reply STOP
engine-footer-stop-sms = To leave reply STOP.
engine-footer-why = You get “{ $title }” because you agreed to it.
engine-import-class = only evidence classes A and C can be imported
engine-import-class-help = see the table of classes
engine-language = the language is not a tag such as de or en
engine-list-closed = the list `{ $name }` is closed
engine-list-closed-help = make a new one under another name
engine-list-held = the list `{ $name }` is held: its consents were given for something else than its settings say now
engine-list-held-help = `rundruf list show` says what has changed. The same in other words: rundruf list changed { $name } --same-purpose --reason "…". Another purpose: put the old words back and make a new list
engine-list-not-held = the list `{ $name }` is not held: there is nothing to say about it
engine-list-without-channel = no transport of the list `{ $list }` serves { $channel }
engine-list-without-channel-help = add one to `transports` of the list
engine-no-address = there is no address `{ $name }`
engine-no-broadcast = there is no broadcast `{ $name }`
engine-no-channel = there is no channel `{ $name }`
engine-no-consent = there is no consent of this address for this list
engine-no-consent-help = `rundruf consent show` lists what there is
engine-no-contact = there is no such contact
engine-no-content = there is no content `{ $name }`
engine-no-list = there is no list `{ $name }`
engine-no-message = there is no message `{ $name }`
engine-no-random-numbers = the system gives no random numbers
engine-no-transport = there is no transport `{ $name }`
engine-plugin-cannot-say = the plugin of `{ $name }` cannot say whom it reaches
engine-plugin-cannot-say-help = send a test message, without `--dry-run`
engine-plugin-does-not-run = the plugin of `{ $name }` does not run
engine-plugin-does-not-run-help = `rundruf transport list` says why
engine-row-addresses-bad = several addresses in one cell, and number { $number } is none: { $why }
engine-row-addresses-many = more than { $most } addresses in one cell
engine-row-addresses-share-proof = several addresses in one cell, and the proof does not say which of them confirmed: write one row for each
engine-row-behind-quote = a field goes on behind its closing quotation mark
engine-row-channel-empty = `channel` is empty
engine-row-fields = { $fields } fields, but the heading has { $width }: a field that contains the delimiter needs quotation marks
engine-row-future = `{ $name }` is in the future
engine-row-known-confirmed = known and confirmed already: nothing changes
engine-row-known-quarantined = known and quarantined already: nothing changes
engine-row-known-stricter = known already, and the stricter state stays: { $state }
engine-row-number-rounded = a spreadsheet has rounded the number, and its last digits are gone: format the column as text and export again
engine-row-order = `confirmed_at` is before `requested_at`
engine-row-proof = { $why } (evidence class A; see “What an import must prove” in README.md)
engine-row-proof-empty = `{ $name }` is empty: class A needs it for each person
engine-row-source-empty = `source` is empty: where did the person sign up?
engine-row-source-vague = `source` is neither a URL nor the name of a document, as in `sign-up form of May 2026`
engine-row-text-empty = `consent_text` is empty: class A needs the words that the person saw
engine-row-text-fault = `consent_text` names the file `{ $name }`: { $why }
engine-row-text-file = `consent_text` names the file `{ $name }`, which was not found beside the table or below its folder
engine-row-text-lint = `consent_text` is no proof: { $why }
engine-row-text-long = `consent_text` is longer than 16 KiB
engine-row-text-names-nobody = `consent_text` names neither the sender `{ $sender }` nor the list
engine-row-time = `{ $name }` is `{ $text }`: not a time as in 2026-05-01T10:00:00Z, 2026-05-01, 01.05.2026 10:00 or 1 May 2026
engine-row-time-ambiguous = `{ $name }` is `{ $text }`: the day or the month can be first. Export dates as 2026-05-01, or say which with `--dates dmy` or `--dates mdy`
engine-row-unused = unused for more than 24 months: the consent may have lapsed
engine-row-variable-long = `{ $name }` is longer than { $most } bytes
engine-row-without-address = the record has no address
engine-row-without-proof = no proof for this person: nothing is sent to it
engine-same-contact = both are the same contact already
engine-several-contacts = this means several contacts
engine-several-contacts-help = name the channel as in sms:+49170…, or the number: rundruf contact find
engine-stops-not-missing = no stops are missing: there is nothing to say
engine-stops-reason-help = it is kept: say how you know, as in "all mail since Monday was read, 3 stops entered"
engine-template-block = blocks and comments (`{"{%"}`, `{"{#"}`) are not allowed in messages
engine-template-character = `{ $character }` is not allowed in messages
engine-template-eval = an expression cannot be evaluated: { $fault }
engine-template-expression = `{"{{"} { $expression } {"}}"}` is not an expression: { $fault }
engine-template-expression-help = write {"{{"} first_name {"}}"} or {"{{"} first_name | default("du") {"}}"}
engine-template-expression-long = it is longer than { $most } bytes
engine-template-fault = line { $line }, column { $column }: { $fault }
engine-template-holes = more than 256 different holes
engine-template-holes-help = write the text without them
engine-template-open = this `{"{{"}` is never closed
engine-template-open-help = close it with `{"}}"}`
engine-template-unknown-variable = nobody among the first { $people } people has a variable `{ $name }`
engine-template-unknown-variable-help = { $near }; if it may be missing: {"{{"} { $name } | default("") {"}}"}
engine-test-message = Test message from { $sender }.
engine-test-no-transport = no transport of the list `{ $list }` serves { $channel }
engine-test-subject = [Test]
engine-test-too-many = test messages went to { $most } addresses within a day
engine-test-too-many-help = a test is for yourself; others get the message with the broadcast
engine-there-are = there are: { $names }
engine-transport-does-not-serve = `{ $name }` does not serve { $channel }
engine-transport-does-not-serve-help = test it with an address of its own channel
engine-transport-gone = it is not in the settings any more, so { $failed } messages failed that it had to send; if it has another name now, `renamed_from` in its table keeps them at the next change
engine-transport-left = transport `{ $name }`: { $reason }
engine-variable-name = `{ $name }` is not a valid name of a variable
engine-variable-name-help = use a-z, 0-9 and _
engine-variable-value = `{ $name }` contains a line break or is too long
engine-variable-value-help = one line, at most 1,024 bytes
engine-transport-not-again = transport `{ $name }` runs, but cannot be started again: { $reason }
engine-transport-unknown = the plugin file of transport `{ $name }` is missing or unreadable, so nobody knows which addresses it reaches
engine-transport-unknown-help = `rundruf transport list` says why; after fixing it, reload the daemon (systemctl reload rundruf)
engine-doctor-task = a part of the daemon failed ({ $deaths } times lately) and is begun again: { $task }; the log says where, please report it
engine-task-alerts = notices to the admin
engine-task-commands = the answers to commands
engine-task-extensions = what plugins tell of themselves (account, credits)
engine-task-fan-out = the writing of deliveries
engine-task-inbox = the reading of messages from customers
engine-task-pages = the public pages
engine-task-timers = what happens by time (schedule, expiry, signing of the log)
engine-transport-task-died = a task of this transport in the daemon failed because of a bug; its plugin ends, what is in flight is settled, and it is begun again in { $seconds } s; the log says where, please report it
engine-transport-down = transport `{ $name }` is down: { $reason }
engine-transport-waiting = transport `{ $name }` is waiting: { $reason }
engine-takes-nothing = the provider takes nothing now, and it is tried again and again: { $detail }
engine-transport-paused = transport `{ $name }` is paused: { $reason }
engine-plugin-remark = the plugin of `{ $name }`: { $remark }
engine-not-on-hold = the data of this contact is not kept for legal claims
engine-not-undeliverable = no address of this contact is undeliverable
engine-not-undeliverable-help = rundruf contact show says what holds for the contact
engine-paused-by-hand = by hand
engine-picture-format = the picture `{ $path }` is not one that mail programs show
engine-picture-format-help = save it as JPEG, PNG, GIF or WebP
engine-picture-is-link = the picture { $url } stays a link: nothing is fetched from the web; to show it, put its file beside the text
engine-picture-missing = the text shows the picture `{ $path }`, which did not come with it
engine-picture-missing-help = send the file with the text, named by this path
engine-account-refused = the account is refused, and one message is tried now and then: { $detail }
engine-reason = the reason is one line of 3 to { $most } characters
engine-reason-help = it is kept: say why the purpose is the same, as in "we were renamed, same owner and offers"
engine-request-not-begun = this { $channel } address must not be asked: its state for the list is `{ $state }`, and only the person may begin again
engine-request-not-begun-help = if the person has asked for it, say where: --person-asked --source "on the phone, 3 December"

# What an operator does for one person: export, erase, inbox.
engine-alert-inbox = messages wait for a person
engine-erase-admin = this address is in `[admin] notify`: messages to the admin go there
engine-erase-admin-help = remove it from the settings first
engine-erase-only = `only` needs an address, not the number of a contact
engine-erase-too-many = these addresses cannot be looked for
engine-export-addresses = Addresses
engine-export-archive = the archive cannot be written: { $cause }
engine-export-as-of = As of { $when }
engine-export-by = Transport
engine-export-consents = Consents and their history
engine-export-data-out = What the operator gets
engine-export-entered = Entered
engine-export-event = Event
engine-export-from = From
engine-export-how = How
engine-export-language = Language
engine-export-no-part = there is no part `{ $name }`
engine-export-none = Nothing is stored.
engine-export-operator = Operator
engine-export-outcome = Outcome
engine-export-received = Messages from you
engine-export-recipients = Who gets data, and what
engine-export-retention = How long it is kept
engine-export-retention-evidence = Consents and their evidence: as long as they are in force, and afterwards as long as they may have to be proven.
engine-export-retention-inbound = Your messages: { $days } days after they are dealt with.
engine-export-retention-request = A sign-up that is not confirmed: { $days } days.
engine-export-retention-service = Confirmations and answers to you: { $days } days.
engine-export-retention-suppression = A stop: as a keyed hash that does not show the address, until you sign up again.
engine-export-rights = Your rights
engine-export-rights-text = You can have data corrected or erased, restrict or object to its use, take a consent back at any time, get this data in a form for programs (export.json), and complain to a data protection authority. No decision about you is made by a program alone.
engine-export-role = Role under the GDPR
engine-export-sent = Broadcasts to you
engine-export-services = Other messages to you
engine-export-sources = Where it came from
engine-export-storage = How long it keeps it
engine-export-stored = Stored
engine-export-subject = About you
engine-export-suppressed = You said stop: no advertising is sent to you.
engine-export-text = Text
engine-export-time = Time
engine-export-title = What is stored about you
engine-export-to = To
engine-export-variables = Further details
engine-export-what = What
engine-export-word-answer = answer
engine-export-word-close-list = list closed
engine-export-word-confirm = confirmed
engine-export-word-confirmation-request = request to confirm
engine-export-word-decline = declined
engine-export-word-go-stale = paused, not used for long
engine-export-word-hold = paused
engine-export-word-hold-expired = ended after a pause
engine-export-word-import-a = taken over with full proof
engine-export-word-import-b = taken over with proof
engine-export-word-import-c = taken over without proof, blocked
engine-export-word-import-d = taken over as a customer
engine-export-word-invalidate = found invalid
engine-export-word-legal-notice = legal notice
engine-export-word-receipt = receipt of a consent
engine-export-word-reminder = reminder
engine-export-word-renew = renewed
engine-export-word-request-expired = not confirmed in time
engine-export-word-request-failed = request not deliverable
engine-export-word-resume = goes on
engine-export-word-service = notice
engine-export-word-sign-up = signed up, asked to confirm
engine-export-word-still-interested = asked whether still interested
engine-export-word-stop = taken back
engine-export-word-stop-acknowledgement = confirmation of a stop
engine-grants-everything = everything that the daemon may: isolation is "none"
engine-inbox-held-wait = { $count ->
    [one] 1 consent is held, the oldest since { $since }: without an answer it ends as withdrawn
   *[other] { $count } consents are held, the oldest since { $since }: without an answer they end as withdrawn
 }
engine-inbox-messages-wait = { $count ->
    [one] 1 message waits for a person since { $since }: `rundruf inbox list`
   *[other] { $count } messages wait for a person, the oldest since { $since }: `rundruf inbox list`
 }
engine-inbox-no-message = there is no message { $id }
engine-inbox-no-transport = the transport by which this message came is not in the settings any more
engine-inbox-no-transport-help = answer in another way, then `rundruf inbox done`
engine-inbox-nobody-told = nobody is told when a message waits: name yourself in `[admin] notify`
engine-inbox-not-held = no consent of this sender is held
engine-inbox-not-held-help = after a stop only the person can begin again, by a new sign-up
engine-inbox-reply-subject = Answer from { $sender }
engine-inbox-text = a text of 1 to { $longest } characters is needed, without control characters
engine-inbox-unknown-wait = { $count ->
    [one] 1 delivery of broadcast { $id } may or may not have arrived: `rundruf broadcast unknown { $id }`
   *[other] { $count } deliveries of broadcast { $id } may or may not have arrived: `rundruf broadcast unknown { $id }`
 }
engine-time = { $year }-{ $month }-{ $day } { $clock }
engine-given-up-after = given up after { $attempts } attempts: { $why }
engine-coded-reason = { $code } { $said }
engine-hold-reason-help = it is kept: say what it is about, as in "lawsuit 3 O 12/26"
engine-hold-until = that is no day to come within eleven years
engine-hold-until-help = the last day, as in 2027-12-31


## host
# Keys of core/host begin with `host-`.

# Why a plugin cannot be found, loaded or run.
host-not-found = there is no plugin `{ $name }` in { $places }
host-cannot-read = cannot read `{ $path }`
host-not-safe = `{ $path }` is not safe: { $why } ({ $remedy } { $path })
host-not-a-plugin = `{ $path }` is not a plugin: { $why }
host-other-version = `{ $path }` speaks version { $found } of the plugin contract, this program { $known }: rebuild the plugin against { $known }
host-other-digest = `{ $path }` has the digest { $found }, pinned is { $pinned }: check where it came from, then pin it anew by `rundruf plugin pin`
host-does-not-load = `{ $path }` does not load: { $why }
host-does-not-open = transport `{ $name }` does not open: { $why }
host-process = transport `{ $name }`: the plugin's process { $what }
host-state-unusable = the state folder `{ $path }` cannot be used
host-state-full = the state folder `{ $path }` is full: { $why }; make room in it, or raise `state_limit`
host-no-room = too little is free for the state folder `{ $path }`: { $free } MiB, and { $reserve } MiB are kept for the database; make room on this disk
host-still-running = the earlier process of `{ $path }` does not end

# Who could change a file.
host-owned-by-another = it belongs to the user { $user }, who is neither root nor the one that runs this
host-writable-by-all = everybody can write to it
host-writable-by-list = an access list may let others write to it
host-writable-by-group = the group { $group } can write to it

# A library that was away and is there again.
host-library-waits-for-reload = its library can be read again, but the settings were not checked by it: reload the daemon (systemctl reload rundruf)

# The file of a library.
host-not-a-file = it is not a file
host-library-too-large = it is larger than 256 MiB
host-not-elf = it is not a shared library (no ELF file)
host-not-shared = it is an ELF file but not a shared library
host-for-32-bits = it was built for machines of 32 bits, this one has 64: build it anew
host-for-another-machine = it was built for { $found }, this machine is { $here }: build it anew, or fetch the right one
host-byte-order = another byte order
host-machine = machine { $number }
host-elf-head-damaged = the ELF file is damaged in its first bytes: copy or build it anew
host-elf-damaged = the ELF file is damaged or cut off ({ $why }): copy or build it anew
host-no-section = it has no section `{ $section }`: it is not a plugin, or was stripped of it (`strip` alone keeps it)
host-two-sections = it has two sections `{ $section }`: build it with one manifest
host-section-compressed = its section `{ $section }` is compressed: build it without, or `objcopy --decompress-debug-sections`
host-manifest-too-large = its manifest is larger than 256 KiB
host-manifest-empty = its manifest is empty: put the text of `manifest.json` there

# The manifest's JSON.
host-manifest-not-utf8 = its manifest is not UTF-8 from byte { $byte } on: save it as UTF-8
host-manifest-not-json = its manifest is not valid JSON (line { $line }, column { $column }): { $what }
host-key-twice = the key `{ $key }` is there twice: keep one
host-control-character = a text has a control character in it: take it out
host-json-too-deep = it is nested deeper than 64 levels: make it flatter
host-manifest-not-a-table = its manifest must be a table: `{"{"} … {"}"}`
host-manifest-form = its manifest has form { $form }, this program knows form 1

# The manifest's fields: a fault, what the value must be (`must-`), what it is (`is-`).
host-field-wrong = `{ $key }` in its manifest must be { $must }, and is { $found }
host-field-missing = `{ $key }` is missing in its manifest: { $must }
host-field-unknown = `{ $key }` in its manifest means nothing to this program: is it misspelt?
host-capability-unknown = `{ $word }` in `capabilities` means nothing to this program
host-setting-unknown = `hosts` in its manifest names the setting `{ $key }`, which `config_schema` does not have
host-is-list = a list of { $count }
host-is-table = a table
host-must-form = 1, the form of the manifest
host-must-abi = the version of the contract, such as [0, 1]
host-must-label = without the privacy label (`label` with `operator`, `data_out`, `storage`, …) nobody could know who receives what
host-must-config-schema = the JSON Schema of its settings, at least {"{"} "type": "object" {"}"}
host-must-hosts = a list of hosts, each a table with `host` and `port`
host-must-host-entry = a table with `host` and `port`, or a host alone
host-must-host = a host name, an address, or `{"{"}config.KEY{"}"}`
host-must-port = a number from 1 to 65535, or `{"{"}config.KEY{"}"}`
host-must-id = small letters, digits, `.`, `-` and `_`, a letter first, at most 100 characters
host-must-name = one line of at most 200 characters
host-must-version = a version such as `1.0.0`, see semver.org
host-must-channels = a list of kinds of address, such as ["sms"], none of them twice
host-must-number = a number from { $from } to { $to }
host-must-bytes = a number of bytes from { $from } to { $to }
host-must-rate = null, or a number above 0 and up to 1000000
host-must-bool = true or false
host-must-capabilities = a list of words, such as ["html"], none of them twice
host-must-line = one line of text
host-must-texts = a list of short texts
host-must-day = a day such as `2026-11-23`
host-must-label-table = the privacy label: a table that says who receives which data
host-must-operator = a table with the `name` and the `country` of the operator of its service
host-must-operator-name = the name of the operator of its service
host-must-country = the country of the operator of its service, such as `DE`
host-must-role = `processor`, `controller`, `joint` or `none`
host-must-data-out = a list of the data that the plugin passes on, empty if none
host-must-content-visible = true or false: can the operator of its service read the text?
host-must-storage = one line that says how long the operator stores the data
host-no-contract = its label names no contract (`dpa_url`): agree one with the operator of its service
host-label-is-old = its label was looked at on { $day }, more than a year ago: does it still hold?

# The schema of a plugin's settings.
host-schema-not-a-table = `config_schema` in its manifest must be the schema of a table ("type": "object")
host-schema-fault = `config_schema{ $at }` in its manifest { $what }
host-schema-loop = refers to `{ $to }` in a loop: settings end somewhere
host-schema-dangling = refers to `{ $to }`, which is not there
host-schema-foreign = refers to something outside of itself: write it into `$defs` and refer to `#/$defs/…`
host-schema-no-ref = refers by other means than `$ref`: leave it out
host-schema-too-deep = is nested deeper than 64 levels: make it flatter
host-schema-too-large = is larger than 20,000 rules once its references are followed: make it smaller
host-schema-pattern-too-long = is longer than 1,000 characters
host-schema-rules = must be a table of rules, true or false
host-schema-type = must name a type of JSON
host-schema-keys = must be a list of keys
host-schema-enum = must be a list of what is allowed
host-schema-list = must be a list
host-schema-table = must be a table
host-schema-number = must be a number
host-schema-whole-number = must be a whole number
host-schema-text = must be a text

# The code of a library.
host-no-memory-file = the system has no memory file for it: { $why }
host-no-entry = it does not export `rundruf_plugin_v1`
host-entry-null = its entry is null
host-entry-magic = its entry does not begin with the magic number
host-entry-small = its entry is smaller than this version of the contract demands
host-descriptor-null = its descriptor is null
host-descriptor-small = its descriptor is smaller than this version of the contract demands
host-table-null = its function table is null
host-table-small = its function table is smaller than this version of the contract demands
host-table-incomplete = its function table lacks `open`, `submit`, `drain` or `close`
host-ids-differ = its code says that it is `{ $code }`, its manifest says `{ $manifest }`: write the same id in both
host-run-as-process = { $why }: run it with isolation = "process"
host-wants-process = its manifest says that it needs a process of its own
host-panic-abort = it was built with `panic = "abort"`
host-go-runtime = it contains a Go runtime

# Confinement.
host-no-landlock = the kernel has no Landlock: plugins can read and write every file that the daemon can; Linux 6.7 with `lsm=landlock` has it
host-old-landlock = the kernel's Landlock is older than version 4: plugins with network can connect to every port; Linux 6.7 has it
host-no-seccomp = the kernel has no seccomp: plugins can make every system call
host-has-threads = there are { $count } threads already
host-call-failed = { $call } failed
host-file-rules-refused = the rules for files are refused: { $why }
host-call-rules-refused = the rules for system calls are refused: { $why }
host-path-leads-out = `{ $path }` leads out of `{ $folder }`, where the plugin could make it a link: remove it
host-grant-relative = `{ $path }` is not absolute
host-grant-dots = `{ $path }` goes up by `..` from a folder that does not exist
host-grant-is-ours = `{ $path }` belongs to the daemon: no plugin may use it
host-grant-contains = `{ $path }` contains `{ $ours }`: the plugin could read it, and change it in a folder
host-grant-inside = `{ $path }` lies in `{ $ours }`, which belongs to the daemon
host-not-granted = transport `{ $name }` is not started: `{ $setting }`: { $why }
host-needs-landlock = the kernel has no Landlock, so the plugin could read and change every file of the daemon; Linux 6.7 with `lsm=landlock` has it; if you accept it for this plugin, write `without_landlock = true`
host-grants-ports-and-names = connects to TCP ports { $ports }, and resolves names
host-grants-ports = connects to TCP ports { $ports }
host-grants-no-network = no network
host-grants-read = reads { $paths }
host-grants-write = reads and writes in { $paths }

# Why a plugin does not open.
host-refused-to-open = it refused to open (status { $status })
host-folder-unusable = the state folder cannot be used: { $why }
host-earlier-process = an earlier process of this transport does not end
host-not-confined = its process cannot be shut in: { $why }
host-not-watched = its process cannot be watched: { $why }

# What happened to a plugin's process (`the plugin's process …`).
host-process-lost-message = the plugin's process died while it held this message
host-process-no-pipe = gets no pipe: { $why }
host-process-no-thread = gets no thread: { $why }
host-process-not-started = cannot be started: { $why }
host-process-not-read = cannot be read: { $why }
host-process-not-watched = cannot be watched: { $why }
host-process-deaf = does not listen: { $why }
host-process-ended-early = ended before it had opened ({ $how })
host-process-opens-late = does not open within 30 seconds
host-in-process-opens-late = does not open within 30 seconds; it runs in the daemon's process and cannot be ended: set isolation = "process", then restart the daemon
host-process-breaks-protocol = breaks the pipe protocol
host-process-too-late = comes too late

# Why a plugin is down.
host-not-started = is being opened; an earlier process of it may still be ending
host-stopped = stopped
host-ended = ended
host-ended-with-status = ended with status { $code }
host-ended-by-signal = ended by signal { $signal }
host-ended-by-named-signal = ended by signal { $signal } ({ $name })
host-killed-silent = did not answer for 15 seconds and was killed
host-killed-no-outcome = told no outcome for { $seconds } seconds and was killed
host-killed-protocol = protocol violation: { $violation }; killed
host-killed-threads = ran more than { $most } threads and was killed
host-killed-folder = filled its state folder `{ $path }` and was killed: { $why }
host-killed-disk = was killed because only { $free } MiB are free on the disk, and { $reserve } MiB are kept for the database
host-killed-pipe-closed = was killed after its pipe had closed
host-killed-at-stop = did not end in time
host-given-up = given up after { $why }
host-crashes = { $count } deaths within { $minutes } minutes, the last one: { $last }
host-violation-backlog = it asks, and does not listen to the answers
host-violation-frame-size = a frame claims more bytes than are allowed
host-violation-frame = a frame cannot be read
host-violation-numbers = outcomes are numbered wrongly
host-folder-too-deep = folders in it lie { $depth } deep in each other
host-folder-files = it holds more than { $most } files
host-folder-size = it holds more than { $most } MiB
host-folder-unreadable = a folder in it cannot be looked at
host-must-messages = a table of languages, each with the plugin's English sentences and their translation


## lang
# Keys of core/lang begin with `lang-`.

lang-verbatim = { $text }
lang-caused-by = { $text }: { $cause }
lang-not-utf8 = stream did not contain valid UTF-8
lang-os-error-1 = Operation not permitted (os error 1)
lang-os-error-2 = No such file or directory (os error 2)
lang-os-error-13 = Permission denied (os error 13)
lang-os-error-17 = File exists (os error 17)
lang-os-error-20 = Not a directory (os error 20)
lang-os-error-21 = Is a directory (os error 21)
lang-os-error-24 = Too many open files (os error 24)
lang-os-error-28 = No space left on device (os error 28)
lang-os-error-30 = Read-only file system (os error 30)
lang-os-error-32 = Broken pipe (os error 32)
lang-os-error-36 = File name too long (os error 36)
lang-os-error-40 = Too many levels of symbolic links (os error 40)
lang-os-error-98 = Address already in use (os error 98)
lang-os-error-99 = Cannot assign requested address (os error 99)
lang-os-error-104 = Connection reset by peer (os error 104)
lang-os-error-111 = Connection refused (os error 111)
lang-quoted = { $text }
lang-translated = { $german ->
    *[other] { $english }
    }


## sdk
# Keys of core/sdk begin with `sdk-`.


## store
# Keys of core/store begin with `store-`.

# Why the store does not open, or a call fails.
store-backup-file-changed = `{ $name }` is missing, or was changed since the backup was made
store-backup-file-more = `{ $name }` does not belong to the backup
store-backup-folder-name = the name of the folder is not valid text
store-backup-folder-used = the folder is not empty; name a new one for each backup
store-backup-log = the consent log in it is not the one that the backup names
store-backup-no-database = there is no database to back up
store-backup-none = this is not a backup made by `rundruf backup`
store-backup-without-key = the machine key is not in the backup: it is needed to restore it (`--machine-key FILE`)
store-broadcast-ended = broadcast `{ $id }` has ended: nothing of it is sent any more
store-broadcast-is = broadcast `{ $id }` is { $state }
store-closed = the store is closed
store-database = the database failed: { $cause }
store-evidence-not-sealed = evidence could not be sealed: { $why }
store-fork-no-database = there is no database at `{ $path }`
store-frontier-damaged = the log's frontier is damaged
store-full = the disk that holds `{ $path }` is full
store-in-use = `{ $path }` is in use by another daemon
store-list-closed = the list `{ $name }` was closed, and its name is never used again
store-list-held = the list `{ $name }` is held: it sends and takes nothing for now
store-log-altered = the log is not a continuation of what was signed: something was altered
store-log-in-use = the write-ahead log is still read: it is emptied later
store-log-shorter = the log has { $size } entries, { $signed } were signed: was an old copy restored?
store-newer = `{ $path }` has schema { $found }, this program knows up to { $known }: use the newer program
store-no-address = there is no address `{ $id }`
store-no-address-given = a message without an address
store-no-broadcast = there is no broadcast `{ $id }`
store-no-import = there is no import `{ $id }`
store-no-message = there is no message `{ $id }`
store-no-random = the system gives no random numbers
store-no-such-address = there is no such address
store-no-such-contact = there is no such contact
store-no-such-list = there is no such list
store-not-a-number = it does not hold a number
store-not-a-store = `{ $url }` is not a store: write sqlite:FILE
store-of-another-program = it is a database of another program
store-old-copy = `{ $path }` is an old copy of the database: it was used further since, elsewhere or before it was copied back. Its consent log has { $size } entries, { $signed } were signed
store-request-panicked = a request panicked; nothing of it was stored
store-restore-exists = it exists already: move the database and its keys to another folder first, and keep them
store-restore-other-key = another machine key is there already; move it to another folder first, and keep it
store-restore-reason = restored from the backup of { $made } (milliseconds UTC)
store-thread-died = a thread died
store-too-little-random = too little random was drawn
store-two-contacts = two of these addresses belong to two different people; people are never merged by accident; `rundruf contact merge` does it on purpose
store-unusable = `{ $path }` cannot be used: { $cause }

# What is wrong with the keys.
store-key-length = a key has the wrong length
store-key-not-wrapped = a key cannot be wrapped
store-keys = the keys in `{ $path }` do not belong to this database: { $why }
store-keys-missing = the file is missing: restore it from its backup
store-keys-of-another = they were wrapped with another machine key
store-keys-without-database = the keys are here, but the database that they belong to is missing or empty: bring it back from its backup (`rundruf backup restore`). To begin anew with nothing, move the files with the keys to another folder first
store-machine-key-length = the machine key has not 32 bytes
store-machine-key-missing = the machine key is missing: restore it from its backup
store-secret-length = a secret has the wrong length
store-secret-missing = the secret `{ $name }` is missing. It is not made anew, because every link and every stop depends on it: bring the keys back from their backup
store-stops-missing = the database was brought back without its journal of stops: nothing is sent or imported until the stops since then are entered. Enter those that you know: rundruf consent withdraw --file FILE. Then: rundruf consent stops-complete --reason "…"

# Why an imported address stays as it was.
store-import-suppressed = the address is on the suppression list: only a new sign-up by the person lifts that
store-import-withdrawn = the person has taken the consent back: only a new sign-up by the person gives it again

# What `doctor` finds.
store-doctor-broadcast-unreadable = broadcast { $id } is in a state that this program does not know: nothing of it is sent
store-doctor-consent-state = { $count } consents are not in the state that their last event says
store-doctor-consents-unreadable = { $count } consents cannot be read (state, channel or flags are unknown): nothing is sent to them
store-doctor-counter = broadcast { $id }: `{ $name }` says { $said }, the rows say { $real }
store-doctor-deliveries-unreadable = broadcast { $id }: { $count } deliveries are in a state that this program does not know
store-doctor-event-order = { $count } events follow an event of another consent, or none
store-doctor-file-damaged = the database file is damaged: { $why }
store-doctor-file-open = `{ $path }` can be read by others: chmod 600
store-doctor-file-unreadable = `{ $path }` cannot be read: { $error }
store-doctor-gap = the consent log has a gap before entry { $id }
store-doctor-hashes = { $count } stored hashes of the consent log do not fit its entries
store-doctor-lease-foreign = lease { $id }: { $count } of the deliveries before its cursor cannot be claimed
store-doctor-lease-open = lease { $id }: { $said } deliveries are said to be open, { $real } are
store-doctor-log-size = the consent log says { $said } entries, its events are { $real }, or they are not the same
store-doctor-no-broadcast = { $count } deliveries belong to no broadcast
store-doctor-no-key = { $count } consents have no key: their evidence cannot be read
store-doctor-not-continued = the consent log is not a continuation of its last signed checkpoint
store-doctor-open-requests = { $count } consents have more than one open request
store-doctor-skips = broadcast { $id }: reasons of the skipped say { $said }, the rows say { $real }


## web
web-cannot-listen = cannot listen on `{ $place }`: { $cause }
web-inbox-deleted-a-message = has deleted a message
web-inbox-in-a-group-for-a-person = in a group: for a person
web-socket-in-use = another daemon listens on `{ $path }`
web-not-a-socket = `{ $path }` is there already and is not a socket: name another path, or move it away
# Keys of core/web begin with `web-`.

web-add-contact-help = add it first: rundruf contact add
web-attachments-incomplete = the request ended before its attachments
web-broadcast-not-a-number = the broadcast is not a number
web-cannot-spool = cannot spool
web-confirm = Confirm your sign-up
web-confirm-button = Yes, I want this
web-confirm-closed = This sign-up is no longer open
web-confirm-closed-text = Nothing will be sent. If you want the messages, please sign up again.
web-confirm-not-you = This was not you? Then do nothing: without your confirmation no message will come.
web-confirm-question = { $name } would like to write to { $address }: “{ $list }”.
web-confirmed = Thank you, that is confirmed
web-confirmed-text = { $name } will write to you: “{ $list }”. You can leave again with every message.
web-contact-not-a-number = the contact is not a number
web-disk-full = the disk that holds `{ $path }` is full
web-disk-full-help = make room on that disk; nothing was half-stored
web-evidence-class = evidence class `{ $class }` cannot be imported: A or C
web-file-size-differs = the file has { $length } bytes, { $announced } were announced
web-home-text = From here this sender writes to everyone who asked for it. To leave, open the link in a message.
web-imprint = Imprint
web-no-json-line = the body must begin with one line of JSON
web-no-memory = no room for files
web-no-such-address = there is no such address
web-no-such-broadcast = there is no such broadcast
web-no-such-contact = there is no such contact
web-no-such-route = there is no such route
web-no-such-state = there is no such state
web-not-a-time = a time is not RFC 3339
web-page-failed = That did not work just now
web-page-failed-text = It is our fault. Please try again in a few minutes.
web-parameter-missing = `{ $name }` is missing
web-parameter-not-a-number = `{ $name }` is not a number
web-person-asked-with-source = `person_asked` and `source` go together: say where the person asked for it
web-privacy = Privacy
web-request-failed = the request broke off
web-request-failed-help = see the log
web-request-incomplete = the request ended before its end
web-request-rejected = We could not take that
web-request-rejected-text = Please open the link again from the message and press the button there.
web-request-timeout = the request did not arrive in time
web-request-timeout-help = send it again
web-request-too-large = the request is larger than { $limit } bytes
web-request-too-large-help = send less, or raise `web.max_body`
web-resend-failed-only = only failed deliveries can be sent again: {"{"}"failed": true{"}"}
web-same-purpose-or-new-list = `same_purpose` must be true; another purpose is another list
web-source-too-long = `source` is one line of at most { $most } characters
web-unknown-decision = `as` is `sent`, `resend` or `failed`
web-unknown-link = We do not know this link
web-unknown-link-text = It may have been cut off while copying: please open it again from the message. If it still does not work, we cannot read it, and nothing was changed by it: you are neither confirmed nor unsubscribed. To unsubscribe, please write to us; our imprint is below.
web-unsubscribe = Leave
web-unsubscribe-all = Leave all lists
web-unsubscribe-all-text = This button ends everything that { $name } sends to this address, now and later:
web-unsubscribe-at-once = It works at once.
web-unsubscribe-text = { $name } writes to { $address }: “{ $list }”.
web-unsubscribed = You have left
web-unsubscribed-all-text = { $name } sends nothing more to this address, from any list, unless you sign up again.
web-unsubscribed-text = { $name } no longer sends “{ $list }” to { $address }.
web-work-failed = the work broke off

# Messages that wait for a person.
web-inbox-a-reaction = a reaction
web-inbox-answered-often-enough = answered often enough already
web-inbox-could-not-be-handled = could not be handled
web-inbox-for-a-person = not understood: for a person
web-inbox-held = may be a refusal: held
web-inbox-not-a-number = the message's number is not a number
web-inbox-refusal-of-an-unknown-address = may be a refusal, of an unknown address
web-inbox-resolve-as = `as` must be `continue` or `stop`
web-inbox-start-while-held = START while held
web-inbox-stopped = stopped
web-import-dates = `dates` is `dmy` or `mdy`
web-not-a-digest = `old` and `new` are SHA-256 in 64 hexadecimal digits
