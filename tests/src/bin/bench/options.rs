//! Options that all benchmarks understand.

use std::path::PathBuf;

/// What the command line said.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Messages, rows or people.
    pub(crate) recipients: Option<u64>,
    /// Most messages outstanding.
    pub(crate) window: Option<u32>,
    /// Whether the plugin runs in the daemon's own process.
    pub(crate) in_process: bool,
    /// Seed of all random choices.
    pub(crate) seed: u64,
    /// How many times the daemon is killed.
    pub(crate) points: u64,
    /// SMTP sessions.
    pub(crate) sessions: u32,
    /// Bytes of the text.
    pub(crate) size: usize,
    /// Whether messages are signed.
    pub(crate) dkim: bool,
    /// Duration in seconds (soak).
    pub(crate) seconds: u64,
    /// Number of reloads; 0 runs broadcasts instead.
    pub(crate) reloads: u64,
    /// Rounds of an interleaved comparison.
    pub(crate) rounds: usize,
    /// Folder of an earlier step.
    pub(crate) dir: Option<PathBuf>,
    pub(crate) transport: String,
    pub(crate) json: bool,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Result<Self, String> {
        let mut options = Self {
            recipients: None,
            window: None,
            in_process: false,
            seed: 1,
            points: 100,
            sessions: 16,
            size: 512,
            dkim: false,
            seconds: 600,
            reloads: 0,
            rounds: 3,
            dir: None,
            transport: "null".to_owned(),
            json: false,
        };
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{arg} needs a value"));
            match arg.as_str() {
                "--recipients" => options.recipients = Some(number(value()?)?),
                "--window" => options.window = Some(u32::try_from(number(value()?)?).map_err(|e| e.to_string())?),
                "--isolation" => options.in_process = value()? == "none",
                "--seed" => options.seed = number(value()?)?,
                "--points" => options.points = number(value()?)?,
                "--sessions" => options.sessions = u32::try_from(number(value()?)?).map_err(|e| e.to_string())?,
                "--size" => options.size = usize::try_from(number(value()?)?).map_err(|e| e.to_string())?,
                "--dkim" => options.dkim = true,
                "--seconds" => options.seconds = number(value()?)?,
                "--reloads" => options.reloads = number(value()?)?,
                "--rounds" => options.rounds = usize::try_from(number(value()?)?).map_err(|e| e.to_string())?,
                "--dir" => options.dir = Some(value()?.into()),
                "--transport" => options.transport = value()?.clone(),
                "--json" => options.json = true,
                _ => return Err(format!("unknown option `{arg}`")),
            }
        }
        Ok(options)
    }

    pub(crate) fn say(&self, line: &str) {
        if !self.json {
            eprintln!("{line}");
        }
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.replace('_', "").parse().map_err(|_| format!("`{text}` is not a number"))
}
