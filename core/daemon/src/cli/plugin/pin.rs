//! `plugin pin NAME`: writes the digest of a transport's library into the settings, and leaves everything else there as it is.

use super::failed;
use crate::cli::Context;
use crate::cli::local::folders;
use crate::client::Failure;
use crate::settings::fault::Report;
use crate::settings::read;
use crate::speech::Speech;
use clap::ArgMatches;
use rundruf_consent::text::hex;
use rundruf_host::{Manifest, discover};
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, TableLike, value};

pub(super) fn run(context: &Context, m: &ArgMatches) -> Result<u8, Failure> {
    let name = m.get_one::<String>("name").map_or("", String::as_str);
    let found = look(context, name)?;
    let manifest = Manifest::read(&found.library).map_err(|e| failed(&e))?;
    let new = hex(&manifest.sha256);
    let changed = found.old.as_deref() != Some(new.as_str());
    if changed {
        let text = pinned(&found.text, name, &new).ok_or_else(|| {
            let message = match context.speech {
                Speech::De => format!("`{}`: [transports.{name}] lässt sich nicht ändern", found.file.display()),
                Speech::En => format!("`{}`: [transports.{name}] cannot be changed", found.file.display()),
            };
            let help = format!("sha256 = \"{new}\"");
            Failure::new("settings", message, help)
        })?;
        replace(&found.file, &found.text, &text)
            .map_err(|e| Failure::new("file", format!("`{}`: {e}", found.file.display()), ""))?;
    }
    let result = json!({
        "transport": name, "file": found.file.display().to_string(), "library": found.library.display().to_string(),
        "old": found.old, "new": new, "changed": changed,
    });
    context.term.result(&result, || said(context.speech, name, &found, &new, changed));
    Ok(0)
}

fn said(speech: Speech, name: &str, found: &Found, new: &str, changed: bool) -> String {
    let (file, library) = (found.file.display(), found.library.display());
    if !changed {
        return match speech {
            Speech::De => format!("`{name}` ist schon auf diese Datei festgelegt: {library}\n  {new}"),
            Speech::En => format!("`{name}` is pinned to this file already: {library}\n  {new}"),
        };
    }
    let old = found.old.as_deref().unwrap_or_else(|| speech.say("keine", "none"));
    match speech {
        Speech::De => format!(
            "`{name}` ist festgelegt auf {library}\n  vorher: {old}\n  jetzt:  {new}\n  steht in {file}; ein laufender Daemon liest es beim nächsten Neuladen"
        ),
        Speech::En => format!(
            "`{name}` is pinned to {library}\n  before: {old}\n  now:    {new}\n  written into {file}; a running daemon reads it at its next reload"
        ),
    }
}

/// Where a transport stands, and what it names.
struct Found {
    file: PathBuf,
    text: String,
    library: PathBuf,
    old: Option<String>,
}

fn look(context: &Context, name: &str) -> Result<Found, Failure> {
    let path = context.settings();
    let mut report = Report::default();
    let tree = read::read(&path, &mut report, context.speech);
    if tree.damaged || !report.faults.is_empty() {
        let message = report.text(context.speech).trim_end().to_owned();
        return Err(Failure::new("settings", message, ""));
    }
    let pointer = format!("/transports/{}", read::escape(name));
    let (Some(transport), Some(place)) = (tree.value.pointer(&pointer), tree.keys.get(&pointer)) else {
        let shown = name.escape_debug();
        let message = match context.speech {
            Speech::De => format!("es gibt keinen Transport `{shown}` in `{}`", path.display()),
            Speech::En => format!("there is no transport `{shown}` in `{}`", path.display()),
        };
        let known: Vec<&str> = tree
            .value
            .get("transports")
            .and_then(Value::as_object)
            .map_or_else(Vec::new, |t| t.keys().map(String::as_str).collect());
        let help = if known.is_empty() {
            context.say("lege erst einen an: [transports.NAME]", "make one first: [transports.NAME]").to_owned()
        } else {
            format!("{} {}", context.say("es gibt:", "there are:"), known.join(", "))
        };
        return Err(Failure::new("no_transport", message, help));
    };
    let text = |key: &str| transport.get(key).and_then(Value::as_str);
    let plugin = text("plugin").unwrap_or("");
    let plugin = if plugin.contains('/') {
        path.parent().unwrap_or(Path::new("")).join(plugin).display().to_string()
    } else {
        plugin.to_owned()
    };
    let library = discover::find(&plugin, &folders(context)).map_err(|e| failed(&e))?;
    let source = report.sources.get(place.file).ok_or_else(|| Failure::new("settings", "", ""))?;
    Ok(Found { file: source.path.clone(), text: source.text.clone(), library, old: text("sha256").map(str::to_owned) })
}

/// The file with the new digest; everything else in it stays as it is.
fn pinned(text: &str, name: &str, digest: &str) -> Option<String> {
    let mut document: DocumentMut = text.parse().ok()?;
    let transport = document.get_mut("transports")?.get_mut(name)?.as_table_like_mut()?;
    put(transport, digest);
    let written = document.to_string();
    // Whatever was written is what will be read.
    let again: toml::Table = written.parse().ok()?;
    let read = again.get("transports")?.get(name)?.get("sha256")?.as_str()?;
    (read == digest).then_some(written)
}

fn put(transport: &mut dyn TableLike, digest: &str) {
    match transport.get_mut("sha256").and_then(|i| i.as_value_mut()) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = digest.into();
            *old.decor_mut() = decor;
        }
        None => {
            transport.insert("sha256", value(digest));
        }
    }
}

/// Puts a file in the place of another in one step: at no moment is there half of it. Mode and owner stay.
fn replace(file: &Path, old: &str, new: &str) -> io::Result<()> {
    // Behind a link: the link stays one.
    let file = fs::canonicalize(file)?;
    let meta = fs::metadata(&file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let beside = file.with_file_name(format!(".{name}.{}.new", std::process::id()));
    let written = (|| {
        let mut to = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        to.write_all(new.as_bytes())?;
        if (meta.uid(), meta.gid()) != owner(&to)? {
            fchown(&to, Some(meta.uid()), Some(meta.gid()))?;
        }
        to.set_permissions(fs::Permissions::from_mode(meta.permissions().mode() & 0o7777))?;
        to.sync_all()?;
        if fs::read(&file)? != old.as_bytes() {
            return Err(io::Error::other("somebody else has changed it in this moment: try again"));
        }
        fs::rename(&beside, &file)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written?;
    // The name is on disk only when its folder is.
    File::open(file.parent().unwrap_or(Path::new("/")))?.sync_all()
}

fn owner(file: &File) -> io::Result<(u32, u32)> {
    file.metadata().map(|m| (m.uid(), m.gid()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(pinned(text, "post", "ab12").as_deref(), Some(want));
    }

    #[test]
    fn comments_and_layout_stay() {
        check(
            "# mine\n[transports.post]   # by post\nplugin = \"email\"  # the relay\nsha256   =   'old' # was pinned\n\n# deep\n[transports.post.config]\nhost = \"x\"\n",
            "# mine\n[transports.post]   # by post\nplugin = \"email\"  # the relay\nsha256   =   \"ab12\" # was pinned\n\n# deep\n[transports.post.config]\nhost = \"x\"\n",
        );
        check(
            "[transports.post]\nplugin = \"email\"\n\n# deep\n[transports.post.config]\nhost = \"x\" # y\n\n[lists.a]\ntitle = \"t\"\n",
            "[transports.post]\nplugin = \"email\"\nsha256 = \"ab12\"\n\n# deep\n[transports.post.config]\nhost = \"x\" # y\n\n[lists.a]\ntitle = \"t\"\n",
        );
        check(
            "transports.post = { plugin = \"null\" } # short\n",
            "transports.post = { plugin = \"null\" , sha256 = \"ab12\" } # short\n",
        );
        check(
            "[transports]\npost.plugin = \"null\"\npost.window = 4\nother.plugin = \"null\"\n",
            "[transports]\npost.plugin = \"null\"\npost.window = 4\npost.sha256 = \"ab12\"\nother.plugin = \"null\"\n",
        );
        assert_eq!(pinned("[transports.other]\nplugin = \"null\"\n", "post", "ab12"), None);
        assert_eq!(pinned("transports = 5", "post", "ab12"), None);
    }

    #[test]
    fn mode_and_link_stay_and_nothing_is_left_behind() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("real.toml"), dir.path().join("link.toml"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.toml", &link).unwrap();
        let before = fs::metadata(&file).unwrap();
        replace(&link, "old", "new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let after = fs::metadata(&file).unwrap();
        assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let error = replace(&file, "old", "newer").unwrap_err();
        assert!(error.to_string().contains("somebody else"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
