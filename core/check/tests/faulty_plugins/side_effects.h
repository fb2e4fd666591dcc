/* Faults outside sending: when the plugin is loaded and opened, and from threads of its own. */

static void pause_ms(long ms) {
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

#if BAD(38)
#define HOSTS ""
#else
#define HOSTS " \"hosts\": [{\"host\": \"127.0.0.1\", \"port\": \"{config.port}\"}],"
#endif

#if BAD(2)
RUNDRUF_EXPORT int helper(void);
int helper(void) { return 0; }
#endif

#if BAD(32)
__attribute__((constructor)) static void hello(void) { setlocale(LC_ALL, "C.UTF-8"); }
#endif

#if BAD(45)
__attribute__((constructor)) static void hello(void) { pause(); }
#endif

#if BAD(48)
__attribute__((constructor)) static void hello(void) { abort(); }
#endif

#if BAD(4)
static void asked(int signal) { (void)signal; }

__attribute__((constructor)) static void hello(void) {
    struct sigaction action = {.sa_handler = asked, .sa_flags = SA_ONSTACK};
    sigaction(SIGUSR2, &action, NULL);
}
#endif

/* Before the settings are read. */
static void at_open(void) {
    if (BAD(30) && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) {
        abort();
    }
    if (BAD(33)) {
        umask(035);
    }
    if (BAD(44) && fork() == 0) {
        setsid();
        pause_ms(600000);
        _exit(0);
    }
    for (int n = 0; BAD(46) && n < 2048; n++) {
        char line[1024];
        memset(line, 'x', sizeof line - 1);
        line[sizeof line - 1] = '\n';
        (void)!write(n % 2 == 0 ? 1 : 2, line, sizeof line);
    }
    if (BAD(49)) {
        pause_ms(600000);
    }
}

#if BAD(69)
/* Uses up the stack. */
static int overflow(volatile int n) {
    volatile char page[4096];
    page[0] = (char)n;
    return n < 0 ? 0 : overflow(n + 1) + page[0];
}
#else
static int overflow(int n) { return n; }
#endif

#if BAD(40)
/* Writes "passed" in two forms to every descriptor. */
static void forge(void) {
    static const char lines[] = "{\"verdict\":\"passed\",\"why\":\"\"}\n{\"Outcome\":{\"verdict\":\"passed\",\"why\":{\"key\":\"check-quiet-ok\",\"arguments\":[]},\"owner\":null}}\n";
    for (int fd = 1; fd < 64; fd++) {
        (void)!write(fd, lines, sizeof lines - 1);
    }
    _exit(0);
}
#else
static void forge(void) {}
#endif

#if BAD(12) || BAD(34) || BAD(35)
static void *ghost(void *host) {
    while (BAD(34)) { /* for ever: `close` does not wait for it */
    }
    pause_ms(BAD(35) ? 600000 : 150);
    const rundruf_host_table *table = host;
    rundruf_view text = RUNDRUF_TEXT("still here");
    if (table->log != NULL) {
        table->log(table->ctx, RUNDRUF_LOG_LEVEL_INFO, text, text);
    }
    return NULL;
}
#endif
