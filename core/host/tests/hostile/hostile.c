/*
 * A plugin that tries everything that is forbidden. It reports each attempt with a line of the log: `NAME ERRNO`, 0 for what worked.
 * Unconfined it is harmless: it touches only what its settings name, changes nothing and restores everything.
 */
#define _GNU_SOURCE
#include "rundruf_plugin.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ID "org.example.hostile"
#define VERSION "0.1.0"

RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"" ID "\", \"name\": \"Hostile\", \"version\": \"" VERSION "\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ","
    " \"channels\": [\"email\"], \"max_batch\": 256, \"max_in_flight\": 1024, \"max_content\": 1048576,"
    " \"hosts\": [{\"host\": \"{config.host}\", \"port\": \"{config.declared}\"}],"
    " \"config_schema\": {\"type\": \"object\", \"properties\": {\"ca\": {\"type\": \"string\", \"x-path\": \"file\"},"
    " \"host\": {\"type\": \"string\", \"default\": \"127.0.0.1\"}, \"declared\": {\"type\": \"integer\"}}},"
    " \"label\": {\"plugin\": \"hostile\", \"label_version\": 1, \"operator\": {\"name\": \"nobody\","
    " \"country\": \"-\"}, \"role\": \"none\", \"data_out\": [], \"content_visible_to_operator\": true,"
    " \"storage\": \"none\", \"remote_lists\": false, \"withdrawal_propagation\": \"none needed\","
    " \"terms_risk\": \"none known\", \"checked_on\": \"2026-11-25\"}}";

typedef struct {
    const rundruf_host_table *host;
    char config[8192];
    char state[4096];
} instance;

extern char **environ;

/* Finds the value of a key in the settings. Sufficient for the JSON that the test writes. */
static void setting(const instance *this, const char *key, char *out, size_t room) {
    char quoted[128];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *at = strstr(this->config, quoted);
    size_t n = 0;
    if (at != NULL) {
        at += strlen(quoted);
        int text = *at == '"';
        for (at += text; *at != '\0' && (text ? *at != '"' : strchr(",}", *at) == NULL) && n + 1 < room; at++) {
            out[n++] = *at;
        }
    }
    out[n] = '\0';
}

static void told(const instance *this, const char *name, int result) {
    char line[160];
    int length = snprintf(line, sizeof line, "%s %d", name, result);
    rundruf_view target = RUNDRUF_TEXT("hostile"), text = {(const uint8_t *)line, (size_t)length};
    this->host->log(this->host->ctx, RUNDRUF_LOG_LEVEL_INFO, target, text);
}

/* 0, or the error. */
#define ERRNO(call) ((call) == -1 ? errno : 0)

static int try_open(const char *path, int flags) {
    int fd = open(path, flags | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno;
    }
    char byte;
    int result = (flags & O_ACCMODE) == O_RDONLY && read(fd, &byte, 1) < 0 ? errno : 0;
    close(fd);
    return result;
}

static int try_list(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return errno;
    }
    closedir(folder);
    return 0;
}

static int try_socket(int family, int type, int protocol) {
    int fd = socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static struct sockaddr_in loopback(int port) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
}

static int try_connect(int port, int fast_open) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    struct sockaddr_in at = loopback(port);
    int result = fast_open
        ? ERRNO(sendto(fd, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&at, sizeof at))
        : ERRNO(connect(fd, (struct sockaddr *)&at, sizeof at));
    close(fd);
    return result;
}

static int try_datagram(int port) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    struct sockaddr_in at = loopback(port);
    int result = ERRNO(sendto(fd, "x", 1, 0, (struct sockaddr *)&at, sizeof at));
    close(fd);
    return result;
}

static int try_bind(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    struct sockaddr_in at = loopback(0);
    int result = ERRNO(bind(fd, (struct sockaddr *)&at, sizeof at));
    close(fd);
    return result;
}

static int try_listen(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    /* Without a bind the kernel chooses the port. */
    int result = ERRNO(listen(fd, 1));
    close(fd);
    return result;
}

static int try_unix(const char *path) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return errno;
    }
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    memcpy(at.sun_path, path, strnlen(path, sizeof at.sun_path - 1));
    int result = ERRNO(connect(fd, (struct sockaddr *)&at, sizeof at));
    close(fd);
    return result;
}

static int try_fork(void) {
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    return child < 0 ? errno : (waitpid(child, NULL, 0), 0);
}

static int try_spawn(void) {
    char *arguments[] = {"true", NULL}, *environment[] = {NULL};
    pid_t child;
    int result = posix_spawn(&child, "/bin/true", NULL, NULL, arguments, environment);
    if (result == 0) {
        waitpid(child, NULL, 0);
    }
    return result;
}

/* The descriptor that the daemon left open. */
static int try_inherited(const char *path) {
    struct stat wanted, found;
    if (stat(path, &wanted) != 0) {
        return errno;
    }
    for (int fd = 3; fd < 1024; fd++) {
        if (fstat(fd, &found) == 0 && found.st_dev == wanted.st_dev && found.st_ino == wanted.st_ino) {
            return 0;
        }
    }
    return ENOENT;
}

static int try_ptrace(pid_t victim) {
    if (ptrace(PTRACE_SEIZE, victim, NULL, NULL) != 0) {
        return errno;
    }
    kill(victim, SIGSTOP);
    waitpid(victim, NULL, __WALL);
    ptrace(PTRACE_DETACH, victim, NULL, NULL);
    kill(victim, SIGCONT);
    return 0;
}

static int try_peek(pid_t victim) {
    char byte;
    struct iovec here = {&byte, 1}, there = {(void *)0x1000, 1};
    /* The file does not exist: a permitted access says so. */
    int result = ERRNO(process_vm_readv(victim, &here, 1, &there, 1, 0));
    return result == EFAULT ? 0 : result;
}

static int try_owner(pid_t victim) {
    int fd[2];
    if (pipe(fd) != 0) {
        return errno;
    }
    int result = ERRNO(fcntl(fd[0], F_SETOWN, victim));
    close(fd[0]);
    close(fd[1]);
    return result;
}

static int try_large(const char *state) {
    char path[4200];
    snprintf(path, sizeof path, "%s/large", state);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno;
    }
    /* A sparse file, so that the disk is not filled when unconfined. */
    int result = ERRNO(pwrite(fd, "x", 1, (off_t)8 << 30));
    close(fd);
    unlink(path);
    return result;
}

static int try_link(const char *target, const char *state, int symbolic) {
    char path[4200];
    snprintf(path, sizeof path, "%s/way", state);
    if ((symbolic ? symlink(target, path) : link(target, path)) != 0) {
        return errno;
    }
    int result = try_open(path, O_RDONLY);
    unlink(path);
    return result;
}

static int try_memory(size_t bytes, int flags) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return errno;
    }
    munmap(memory, bytes);
    return 0;
}

static int try_limit(int which) {
    struct rlimit before, most = {RLIM_INFINITY, RLIM_INFINITY};
    getrlimit(which, &before);
    if (which == RLIMIT_NOFILE) {
        most.rlim_cur = most.rlim_max = 4096;
    }
    int result = ERRNO(setrlimit(which, &most));
    setrlimit(which, &before);
    return result;
}

/* Read-only memory: no limit on written memory counts it, and its page tables grow with each access. */
static int try_addresses(void) {
    void *memory = mmap(NULL, (size_t)1 << 40, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? errno : (munmap(memory, (size_t)1 << 40), 0);
}

/* Sets the affinity that it has: nothing changes. */
static int try_affinity(pid_t victim) {
    cpu_set_t now;
    return sched_getaffinity(victim, sizeof now, &now) != 0 ? errno : ERRNO(sched_setaffinity(victim, sizeof now, &now));
}

static int try_queue(pid_t victim) {
    siginfo_t info = {.si_code = SI_QUEUE, .si_pid = getpid(), .si_uid = getuid()};
    return ERRNO(syscall(SYS_rt_sigqueueinfo, victim, 0, &info));
}

static int try_pair(void) {
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, fd) != 0) {
        return errno;
    }
    close(fd[0]);
    close(fd[1]);
    return 0;
}

static int try_vfork(void) {
    pid_t child = vfork();
    if (child == 0) {
        _exit(0);
    }
    return child < 0 ? errno : (waitpid(child, NULL, 0), 0);
}

/* Calls that a plugin may never make. Each argument is -1, which is not a valid descriptor, process, address or size for any of
 * them. */
static const struct {
    const char *name;
    long number;
} CALLS[] = {
#define CALL(name) {#name, SYS_##name}
    CALL(accept4), CALL(acct), CALL(add_key), CALL(adjtimex), CALL(capset), CALL(clock_adjtime), CALL(clock_settime),
    CALL(delete_module), CALL(fanotify_init), CALL(fanotify_mark), CALL(fchmodat), CALL(fchown), CALL(fchownat),
    CALL(fsconfig), CALL(fsmount), CALL(fsopen), CALL(fspick), CALL(fsetxattr), CALL(get_mempolicy), CALL(init_module),
    CALL(inotify_init1), CALL(io_setup), CALL(io_uring_enter), CALL(io_uring_register), CALL(ioprio_set), CALL(kcmp),
    CALL(landlock_add_rule), CALL(landlock_create_ruleset), CALL(landlock_restrict_self), CALL(mbind),
    CALL(memfd_secret), CALL(migrate_pages), CALL(mknodat), CALL(mount_setattr), CALL(move_mount), CALL(move_pages),
    CALL(mq_open), CALL(name_to_handle_at), CALL(open_by_handle_at), CALL(open_tree), CALL(perf_event_open),
    CALL(personality), CALL(pidfd_getfd), CALL(pidfd_send_signal), CALL(pivot_root), CALL(pkey_alloc),
    CALL(process_madvise), CALL(process_mrelease), CALL(process_vm_writev), CALL(quotactl), CALL(quotactl_fd),
    CALL(reboot), CALL(remap_file_pages), CALL(request_key), CALL(rt_tgsigqueueinfo), CALL(sched_setattr), CALL(sched_setparam),
    CALL(sched_setscheduler), CALL(seccomp), CALL(set_mempolicy), CALL(setdomainname), CALL(setgroups), CALL(sethostname),
    CALL(setns), CALL(setpgid), CALL(setpriority), CALL(settimeofday), CALL(setxattr), CALL(shmat), CALL(shmctl),
    CALL(swapoff), CALL(swapon), CALL(sync), CALL(syncfs), CALL(syslog), CALL(tkill), CALL(umount2), CALL(utimensat), CALL(vhangup), CALL(vmsplice),
#ifdef __x86_64__
    CALL(arch_prctl), CALL(chmod), CALL(chown), CALL(ioperm), CALL(iopl), CALL(mknod), CALL(modify_ldt), CALL(uselib),
    /* The same calls under the numbers of x32: getpid. */
    {"x32", 0x40000000 | 39},
#endif
};

static int try_mode(const char *path) {
    struct stat is;
    return stat(path, &is) != 0 ? errno : ERRNO(chmod(path, is.st_mode & 07777));
}

static int try_truncate(const char *path) {
    struct stat is;
    return stat(path, &is) != 0 ? errno : ERRNO(truncate(path, is.st_size));
}

static int try_watch(const char *path) {
    int fd = inotify_init1(IN_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    int result = ERRNO(inotify_add_watch(fd, path, IN_MODIFY));
    close(fd);
    return result;
}

/* A file of this mode that is made anew: 0 if others may write to it or it has the rights of its owner, EPERM if not. */
static int try_made(const char *path, mode_t mode, int creat_call) {
    unlink(path);
    mode_t mask = umask(0);
    int fd = creat_call ? (int)syscall(SYS_creat, path, mode) : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    struct stat is;
    int result = fd < 0 ? errno : fstat(fd, &is) != 0 ? errno : (is.st_mode & 06002) != 0 ? 0 : EPERM;
    if (fd >= 0) {
        close(fd);
    }
    umask(mask == (mode_t)-1 ? 077 : mask);
    unlink(path);
    return result;
}

static int try_folder(const char *path, mode_t mode) {
    mode_t mask = umask(0);
    int result = ERRNO(mkdir(path, mode));
    struct stat is;
    if (result == 0 && (stat(path, &is) != 0 || (is.st_mode & 06002) == 0)) {
        result = EPERM;
    }
    umask(mask == (mode_t)-1 ? 077 : mask);
    rmdir(path);
    return result;
}

static int try_setgid(const char *path) {
    if (mkdir(path, 0700) != 0) {
        return errno;
    }
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int result = ERRNO(fchmod(fd, 02700));
    close(fd);
    rmdir(path);
    return result;
}

static int try_fallocate(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int result = fd < 0 ? errno : ERRNO(fallocate(fd, 0, 0, 4096));
    close(fd);
    unlink(path);
    return result;
}

static int try_whiteout(const char *path) {
    char to[4300];
    snprintf(to, sizeof to, "%s.to", path);
    close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    int result = ERRNO(syscall(SYS_renameat2, AT_FDCWD, path, AT_FDCWD, to, 4 /* RENAME_WHITEOUT */));
    unlink(path);
    unlink(to);
    return result;
}

static int try_descriptors(void) {
    int fd[300], n = 0, result = 0;
    for (; n < 300; n++) {
        if ((fd[n] = dup(0)) < 0) {
            result = errno;
            break;
        }
    }
    while (n-- > 0) {
        close(fd[n]);
    }
    return result;
}

static int try_pipe_size(void) {
    int fd[2];
    if (pipe(fd) != 0) {
        return errno;
    }
    int result = ERRNO(fcntl(fd[0], 1031 /* F_SETPIPE_SZ */, 1 << 20));
    close(fd[0]);
    close(fd[1]);
    return result;
}

static int try_lock(void) {
    size_t size = (size_t)64 << 20;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int result = memory == MAP_FAILED ? errno : ERRNO(mlock(memory, size));
    munmap(memory, size);
    return result;
}

/* Advice about one page. Unconfined the page is released at once. */
static int try_advice(int advice) {
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int result = ERRNO(madvise(memory, advice == 100 ? 0 : 4096, advice));
    munmap(memory, 4096);
    return result;
}

static int try_option(int level, int option, const void *value, socklen_t size) {
    int fd[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fd) != 0) {
        return errno;
    }
    int result = ERRNO(setsockopt(fd[0], level, option, value, size));
    close(fd[0]);
    close(fd[1]);
    return result;
}

static int try_control(const char *path, unsigned long request, void *value) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int result = fd < 0 ? errno : ERRNO(ioctl(fd, request, value));
    close(fd);
    unlink(path);
    return result;
}

static int try_command(const char *path, int flags, int command, long value) {
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int result = fd < 0 ? errno : ERRNO(fcntl(fd, command, value));
    if (fd >= 0) {
        fcntl(fd, command, command == 1024 ? F_UNLCK : 0);
        close(fd);
    }
    return result;
}

/* What others keep, or the kernel tells: 0 for what can be opened. */
static const struct {
    const char *name, *path;
    int flags;
} PLACES[] = {
    {"users", "/etc/passwd", O_RDONLY},
    {"oom-score", "/proc/self/oom_score_adj", O_WRONLY},
    {"core-filter", "/proc/self/coredump_filter", O_WRONLY},
    {"pagemap", "/proc/self/pagemap", O_RDONLY},
    {"mounts", "/proc/self/mountinfo", O_RDONLY},
    {"connections", "/proc/self/net/tcp", O_RDONLY},
    {"core-pattern", "/proc/sys/kernel/core_pattern", O_RDONLY},
    {"cgroup", "/proc/self/cgroup", O_RDONLY},
};

static void try_more(const instance *this) {
    char path[4200], other[4300];
    snprintf(path, sizeof path, "%s/more", this->state);
    told(this, "fallocate", try_fallocate(path));
    int fd = open(this->state, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    told(this, "nameless-file", fd < 0 ? errno : (close(fd), 0));
    fd = (int)syscall(SYS_openat2, AT_FDCWD, this->state, (uint64_t[3]){O_RDONLY, 0, 0}, sizeof(uint64_t[3]));
    told(this, "openat2", fd < 0 ? errno : (close(fd), 0));
    told(this, "setuid-file", try_made(path, 04700, 0));
#ifdef __x86_64__
    told(this, "setuid-creat", try_made(path, 04700, 1));
#else
    told(this, "setuid-creat", try_made(path, 04700, 0));
#endif
    told(this, "setgid-folder", try_setgid(path));
    told(this, "umask", try_made(path, 0666, 0));
    told(this, "world-folder", try_folder(path, 0777));
    told(this, "whiteout", try_whiteout(path));
    told(this, "many-descriptors", try_descriptors());
    told(this, "large-pipe", try_pipe_size());
    told(this, "locked-memory", try_lock());
    told(this, "merged-memory", try_advice(12));
    told(this, "poisoned-memory", try_advice(100));
    struct { unsigned short length; void *program; } filter = {1, (uint64_t[1]){6}};
    told(this, "socket-program", try_option(SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter));
    told(this, "kernel-tls", try_option(6 /* TCP */, 31 /* TCP_ULP */, "tls", 3));
    int on = 1;
    int pair[2];
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    told(this, "signal-by-socket", ERRNO(ioctl(pair[0], FIOASYNC, &on)));
    close(pair[0]);
    close(pair[1]);
    told(this, "lease", try_command(path, O_RDONLY | O_CREAT, 1024 /* F_SETLEASE */, F_RDLCK));
    unlink(path);
    told(this, "notify", try_command(this->state, O_RDONLY, 1026 /* F_NOTIFY */, 1));
    long flags = 0;
    told(this, "immutable", try_control(path, 0x40086602 /* FS_IOC_SETFLAGS */, &flags));
    told(this, "clone-file", try_control(path, 0x40049409 /* FICLONE */, (void *)0));
    snprintf(other, sizeof other, P_tmpdir "/rundruf-hostile-%d", (int)getpid());
    told(this, "temporary-file", try_open(other, O_WRONLY | O_CREAT));
    unlink(other);
    snprintf(other, sizeof other, "/dev/shm/rundruf-hostile-%d", (int)getpid());
    told(this, "shared-folder", try_open(other, O_WRONLY | O_CREAT));
    unlink(other);
    for (size_t n = 0; n < sizeof PLACES / sizeof *PLACES; n++) {
        int result = try_open(PLACES[n].path, PLACES[n].flags);
        /* Some want more than one byte to be read. */
        told(this, PLACES[n].name, result == EINVAL ? 0 : result);
    }
    int folder = open(this->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd = openat(folder, "../other/secret", O_RDONLY | O_CLOEXEC);
    told(this, "folder-handle", fd < 0 ? errno : (close(fd), 0));
    close(folder);
    told(this, "fchmodat2", ERRNO(syscall(452, -1, "", 0, 0)) == EPERM ? EPERM : 0);
    told(this, "statmount", ERRNO(syscall(457, NULL, NULL, 0, 0)) == EPERM ? EPERM : 0);
    told(this, "setxattrat", ERRNO(syscall(463, -1, "", 0, "", NULL, 0)) == EPERM ? EPERM : 0);
    told(this, "lsm-self", ERRNO(syscall(459, 0, NULL, NULL, 0)) == EPERM ? EPERM : 0);
}

static void try_all(const instance *this) {
    char path[4096], other[4200];
#define PATH(key) (setting(this, key, path, sizeof path), path)
#define NUMBER(key) atoi(PATH(key))
    told(this, "own-state", (snprintf(other, sizeof other, "%s/mine", this->state), try_open(other, O_RDWR | O_CREAT)));
    told(this, "declared-file", try_open(PATH("ca"), O_RDONLY));
    told(this, "declared-port", try_connect(NUMBER("declared"), 0));

    told(this, "database", try_open(PATH("database"), O_RDONLY));
    told(this, "database-write", try_open(PATH("database"), O_WRONLY));
    told(this, "database-truncate", try_truncate(PATH("database")));
    told(this, "database-chmod", try_mode(PATH("database")));
    told(this, "database-watch", try_watch(PATH("database")));
    told(this, "database-link", try_link(PATH("database"), this->state, 0));
    told(this, "database-symlink", try_link(PATH("database"), this->state, 1));
    told(this, "database-inherited", try_inherited(PATH("database")));
    told(this, "other-state", try_list(PATH("other_state")));
    told(this, "other-secret", try_open(PATH("other_secret"), O_RDONLY));
    told(this, "own-library", try_open(PATH("library"), O_WRONLY));
    told(this, "shadow", try_open("/etc/shadow", O_RDONLY));
    told(this, "new-file", (snprintf(other, sizeof other, "%s.new", PATH("database")), try_open(other, O_WRONLY | O_CREAT)));
    unlink(other);

    pid_t victim = NUMBER("victim");
    for (const char **file = (const char *[]){"environ", "maps", "mem", "fd", "root", NULL}; *file != NULL; file++) {
        char name[64];
        snprintf(other, sizeof other, "/proc/%d/%s", victim, *file);
        snprintf(name, sizeof name, "daemon-%s", *file);
        int folder = strcmp(*file, "fd") == 0 || strcmp(*file, "root") == 0;
        int result = folder ? try_list(other) : try_open(other, O_RDONLY);
        /* Readable memory at address 0. */
        told(this, name, result == EIO ? 0 : result);
    }
    snprintf(other, sizeof other, "/proc/%d/exe", victim);
    told(this, "daemon-exe", ERRNO(readlink(other, path, sizeof path)));
    for (const char **file = (const char *[]){"environ", "maps", "mem", "status", NULL}; *file != NULL; file++) {
        char name[64];
        snprintf(other, sizeof other, "/proc/self/%s", *file);
        snprintf(name, sizeof name, "own-%s", *file);
        int result = try_open(other, O_RDONLY);
        told(this, name, result == EIO ? 0 : result);
    }
    told(this, "own-fd", try_list("/proc/self/fd"));
    told(this, "environment", environ == NULL || environ[0] == NULL ? ENOENT : 0);
    told(this, "daemon-signal", ERRNO(kill(victim, 0)));
    told(this, "daemon-signal-by-file", try_owner(victim));
    told(this, "daemon-ptrace", try_ptrace(victim));
    told(this, "daemon-memory", try_peek(victim));
    told(this, "daemon-limits", ERRNO(prlimit(victim, RLIMIT_NOFILE, NULL, &(struct rlimit){0})));
    told(this, "daemon-affinity", try_affinity(victim));
    told(this, "daemon-priority", ERRNO(setpriority(PRIO_PROCESS, (id_t)victim, 0)));
    told(this, "daemon-scheduler", ERRNO(sched_setscheduler(victim, SCHED_OTHER, &(struct sched_param){0})));
    told(this, "daemon-queue", try_queue(victim));
    told(this, "daemon-thread-signal", ERRNO(syscall(SYS_tgkill, victim, victim, 0)));
    told(this, "everybody-signal", ERRNO(kill(-1, 0)));
    told(this, "group-signal", ERRNO(kill(0, 0)));
    told(this, "daemon-pidfd", ERRNO(syscall(SYS_pidfd_open, victim, 0)));

    told(this, "undeclared-port", try_connect(NUMBER("undeclared"), 0));
    told(this, "undeclared-fastopen", try_connect(NUMBER("undeclared"), 1));
    told(this, "datagram", try_datagram(NUMBER("undeclared")));
    told(this, "control-socket", try_unix(PATH("socket")));
    told(this, "bind", try_bind());
    told(this, "listen", try_listen());
    told(this, "raw-socket", try_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    told(this, "packet-socket", try_socket(AF_PACKET, SOCK_RAW, 0));
    told(this, "ping-socket", try_socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP));
    told(this, "vsock", try_socket(AF_VSOCK, SOCK_STREAM, 0));
    told(this, "crypto-socket", try_socket(AF_ALG, SOCK_SEQPACKET, 0));
    told(this, "kernel-events", try_socket(AF_NETLINK, SOCK_DGRAM, NETLINK_KOBJECT_UEVENT));
    told(this, "audit", try_socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT));
    told(this, "unix-datagram", try_pair());
    told(this, "other-stream", try_socket(AF_INET, SOCK_STREAM, 262 /* MPTCP */));

    /* The program does not exist: a permitted call says so. */
    int exec = ERRNO(execve("/none", (char *[]){"none", NULL}, (char *[]){NULL}));
    told(this, "exec", exec == ENOENT ? 0 : exec);
    told(this, "exec-by-descriptor", ERRNO(syscall(SYS_execveat, -1, "", NULL, NULL, AT_EMPTY_PATH)) == EPERM ? EPERM : 0);
    told(this, "fork", try_fork());
    told(this, "vfork", try_vfork());
    told(this, "spawn", try_spawn());
    told(this, "large-file", try_large(this->state));
    told(this, "much-memory", try_memory((size_t)4 << 30, MAP_PRIVATE | MAP_NORESERVE));
    told(this, "shared-memory", try_memory(4096, MAP_SHARED));
    told(this, "memory-file", ERRNO(memfd_create("x", MFD_CLOEXEC)));
    told(this, "stack-memory", try_memory((size_t)4 << 30, MAP_PRIVATE | MAP_NORESERVE | MAP_GROWSDOWN));
    told(this, "addresses", try_addresses());
    told(this, "core-dump", try_limit(RLIMIT_CORE));
    told(this, "more-memory", try_limit(RLIMIT_DATA));
    told(this, "more-stack", try_limit(RLIMIT_STACK));
    told(this, "more-threads", try_limit(RLIMIT_NPROC));
    told(this, "larger-files", try_limit(RLIMIT_FSIZE));
    told(this, "more-descriptors", try_limit(RLIMIT_NOFILE));
    told(this, "dumpable", ERRNO(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)));
    told(this, "tracer", ERRNO(prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0)) == EPERM ? EPERM : 0);
    told(this, "map-by-prctl", ERRNO(prctl(PR_SET_MM, PR_SET_MM_BRK, 0, 0, 0)) == EPERM ? EPERM : 0);
    told(this, "death-signal", ERRNO(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)));
    told(this, "subreaper", ERRNO(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)));
    told(this, "terminal", ERRNO(ioctl(-1, TIOCSTI, "x")) == EPERM ? EPERM : 0);
    told(this, "pipe-in-folder", (snprintf(other, sizeof other, "%s/pipe", this->state), ERRNO(mkfifo(other, 0600))));
    unlink(other);
    told(this, "device", (snprintf(other, sizeof other, "%s/null", this->state), ERRNO(mknod(other, S_IFCHR | 0600, 0x103))));
    unlink(other);

    told(this, "clone3", ERRNO(syscall(SYS_clone3, NULL, 0)));
    told(this, "io-uring", ERRNO(syscall(SYS_io_uring_setup, 0, NULL)));
    told(this, "bpf", ERRNO(syscall(SYS_bpf, 0, NULL, 0)));
    told(this, "userfaultfd", ERRNO(syscall(SYS_userfaultfd, ~0)));
    told(this, "keyctl", ERRNO(syscall(SYS_keyctl, ~0)));
    told(this, "perf", ERRNO(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0)));
    told(this, "mount", ERRNO(mount("none", "/none", "none", 0, NULL)));
    told(this, "unshare", ERRNO(syscall(SYS_unshare, ~0)));
    told(this, "setns", ERRNO(syscall(SYS_setns, -1, 0)));
    told(this, "chroot", ERRNO(chroot("/none")));
    told(this, "module", ERRNO(syscall(SYS_finit_module, -1, "", 0)));
    told(this, "kexec", ERRNO(syscall(SYS_kexec_load, 0, ~0UL, NULL, 0)));
    told(this, "setuid", ERRNO(syscall(SYS_setuid, -1)));
    for (size_t n = 0; n < sizeof CALLS / sizeof *CALLS; n++) {
        snprintf(other, sizeof other, "call-%s", CALLS[n].name);
        told(this, other, ERRNO(syscall(CALLS[n].number, -1, -1, -1, -1, -1, -1)));
    }
    try_more(this);
    told(this, "end", 0);
}

/* Fills the disk with files that have no name any more. */
static void *deleted_files(void *self) {
    instance *this = self;
    static char mebibyte[1 << 20];
    char path[4200];
    memset(mebibyte, 1, sizeof mebibyte);
    snprintf(path, sizeof path, "%s/deleted", this->state);
    /* Files of 16 MiB, 512 MiB in all at most. */
    for (int n = 0; n < 32; n++) {
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        unlink(path);
        for (int mib = 0; fd >= 0 && mib < 16 && write(fd, mebibyte, sizeof mebibyte) > 0; mib++) {
            usleep(5000);
        }
    }
    return NULL;
}

/* Creates small files until one is refused. */
static void *many_files(void *self) {
    instance *this = self;
    char path[4200];
    for (int n = 0;; n++) {
        snprintf(path, sizeof path, "%s/%d", this->state, n);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd >= 0) {
            close(fd);
        }
    }
    return NULL;
}

/* Creates large files, each as large as allowed. */
static void *large_files(void *self) {
    instance *this = self;
    static char mebibyte[1 << 20];
    char path[4200];
    memset(mebibyte, 1, sizeof mebibyte);
    for (int n = 0;; n++) {
        snprintf(path, sizeof path, "%s/large-%d", this->state, n);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        while (fd >= 0 && write(fd, mebibyte, sizeof mebibyte) > 0) {
            /* Slow, to spare the disk. */
            usleep(5000);
        }
        close(fd);
    }
    return NULL;
}

static void *asleep(void *self) {
    pause();
    return self;
}

/* More threads than allowed, but few enough for other processes of this machine. */
static void *many_threads(void *self) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 16384);
    for (int n = 0; n < 1500; n++) {
        pthread_t thread;
        if (pthread_create(&thread, &small, asleep, self) != 0) {
            usleep(1000);
        }
    }
    return NULL;
}

/* The pipe to the daemon. */
enum { PIPE = 3 };

/* Closes the pipe and goes on. */
static void *hangs_up(void *self) {
    usleep(300000);
    close(PIPE);
    return self;
}

/* Writes receipts for ever in the thread that reads the answers, and says that it is there. */
static void deaf(void) {
    static const char here[] = {1, 0, 0, 0, 13};
    /* Receipt: token 1, message id, no provider's id, delivered, no codes, at 0, no detail. */
    static char receipts[1000][28];
    for (size_t n = 0; n < 1000; n++) {
        memcpy(receipts[n], (char[28]){24, 0, 0, 0, 4, 1}, 28);
    }
    while (write(PIPE, receipts, sizeof receipts) > 0 && write(PIPE, here, sizeof here) > 0) {
    }
}

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    instance *this = calloc(1, sizeof *this);
    if (this == NULL) {
        return RUNDRUF_STATUS_FAILED;
    }
    this->host = host;
    snprintf(this->config, sizeof this->config, "%.*s", (int)args->config.len, (const char *)args->config.ptr);
    snprintf(this->state, sizeof this->state, "%.*s", (int)args->state_dir.len, (const char *)args->state_dir.ptr);
    char mode[16];
    setting(this, "mode", mode, sizeof mode);
    pthread_t thread;
    if (mode[0] == '\0') {
        try_all(this);
    } else if (strcmp(mode, "files") == 0) {
        pthread_create(&thread, NULL, many_files, this);
    } else if (strcmp(mode, "large") == 0) {
        pthread_create(&thread, NULL, large_files, this);
    } else if (strcmp(mode, "deleted") == 0) {
        pthread_create(&thread, NULL, deleted_files, this);
    } else if (strcmp(mode, "threads") == 0) {
        /* Sets a process name that is not UTF-8 and imitates another field. */
        prctl(PR_SET_NAME, "\xff\nThreads:\t1", 0, 0, 0);
        pthread_create(&thread, NULL, many_threads, this);
    } else if (strcmp(mode, "hangup") == 0) {
        pthread_create(&thread, NULL, hangs_up, this);
    } else if (strcmp(mode, "rude") == 0) {
        static const char words[] = "no \033[2J way\n2026-11-27 ERROR anna@mail.example, \xe2\x80\xae+49 170 1234567";
        error->write(error->ctx, (const uint8_t *)words, sizeof words - 1);
        return RUNDRUF_STATUS_FAILED;
#ifdef __x86_64__
    } else if (strcmp(mode, "narrow") == 0) {
        /* getpid by the 32-bit system call. */
        long answer;
        __asm__ volatile("int $0x80" : "=a"(answer) : "a"(20L) : "memory");
        told(this, "narrow", (int)answer);
#endif
    }
    *out = this;
    return RUNDRUF_STATUS_OK;
}

/* Allocates memory until it is refused, or never returns. */
static rundruf_status submit(void *self, const rundruf_batch *batch) {
    instance *this = self;
    (void)batch;
    char mode[16];
    setting(this, "mode", mode, sizeof mode);
    if (strcmp(mode, "deaf") == 0) {
        deaf();
    }
    for (volatile int turns = 0; strcmp(mode, "stuck") == 0; turns++) {
    }
    for (int mib = 0;; mib += 16) {
        char *memory = malloc((size_t)16 << 20);
        if (memory == NULL) {
            told(this, "balloon-mib", mib);
            abort();
        }
        memset(memory, 1, (size_t)16 << 20);
    }
}

#include "../c/entry.h"
