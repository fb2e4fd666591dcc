//! The benchmarks' front. Each prints lines for people on stderr and one JSON object as its last line on stdout.

use std::process::ExitCode;

#[path = "bench/abi.rs"]
mod abi;
#[path = "bench/dispatch.rs"]
mod dispatch;
#[path = "bench/engine.rs"]
mod engine;
#[path = "bench/import.rs"]
mod import;
#[path = "bench/kill.rs"]
mod kill;
#[path = "bench/options.rs"]
mod options;
#[path = "bench/smtp.rs"]
mod smtp;
#[path = "bench/soak.rs"]
mod soak;
#[path = "bench/threema.rs"]
mod threema;

const USAGE: &str = "\
usage: bench NAME [options]

  dispatch   durable deliveries a second through the null plugin     --recipients N --window W --isolation process|none
  smtp       messages a second into smtp-sink, beside smtp-source    --recipients N --sessions S --size BYTES --dkim
             and a bare pipelined client
  threema    messages a second into a gateway, beside bare boxes     --recipients N --size BYTES --isolation process|none
  import     rows a second of a CSV with evidence                    --recipients N
  abi        nanoseconds a message at the border                     --recipients N
  kill       SIGKILL at random moments, then everything is counted   --recipients N --points P --seed S
  soak       memory, threads, descriptors over many broadcasts       --seconds S --recipients N
             or over many reloads that restart a plugin each          --reloads N

  --rounds N how often it is measured, in turn with its yardstick (3); the result is the median
  --json     only the JSON object, which is the last line in any case

Bench needs the daemon and the plugins of the same build and builds them if they are missing or old.
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.iter().any(|a| a == "--help" || a == "-h") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let Some((name, rest)) = args.split_first() else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    // The bench is its own plugin host, as the daemon's binary is.
    if name == "plugin-host" {
        return ExitCode::from(u8::try_from(rundruf_host::child::main()).unwrap_or(1));
    }
    let options = match options::Options::parse(rest) {
        Ok(options) => options,
        Err(message) => {
            eprintln!("{message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // A process that a bench starts to be measured builds nothing.
    if options.dir.is_none() {
        let _ = rundruf_tests::Artifacts::get();
    }
    let result = match name.as_str() {
        "dispatch" => dispatch::run(&options),
        "smtp" => smtp::run(&options),
        "import" => import::run(&options),
        "abi" => abi::run(&options),
        "kill" => kill::run(&options),
        "soak" => soak::run(&options),
        "threema" => threema::run(&options),
        "engine" => engine::run(&options),
        _ => {
            eprint!("there is no bench `{name}`\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    println!("{result}");
    ExitCode::SUCCESS
}
