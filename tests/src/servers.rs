//! Real servers on free loopback ports. A missing program fails loudly and says how to install it.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A free port of this machine.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// Waits until a server listens on this port of 127.0.0.1.
///
/// # Panics
/// After 20 seconds.
pub fn wait_for(port: u16) {
    let until = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "no server listens on port {port}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Path of a program that `tests/peers` installs.
///
/// # Panics
/// If it is not installed.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/usr/lib/dovecot"])
        .map(|folder| Path::new(folder).join(name))
        .find(|p| p.exists())
        .unwrap_or_else(|| panic!("`{name}` is missing: run tests/peers --install"))
}

/// A running `smtp-sink`, which accepts every message.
#[derive(Debug)]
pub struct SmtpSink {
    child: Child,
    /// Port on 127.0.0.1.
    pub port: u16,
}

impl SmtpSink {
    /// Starts one. `args` come before the address: `-D FILE` to keep everything in one file, `-q .` to cut connections, …
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn start(args: &[&str]) -> Self {
        let port = free_port();
        let mut command = Command::new(program("smtp-sink"));
        command.args(["-u", "root"]).args(args).arg(format!("127.0.0.1:{port}")).arg("512");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("smtp-sink starts");
        wait_for(port);
        Self { child, port }
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs `smtp-source` against a port and returns messages a second, over `count` messages of `size` bytes in `sessions` sessions.
///
/// # Panics
/// If it fails.
#[must_use]
pub fn smtp_source(port: u16, count: u64, size: usize, sessions: u32) -> f64 {
    let begin = Instant::now();
    let status = Command::new(program("smtp-source"))
        .args(["-d", "-s", &sessions.to_string(), "-m", &count.to_string(), "-l", &size.to_string()])
        .args(["-f", "from@example.org", "-t", "to@example.org"])
        .arg(format!("127.0.0.1:{port}"))
        .status()
        .expect("smtp-source runs");
    assert!(status.success(), "smtp-source failed");
    count as f64 / begin.elapsed().as_secs_f64()
}

/// A Postfix that accepts mail for every address, and a Dovecot that keeps it in one Maildir. Both private, both on loopback.
#[derive(Debug)]
pub struct MailServer {
    dir: PathBuf,
    dovecot: Child,
    /// Port of Postfix on 127.0.0.1.
    pub smtp: u16,
}

impl MailServer {
    /// Starts both in a folder.
    ///
    /// # Panics
    /// If one is missing or does not start; its log is part of the message.
    #[must_use]
    pub fn start(dir: &Path) -> Self {
        use std::fs;
        use std::os::unix::fs::PermissionsExt;
        let (smtp, lmtp) = (free_port(), free_port());
        let (postfix, dovecot_dir) = (dir.join("postfix"), dir.join("dovecot"));
        for folder in [&postfix, &dovecot_dir, &postfix.join("queue"), &postfix.join("data"), &dovecot_dir.join("mail")]
        {
            fs::create_dir_all(folder).expect("a folder");
        }
        // The servers drop their rights to users of their own, who must be able to pass through.
        for folder in [dir, &postfix, &dovecot_dir] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("rights");
        }
        fs::set_permissions(dovecot_dir.join("mail"), fs::Permissions::from_mode(0o777)).expect("rights");
        let own = |folder: &Path, user: &str| {
            let status = Command::new("chown").arg(user).arg(folder).status().expect("chown");
            assert!(status.success(), "Postfix and Dovecot need root: run the tests as root");
        };
        own(&postfix.join("data"), "postfix");
        let dovecot_conf = dovecot_dir.join("dovecot.conf");
        fs::write(
            &dovecot_conf,
            format!(
                "base_dir = {h}/run\nstate_dir = {h}/state\nlog_path = {h}/log\nprotocols = lmtp\nssl = no\n\
                 default_internal_user = dovecot\ndefault_login_user = dovenull\ndefault_internal_group = dovecot\n\
                 mail_location = maildir:{h}/mail/box\nmail_uid = dovecot\nmail_gid = dovecot\nfirst_valid_uid = 1\n\
                 passdb {{\n driver = static\n args = nopassword=y\n}}\n\
                 userdb {{\n driver = static\n args = uid=dovecot gid=dovecot home={h}/mail allow_all_users=yes\n}}\n\
                 service lmtp {{\n inet_listener lmtp {{\n address = 127.0.0.1\n port = {lmtp}\n }}\n}}\n\
                 protocol lmtp {{\n postmaster_address = postmaster@mail.example\n}}\n",
                h = dovecot_dir.display()
            ),
        )
        .expect("dovecot.conf");
        fs::write(
            postfix.join("main.cf"),
            format!(
                "compatibility_level = 3.6\nqueue_directory = {p}/queue\ndata_directory = {p}/data\nmaillog_file = {p}/log\n\
                 maillog_file_prefixes = /tmp, /var, {p}\nmyhostname = mx.mail.example\nmydestination =\ninet_interfaces = 127.0.0.1\n\
                 inet_protocols = ipv4\nmynetworks = 127.0.0.0/8\nvirtual_mailbox_domains = mail.example\n\
                 virtual_transport = lmtp:inet:127.0.0.1:{lmtp}\nvirtual_mailbox_maps = static:all\nalias_maps =\nalias_database =\n\
                 smtpd_relay_restrictions = permit_mynetworks, reject\nsmtpd_recipient_restrictions = permit_mynetworks, reject\n\
                 disable_dns_lookups = yes\nsmtp_host_lookup = native\nlmtp_host_lookup = native\nin_flow_delay = 0\n\
                 smtpd_client_connection_count_limit = 0\nsmtpd_client_connection_rate_limit = 0\nlmtp_destination_concurrency_limit = 20\n",
                p = postfix.display()
            ),
        )
        .expect("main.cf");
        fs::write(
            postfix.join("master.cf"),
            format!(
                "127.0.0.1:{smtp} inet n - n - - smtpd\npickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\n\
                 qmgr unix n - n 300 1 qmgr\ntlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\n\
                 bounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nverify unix - - n - 1 verify\n\
                 flush unix n - n 1000? 0 flush\nproxymap unix - - n - - proxymap\nproxywrite unix - - n - 1 proxymap\n\
                 smtp unix - - n - - smtp\nrelay unix - - n - - smtp\nshowq unix n - n - - showq\nerror unix - - n - - error\n\
                 retry unix - - n - - error\ndiscard unix - - n - - discard\nlocal unix - n n - - local\nvirtual unix - n n - - virtual\n\
                 lmtp unix - - n - - lmtp\nanvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n"
            ),
        )
        .expect("master.cf");
        let log = fs::File::create(dovecot_dir.join("stdout")).expect("log");
        let dovecot = Command::new(program("dovecot"))
            .arg("-F")
            .arg("-c")
            .arg(&dovecot_conf)
            .stdout(log.try_clone().expect("log"))
            .stderr(log)
            .spawn()
            .expect("dovecot starts");
        let started =
            Command::new(program("postfix")).arg("-c").arg(&postfix).arg("start").output().expect("postfix starts");
        let this = Self { dir: dir.to_owned(), dovecot, smtp };
        assert!(started.status.success(), "postfix: {}\n{}", String::from_utf8_lossy(&started.stderr), this.log());
        wait_for(smtp);
        wait_for(lmtp);
        this
    }

    /// Files of the mails that arrived.
    #[must_use]
    pub fn mailbox(&self) -> Vec<PathBuf> {
        let folder = self.dir.join("dovecot/mail/box/new");
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect()
    }

    /// The end of both logs.
    #[must_use]
    pub fn log(&self) -> String {
        ["dovecot/stdout", "dovecot/log", "postfix/log"]
            .iter()
            .map(|f| std::fs::read_to_string(self.dir.join(f)).unwrap_or_default())
            .map(|text| text.chars().rev().take(4_000).collect::<String>().chars().rev().collect::<String>())
            .collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = Command::new(program("postfix")).arg("-c").arg(self.dir.join("postfix")).arg("stop").output();
        // Dovecot's master ends its children when it is asked, not when it is killed.
        let _ = crate::daemon::signal(self.dovecot.id(), rustix::process::Signal::TERM);
        let _ = self.dovecot.wait();
    }
}
