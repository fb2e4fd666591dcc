//! System calls that a plugin process may make (seccomp). All others fail with `EPERM`, so that a program can go on without them.
//!
//! Landlock does not cover `chmod` by path, Unix sockets and stream protocols other than TCP: those gaps are closed here.

use super::error::ConfinementError;
use super::grants::NetworkAccess;
use super::syscall_program::{self, SyscallRules};
use seccompiler::{SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition, SeccompRule, TargetArch};

/// Allowed with any arguments.
const FREE: &[libc::c_long] = &[
    // files by descriptor, and by path where Landlock checks the path
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_pwrite64,
    libc::SYS_preadv,
    libc::SYS_pwritev,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_statfs,
    libc::SYS_fstatfs,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_readlinkat,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_ftruncate,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_sync_file_range,
    libc::SYS_flock,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    libc::SYS_sendfile,
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_copy_file_range,
    // waiting
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_epoll_pwait2,
    libc::SYS_eventfd2,
    libc::SYS_signalfd4,
    libc::SYS_timerfd_create,
    libc::SYS_timerfd_settime,
    libc::SYS_timerfd_gettime,
    libc::SYS_timer_create,
    libc::SYS_timer_settime,
    libc::SYS_timer_gettime,
    libc::SYS_timer_getoverrun,
    libc::SYS_timer_delete,
    libc::SYS_setitimer,
    libc::SYS_getitimer,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_restart_syscall,
    // memory of its own
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_msync,
    libc::SYS_mincore,
    libc::SYS_mlock,
    libc::SYS_mlock2,
    libc::SYS_munlock,
    libc::SYS_membarrier,
    libc::SYS_getrandom,
    // threads
    libc::SYS_futex,
    libc::SYS_futex_waitv,
    libc::SYS_set_robust_list,
    libc::SYS_get_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_getparam,
    libc::SYS_sched_getscheduler,
    libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min,
    libc::SYS_getpriority,
    libc::SYS_getcpu,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigpending,
    libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_wait4,
    libc::SYS_waitid,
    // identity and system information
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    libc::SYS_getsid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getresuid,
    libc::SYS_getresgid,
    libc::SYS_getgroups,
    libc::SYS_capget,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_times,
    // sockets that exist
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_shutdown,
    libc::SYS_getsockname,
    libc::SYS_getpeername,
    libc::SYS_getsockopt,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
];

/// Older calls for the same purposes, which newer architectures do not have.
#[cfg(target_arch = "x86_64")]
const OLD: &[libc::c_long] = &[
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_readlink,
    libc::SYS_getdents,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_dup2,
    libc::SYS_pipe,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_epoll_create,
    libc::SYS_epoll_wait,
    libc::SYS_eventfd,
    libc::SYS_signalfd,
    libc::SYS_time,
    libc::SYS_alarm,
    libc::SYS_pause,
    libc::SYS_getpgrp,
    libc::SYS_getrlimit,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[libc::c_long] = &[];

/// Calls that take their flags through a pointer, which no filter can read. Programs fall back to an older call where these do not exist, so
/// they fail with `ENOSYS`.
pub(super) const GONE: [libc::c_long; 2] = [libc::SYS_clone3, libc::SYS_openat2];

/// Set user id and set group id.
const SET_ID: u64 = 0o6000;
/// Of `O_TMPFILE`, the bit of its own.
const NAMELESS: libc::c_int = libc::O_TMPFILE & !libc::O_DIRECTORY;
/// Of `madvise`: sharing equal memory with other processes shows by its timing what is in theirs; the others break memory for everybody.
const HARMFUL_ADVICE: [libc::c_int; 3] = [libc::MADV_MERGEABLE, libc::MADV_HWPOISON, libc::MADV_SOFT_OFFLINE];
/// Options of a socket that put a program into the kernel.
const PROGRAMS: [libc::c_int; 4] =
    [libc::SO_ATTACH_FILTER, libc::SO_ATTACH_BPF, libc::SO_ATTACH_REUSEPORT_CBPF, libc::SO_ATTACH_REUSEPORT_EBPF];
/// Of TCP: protocols of the kernel on top of it.
const UPPER_PROTOCOL: libc::c_int = 31; // TCP_ULP

/// Flags of `clone` that create namespaces.
const NAMESPACES: u64 = 0x7e02_0080;

type Conditions = Vec<(u8, Op, u64)>;

/// Whether the kernel offers seccomp and the allow-list covers this architecture.
pub(super) fn known() -> bool {
    const ASK: libc::c_ulong = 2; // SECCOMP_GET_ACTION_AVAIL
    let action = libc::SECCOMP_RET_ERRNO;
    // SAFETY: the call reads one number, which lives for the call.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, ASK, 0_usize, &raw const action) };
    TargetArch::try_from(std::env::consts::ARCH).is_ok() && answer == 0
}

pub(super) fn restrict(network: NetworkAccess) -> Result<(), ConfinementError> {
    let failed = |e: &dyn std::fmt::Display| ConfinementError::CallRules(e.to_string());
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|e| failed(&e))?;
    let program =
        rules(network).and_then(|rules| syscall_program::program(rules, &GONE, arch)).map_err(|e| failed(&e))?;
    seccompiler::apply_filter(&program).map_err(|e| failed(&e))
}

pub(super) fn rules(network: NetworkAccess) -> Result<SyscallRules, seccompiler::BackendError> {
    let mut rules: SyscallRules = FREE.iter().chain(OLD).map(|call| (*call, Vec::new())).collect();
    for (call, ways) in guarded(network) {
        let chain = ways.into_iter().map(|way| {
            let conditions = way.into_iter().map(|(n, op, value)| SeccompCondition::new(n, Len::Dword, op, value));
            SeccompRule::new(conditions.collect::<Result<_, _>>()?)
        });
        rules.insert(call, chain.collect::<Result<_, _>>()?);
    }
    Ok(rules)
}

/// Calls that are allowed with certain arguments only: all conditions of one alternative must hold.
fn guarded(network: NetworkAccess) -> Vec<(libc::c_long, Vec<Conditions>)> {
    let own = u64::from(std::process::id());
    let one_of = |n: u8, values: &[u64]| values.iter().map(|v| vec![(n, Op::Eq, *v)]).collect::<Vec<_>>();
    // The lowest bits are the type of the socket; the others are flags.
    let kind = |kind: libc::c_int| (1, Op::MaskedEq(0xf), kind.unsigned_abs().into());
    let n = |number: libc::c_int| u64::from(number.unsigned_abs());
    let mut sockets = Vec::new();
    if network != NetworkAccess::None {
        // Not every stream is TCP, and Landlock checks TCP only.
        let tcp = (libc::SOCK_STREAM, libc::IPPROTO_TCP);
        let udp = (network == NetworkAccess::Names).then_some((libc::SOCK_DGRAM, libc::IPPROTO_UDP));
        for family in [libc::AF_INET, libc::AF_INET6] {
            for (of, protocol) in std::iter::once(tcp).chain(udp) {
                sockets.push(vec![(0, Op::Eq, n(family)), kind(of), (2, Op::Eq, 0)]);
                sockets.push(vec![(0, Op::Eq, n(family)), kind(of), (2, Op::Eq, n(protocol))]);
            }
        }
        // The resolver reads the addresses of this machine.
        sockets.push(vec![(0, Op::Eq, n(libc::AF_NETLINK)), (2, Op::Eq, n(libc::NETLINK_ROUTE))]);
    }
    // None of these bits may be set.
    let without = |at: u8, bits: libc::c_int| (at, Op::MaskedEq(n(bits)), 0);
    // This flag connects without `connect`.
    let fast_open = |at: u8| vec![vec![without(at, libc::MSG_FASTOPEN)]];
    let mut guarded = vec![
        // Threads, not processes.
        (libc::SYS_clone, vec![vec![(0, Op::MaskedEq(n(libc::CLONE_THREAD) | NAMESPACES), n(libc::CLONE_THREAD))]]),
        // Signals to this process only.
        (libc::SYS_kill, one_of(0, &[own])),
        (libc::SYS_tgkill, one_of(0, &[own])),
        // No memory that no limit counts: shared without a file, or growing like a stack.
        (
            libc::SYS_mmap,
            [libc::MAP_ANONYMOUS, libc::MAP_SHARED].map(|none| vec![without(3, none | libc::MAP_GROWSDOWN)]).to_vec(),
        ),
        // Limits of this process only.
        (libc::SYS_prlimit64, one_of(0, &[0, own])),
        // Affinity of this process only (`0` is the calling thread): the daemon runs as the same user.
        (libc::SYS_sched_setaffinity, one_of(0, &[0, own])),
        (
            libc::SYS_prctl,
            one_of(0, &[n(libc::PR_SET_NAME), n(libc::PR_GET_NAME), n(libc::PR_GET_DUMPABLE), n(libc::PR_SET_VMA)]),
        ),
        // Files without a name are files that nobody counts. Nothing is made with the rights of its owner; the mask of modes does the rest, and stays.
        (libc::SYS_openat, open_files(2)),
        (libc::SYS_mkdirat, vec![vec![(2, Op::MaskedEq(SET_ID), 0)]]),
        // A whiteout is a device.
        (libc::SYS_renameat2, vec![vec![(4, Op::MaskedEq(u64::from(libc::RENAME_WHITEOUT)), 0)]]),
        (libc::SYS_madvise, vec![HARMFUL_ADVICE.map(|advice| (2, Op::Ne, n(advice))).to_vec()]),
        (
            libc::SYS_setsockopt,
            vec![
                vec![
                    (1, Op::Eq, n(libc::SOL_SOCKET)),
                    (2, Op::Ne, n(PROGRAMS[0])),
                    (2, Op::Ne, n(PROGRAMS[1])),
                    (2, Op::Ne, n(PROGRAMS[2])),
                    (2, Op::Ne, n(PROGRAMS[3])),
                ],
                vec![(1, Op::Eq, n(libc::IPPROTO_TCP)), (2, Op::Ne, n(UPPER_PROTOCOL))],
                vec![(1, Op::Eq, n(libc::IPPROTO_IP))],
                vec![(1, Op::Eq, n(libc::IPPROTO_IPV6))],
                vec![(1, Op::Eq, n(libc::IPPROTO_UDP))],
                vec![(1, Op::Eq, n(libc::SOL_NETLINK))],
            ],
        ),
        // By descriptor, without write access for others and without setuid or setgid.
        (libc::SYS_fchmod, vec![vec![(1, Op::MaskedEq(0o6022), 0)]]),
        // Queries and non-blocking mode; no terminals, no devices.
        (
            libc::SYS_ioctl,
            one_of(1, &[libc::FIONREAD, libc::FIONBIO, libc::FIOCLEX, libc::FIONCLEX, libc::TCGETS, libc::TIOCGWINSZ]),
        ),
        // Without the commands that send signals to other processes.
        (
            libc::SYS_fcntl,
            one_of(
                1,
                &[
                    libc::F_DUPFD,
                    libc::F_DUPFD_CLOEXEC,
                    libc::F_GETFD,
                    libc::F_SETFD,
                    libc::F_GETFL,
                    libc::F_SETFL,
                    libc::F_GETLK,
                    libc::F_SETLK,
                    libc::F_SETLKW,
                    libc::F_OFD_GETLK,
                    libc::F_OFD_SETLK,
                    libc::F_OFD_SETLKW,
                    libc::F_GETPIPE_SZ,
                    libc::F_GET_SEALS,
                ]
                .map(n),
            ),
        ),
        // Streams only: a datagram socket of a pair could send to other sockets.
        (libc::SYS_socketpair, vec![vec![(0, Op::Eq, n(libc::AF_UNIX)), kind(libc::SOCK_STREAM)]]),
        (libc::SYS_sendto, fast_open(3)),
        (libc::SYS_sendmsg, fast_open(2)),
        (libc::SYS_sendmmsg, fast_open(3)),
    ];
    #[cfg(target_arch = "x86_64")]
    guarded.extend([
        (libc::SYS_open, open_files(1)),
        (libc::SYS_creat, vec![vec![(1, Op::MaskedEq(SET_ID), 0)]]),
        (libc::SYS_mkdir, vec![vec![(1, Op::MaskedEq(SET_ID), 0)]]),
    ]);
    if !sockets.is_empty() {
        guarded.push((libc::SYS_socket, sockets));
    }
    guarded
}

/// Opening: the mode, which follows the flags, counts only where a file is made.
fn open_files(flags: u8) -> Vec<Conditions> {
    let none = |bits: libc::c_int| (flags, Op::MaskedEq(u64::from(bits.unsigned_abs())), 0);
    vec![vec![none(libc::O_CREAT | NAMELESS)], vec![none(NAMELESS), (flags + 1, Op::MaskedEq(SET_ID), 0)]]
}
