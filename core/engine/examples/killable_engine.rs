//! An engine that tests can kill: `killable_engine DIR COUNT` adds contacts, sends them one broadcast through a plugin in its own process, and never ends by
//! itself. It is also the program that runs plugins. For tests only.

#![allow(dead_code, missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "it is a part of the tests")]

#[path = "../tests/support/engine_fixture.rs"]
mod engine_fixture;

use engine_fixture::EngineFixture;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.first().is_some_and(|a| a == "plugin-host") {
        return ExitCode::from(u8::try_from(rundruf_host::child::main()).unwrap_or(1));
    }
    let [dir, count] = args.as_slice() else { panic!("usage: killable_engine DIR COUNT") };
    let (dir, count) = (PathBuf::from(dir), count.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut config = engine_fixture::config(&dir);
        for transport in &mut config.transports {
            transport.isolation = rundruf_host::Isolation::Process;
            transport.rate_per_s = Some(400.0);
        }
        let fixture = EngineFixture::at(dir, config, rundruf_engine::Clock::system()).await;
        fixture.subscribers(count, "angebote").await;
        fixture.send("angebote", "Hallo {{ first_name }}").await;
        std::future::pending::<ExitCode>().await
    })
}
