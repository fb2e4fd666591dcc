//! `plugin …`: one function for each verb; `cli/plugin/` has what they do.

use super::Words;
use clap::{Arg, Command};

pub(super) fn plugin(w: &Words) -> Command {
    w.group("plugin", "Plugins", "plugins", [list(w), info(w)])
}

/// A plugin by its name or its file.
fn path(w: &Words) -> Arg {
    w.arg("path", "Name oder Pfad", "name or path").required(true).value_name("PATH")
}

fn list(w: &Words) -> Command {
    w.cmd("list", "alle, die gefunden werden", "all that are found")
}

fn info(w: &Words) -> Command {
    let about = (
        "was eine Bibliothek ist und wer welche Daten bekäme, ohne sie auszuführen",
        "what a library is and who would receive which data, without running it",
    );
    w.cmd("info", about.0, about.1).arg(path(w))
}
