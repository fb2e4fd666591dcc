/*
 * A plugin that keeps the contract, and its faults: -DFAULT=n breaks exactly what one check of `rundruf plugin check` looks at, and
 * nothing else. Without a fault (0) it is the control: it passes everything.
 *
 * It posts each message to 127.0.0.1:`port` over one HTTP connection, from one thread of its own, and takes messages from the files in
 * `folder`/in.
 */
#define _GNU_SOURCE
#include "rundruf_plugin.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef FAULT
#define FAULT 0
#endif
#define BAD(n) (FAULT == (n))

#include "side_effects.h"

#define ID "org.example.faulty"
#define VERSION "0.1.0"
#if BAD(1)
#define MANIFEST_VERSION "0.2.0"
#else
#define MANIFEST_VERSION VERSION
#endif

#if BAD(57)
#define CLAIMS ", \"attachments\""
#elif BAD(61)
#define CLAIMS ", \"lookup\""
#elif BAD(62)
#define CLAIMS ", \"receipts\""
#else
#define CLAIMS ""
#endif
#if BAD(65)
#define REQUIRED ", \"tokn\""
#else
#define REQUIRED ""
#endif
#if BAD(63)
#define MORE_KEYS ", \"extra\": {\"type\": \"string\", \"x-path\": \"foldr\"}"
#elif BAD(70) /* the kit cannot guess it */
#undef REQUIRED
#define REQUIRED ", \"token\""
#define MORE_KEYS ", \"token\": {\"type\": \"string\", \"pattern\": \"^[A-Z]{8}$\"}"
#elif BAD(64)
#define MORE_KEYS ", \"extra\": {\"type\": \"string\", \"minLenght\": 3}"
#else
#define MORE_KEYS ""
#endif

RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"" ID "\", \"name\": \"Faulty\", \"version\": \"" MANIFEST_VERSION "\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ", \"channels\": [\"sms\"],"
    " \"max_batch\": 300, \"max_in_flight\": 1024, \"max_content\": 65536, \"capabilities\": [\"inbound\"" CLAIMS "],"
    HOSTS
    " \"config_schema\": {\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"folder\", \"port\"" REQUIRED "],"
    " \"properties\": {\"folder\": {\"type\": \"string\", \"x-path\": \"folder\"}, \"port\": {\"type\": \"integer\"}" MORE_KEYS "},"
    " \"x-check\": {\"inbound\": {\"file\": \"{folder}/in/sms:+49170000{n}.txt\"}}},"
    " \"label\": {\"plugin\": \"faulty\", \"label_version\": 1, \"operator\": {\"name\": \"the admin's own machine\","
    " \"country\": \"-\"}, \"role\": \"none\", \"data_out\": [], \"content_visible_to_operator\": true,"
    " \"storage\": \"none\", \"remote_lists\": false, \"withdrawal_propagation\": \"none needed\","
    " \"terms_risk\": \"none known\", \"checked_on\": \"2026-11-26\"}}";

/* A batch that was taken, until its last index is completed. */
typedef struct job {
    const rundruf_batch *batch;
    size_t count, next;
    struct job *after;
} job;

typedef struct {
    const rundruf_host_table *host; /* lives until `close` has returned */
    uint16_t port;
    uint32_t window;
    char folder[512];
    pthread_t sender, watcher;
    pthread_mutex_t lock;
    pthread_cond_t work, moved;
    job *first, *last;
    size_t outstanding;
    int was_busy, draining, closing;
    int connection;
    int inside;
    unsigned long messages;
    char remote_id[96];
} instance;

#if BAD(11)
static const rundruf_host_table *everybodys;
#define HOST(this) everybodys
#else
#define HOST(this) ((this)->host)
#endif

static int64_t now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static rundruf_status refuse(rundruf_sink *sink, const char *why) {
    if (!BAD(9) && sink != NULL && sink->write != NULL) {
        sink->write(sink->ctx, (const uint8_t *)why, strlen(why));
    }
    return RUNDRUF_STATUS_BAD_CONFIG;
}

static void say(instance *this, const char *line) {
    if (this->host->log != NULL) {
        rundruf_view target = RUNDRUF_TEXT("faulty"), text = {(const uint8_t *)line, strlen(line)};
        this->host->log(this->host->ctx, RUNDRUF_LOG_LEVEL_INFO, target, text);
    }
}

static void complete(instance *this, uint64_t batch, uint32_t index, uint16_t code, const char *detail) {
    const rundruf_host_table *host = HOST(this);
    rundruf_outcome outcome = {.batch = batch, .index = index, .code = code};
    outcome.detail.ptr = (const uint8_t *)detail;
    outcome.detail.len = strlen(detail);
    outcome.remote_id = (rundruf_view){(const uint8_t *)this->remote_id, strlen(this->remote_id)};
    rundruf_status status = host->complete(host->ctx, &outcome, 1, sizeof outcome);
    if (BAD(24) && status != RUNDRUF_STATUS_OK) {
        host->complete(host->ctx, &outcome, 1, sizeof outcome);
    }
    if (BAD(28)) {
        host->complete(host->ctx, &outcome, 1, sizeof outcome);
    }
}

/* The connection, opened when it is needed. */
static int reach(instance *this) {
    if (this->connection >= 0) {
        return this->connection;
    }
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(this->port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval timeout = {10, 0};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    pthread_mutex_lock(&this->lock);
    if (this->closing) { /* no other thread would wake this one */
        shutdown(fd, SHUT_RDWR);
    }
    this->connection = fd;
    pthread_mutex_unlock(&this->lock);
    return fd;
}

static void hang_up(instance *this) {
    pthread_mutex_lock(&this->lock);
    close(this->connection);
    this->connection = -1;
    pthread_mutex_unlock(&this->lock);
}

/* Everything of the text for one recipient, as far as it fits. */
static size_t fill(char *out, size_t room, const rundruf_template *text, const rundruf_recipient *to) {
    size_t length = 0;
    for (size_t n = 0; n < text->count; n++) {
        const rundruf_segment *s =
            (const void *)((const char *)text->segments + n * (BAD(16) ? sizeof *s : text->stride));
        rundruf_view parts[2] = {s->literal, {NULL, 0}};
        if (s->var != RUNDRUF_NO_VAR && s->var < to->var_count) {
            parts[1] = to->vars[s->var];
        }
        for (int p = 0; p < 2; p++) {
            size_t some = parts[p].len < room - length ? parts[p].len : room - length;
            memcpy(out + length, parts[p].ptr != NULL ? (const void *)parts[p].ptr : "", some);
            length += some;
        }
    }
    return length;
}

/* One message over the wire. What cannot have left is not "maybe". */
static uint16_t post(instance *this, const rundruf_batch *batch, const rundruf_recipient *to, const char **detail) {
    static const size_t most = 66000;
    if (to->address.len == 0 && BAD(39)) {
        exit(0);
    }
    if (to->address.len == 0 && !BAD(19)) {
        *detail = "the address is empty";
        return RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT;
    }
    if (to->address.len > 64 || to->address.ptr[0] != '+') {
        *detail = "the address is not a number";
        return RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT;
    }
    const rundruf_recipient *first = batch->recipients;
    const rundruf_recipient *goes_to = BAD(54) ? first : to, *is_about = BAD(53) ? first : to;
    char *body = malloc(most), head[256];
    size_t length = body == NULL ? most : BAD(56) ? 1 : fill(body, most, &batch->content->text, is_about);
    if (BAD(56) && body != NULL) {
        body[0] = 'x';
    }
    if (length >= most) {
        free(body);
        *detail = "the text is too long";
        return RUNDRUF_OUTCOME_CODE_BAD_CONTENT;
    }
    int fd = reach(this);
    if (fd < 0) {
        free(body);
        *detail = "nobody listens";
        return RUNDRUF_OUTCOME_CODE_RETRY;
    }
    int head_length = snprintf(head, sizeof head, "POST /send HTTP/1.1\r\nHost: kit\r\nTo: %.*s\r\nContent-Length: %zu\r\n\r\n",
                               (int)goes_to->address.len, (const char *)goes_to->address.ptr, length);
    int whole = send(fd, head, (size_t)head_length, MSG_NOSIGNAL | MSG_MORE) == head_length &&
                send(fd, body, length, MSG_NOSIGNAL) == (ssize_t)length;
    free(body);
    char answer[512];
    size_t got = 0;
    while (whole && got < sizeof answer - 1) {
        ssize_t n = recv(fd, answer + got, sizeof answer - 1 - got, 0);
        if (n <= 0) {
            break;
        }
        got += (size_t)n;
        answer[got] = 0;
        const char *end = strstr(answer, "\r\n\r\n"), *says = strstr(answer, "Content-Length: ");
        if (end != NULL && says != NULL && strlen(end + 4) >= strtoul(says + 16, NULL, 10)) {
            int status = atoi(answer + 9);
            *detail = status == 200 ? "" : "refused";
            return status == 200 ? RUNDRUF_OUTCOME_CODE_SENT
                                 : status < 500 ? RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT : RUNDRUF_OUTCOME_CODE_RETRY;
        }
    }
    hang_up(this);
    *detail = "cut before the answer";
    return BAD(22) ? RUNDRUF_OUTCOME_CODE_SENT : RUNDRUF_OUTCOME_CODE_MAYBE_SENT;
}

/* What a plugin must not leave behind. */
static void leave_traces(instance *this, const rundruf_batch *batch, const rundruf_recipient *to) {
    char line[256];
    rundruf_view name = to->var_count > 0 ? to->vars[0] : to->address;
    snprintf(line, sizeof line, "sent to %.*s", (int)name.len, (const char *)name.ptr);
    if (BAD(59)) {
        say(this, line);
    }
    if (BAD(60)) {
        fprintf(stderr, "%s\n", line);
    }
    if (BAD(58)) {
        int fd = open(P_tmpdir "/rundruf-faulty-recipients", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        (void)!write(fd, line, strlen(line));
        close(fd);
    }
    if (BAD(66)) {
        fill(line, sizeof line - 1, &batch->content->text, to);
        line[sizeof line - 1] = 0;
        say(this, line);
    }
}

/* The next message, and its outcome. The lock is held when it is called and when it returns. */
static void step(instance *this, int begins) {
    job *current = this->first;
    const rundruf_batch *batch = current->batch;
    uint32_t index = (uint32_t)current->next;
    pthread_mutex_unlock(&this->lock);
    uint64_t id = batch->id;
    uint16_t code = RUNDRUF_OUTCOME_CODE_UNTOUCHED;
    const char *detail = "";
    size_t stride = BAD(16) ? sizeof(rundruf_recipient) : BAD(43) ? (uint16_t)batch->stride : batch->stride;
    if (begins && !BAD(20) && batch->deadline_ms != 0 && batch->deadline_ms < now_ms()) {
        code = BAD(41) ? RUNDRUF_OUTCOME_CODE_SENT : RUNDRUF_OUTCOME_CODE_EXPIRED;
    } else if (begins) {
        const rundruf_recipient *to = (const void *)((const char *)batch->recipients + index * stride);
        code = post(this, batch, to, &detail);
        if (BAD(55)) {
            code = post(this, batch, to, &detail);
        }
        if (code == RUNDRUF_OUTCOME_CODE_SENT) {
            leave_traces(this, batch, to);
        }
        if (BAD(67)) {
            snprintf(this->remote_id, sizeof this->remote_id, "%.*s", (int)to->address.len, (const char *)to->address.ptr);
        }
    }
    size_t count = current->count;
    char who[32] = "";
    if ((BAD(36) || BAD(37)) && begins) {
        const rundruf_recipient *to = (const void *)((const char *)batch->recipients + index * stride);
        snprintf(who, sizeof who, "%.*s", (int)to->address.len, (const char *)to->address.ptr);
        detail = BAD(36) ? who : detail;
    }
    if (BAD(37)) {
        fprintf(stderr, "to %s\n", who);
    }
    if (BAD(31)) {
        memset(malloc(16384), 1, 16384);
    }
    pthread_mutex_lock(&this->lock);
    if (++current->next == count) {
        this->first = current->after;
        this->last = this->first == NULL ? NULL : this->last;
        free(current);
    }
    for (size_t n = 0; BAD(51) && n < count; n++) { /* one that is not a number spoils them all */
        const rundruf_recipient *to = (const void *)((const char *)batch->recipients + n * stride);
        code = to->address.len == 0 || to->address.ptr[0] != '+' ? RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT : code;
    }
    int forgets = BAD(29) && ++this->messages % 2000 == 0;
    pthread_mutex_unlock(&this->lock);
    if (!forgets) {
        complete(this, id, BAD(27) && index + 1 == count ? index + 1 : BAD(52) && count > 1 && index < 2 ? 1 - index : index, code, detail);
    }
    if (BAD(15) && count == 255 && index == 0) {
        complete(this, id, index, code, detail);
    }
    if (BAD(17) && index + 1 == count && batch->count != count) {
        abort();
    }
    pthread_mutex_lock(&this->lock);
    this->outstanding--;
    int ready = this->was_busy && !BAD(18);
    this->was_busy = 0;
    pthread_cond_broadcast(&this->moved);
    if (ready && this->host->ready != NULL) {
        pthread_mutex_unlock(&this->lock);
        this->host->ready(this->host->ctx);
        pthread_mutex_lock(&this->lock);
    }
}

static void *sender(void *self) {
    instance *this = self;
    pthread_mutex_lock(&this->lock);
    while (!this->closing || this->first != NULL) {
        if (BAD(13) && this->closing && !this->draining) {
            break;
        }
        if (this->first == NULL) {
            pthread_cond_wait(&this->work, &this->lock);
            continue;
        }
        step(this, !(this->draining || this->closing) || BAD(14));
    }
    pthread_mutex_unlock(&this->lock);
    return NULL;
}

/* `folder`/in/<channel>:<address>.txt; a file is deleted when the host has it. */
static void take_in(instance *this, const char *name) {
    char path[1024], text[256];
    snprintf(path, sizeof path, "%s/in/%s", this->folder, name);
    const char *colon = strchr(name, ':'), *end = strstr(name, ".txt");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text);
    if (fd >= 0) {
        close(fd);
    }
    if (colon == NULL || end == NULL || length <= 0 || this->host->inbound == NULL) {
        return;
    }
    rundruf_inbound message = {.sender_trust = RUNDRUF_SENDER_TRUST_VOUCHED, .at_ms = now_ms()};
    message.channel = (rundruf_view){(const uint8_t *)name, (size_t)(colon - name)};
    message.from = (rundruf_view){(const uint8_t *)colon + 1, (size_t)(end - colon - 1)};
    message.text = (rundruf_view){(const uint8_t *)text, (size_t)length};
    message.remote_id = (rundruf_view){(const uint8_t *)name, strlen(name)};
    if (BAD(23)) {
        unlink(path);
    }
    if (this->host->inbound(this->host->ctx, &message, 1, sizeof message, NULL) == RUNDRUF_STATUS_OK) {
        unlink(path);
    }
}

static void *watcher(void *self) {
    instance *this = self;
    char path[1024];
    snprintf(path, sizeof path, "%s/in", this->folder);
    pthread_mutex_lock(&this->lock);
    while (!this->closing) {
        pthread_mutex_unlock(&this->lock);
        DIR *folder = opendir(path);
        struct dirent *entry;
        while (folder != NULL && (entry = readdir(folder)) != NULL) {
            if (strstr(entry->d_name, ".txt") != NULL) {
                take_in(this, entry->d_name);
            }
        }
        if (folder != NULL) {
            closedir(folder);
        }
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 20000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&this->lock);
        if (!this->closing) {
            pthread_cond_timedwait(&this->moved, &this->lock, &until);
        }
    }
    pthread_mutex_unlock(&this->lock);
    return NULL;
}

/* The two keys, and nothing that is not JSON of this form. */
static const char *read_settings(instance *this, rundruf_view config) {
    char text[1024];
    if (config.len == 0 || config.len >= sizeof text) {
        return "settings: `folder` and `port` are needed, nothing else";
    }
    memcpy(text, config.ptr, config.len);
    text[config.len] = 0;
    char *port = strstr(text, "\"port\":"), *folder = strstr(text, "\"folder\":\"");
    if (text[0] != '{' || text[config.len - 1] != '}' || port == NULL || folder == NULL) {
        return "settings: `folder` must be a text and `port` a number";
    }
    char *after;
    unsigned long number = strtoul(port + 7, &after, 10);
    if (after == port + 7 || number == 0 || number > 65535) {
        return "`port` must be a number from 1 to 65535";
    }
    this->port = (uint16_t)number;
    char *end = strchr(folder + 10, '"');
    if (end == NULL || (size_t)(end - folder - 10) >= sizeof this->folder) {
        return "`folder` must be a text";
    }
    memcpy(this->folder, folder + 10, (size_t)(end - folder - 10));
    return NULL;
}

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    if (host == NULL || args == NULL || out == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
    if (BAD(7) && host->size != sizeof *host) {
        return refuse(error, "this host was built with another header");
    }
    at_open();
    instance *this = calloc(1, sizeof *this);
    if (this == NULL) {
        return refuse(error, "no memory");
    }
    const char *why = read_settings(this, args->config);
    if (why != NULL) {
        free(this);
        return refuse(error, why);
    }
    if (BAD(26)) {
        int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
        if (fd < 0) {
            free(this);
            return refuse(error, "cannot look at this machine's users");
        }
        close(fd);
    }
    if (BAD(10) && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) {
        return refuse(error, "no descriptor is left");
    }
#if BAD(11)
    everybodys = host;
#endif
    char path[1024];
    snprintf(path, sizeof path, "%s/in", this->folder);
    mkdir(path, 0700);
    this->host = host;
    this->window = args->window;
    this->connection = -1;
    pthread_mutex_init(&this->lock, NULL);
    pthread_cond_init(&this->work, NULL);
    pthread_cond_init(&this->moved, NULL);
    pthread_create(&this->sender, NULL, sender, this);
    pthread_create(&this->watcher, NULL, watcher, this);
    say(this, "ready");
    *out = this;
    return RUNDRUF_STATUS_OK;
}

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    instance *this = self;
    if (this == NULL || batch == NULL || batch->content == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
    if (batch->count == 0 || batch->recipients == NULL) {
        return RUNDRUF_STATUS_BAD_ARGUMENT;
    }
    if (BAD(40)) {
        forge();
    }
    if (BAD(68)) {
        pause_ms(600000);
    }
    if (BAD(69)) {
        overflow(1);
    }
    if (BAD(47)) {
        kill(getppid(), SIGKILL);
    }
    if (BAD(25) && __atomic_exchange_n(&this->inside, 1, __ATOMIC_SEQ_CST) != 0) {
        abort(); /* what a corrupted list would do sooner or later */
    }
    job *added = calloc(1, sizeof *added);
    if (added == NULL) {
        return RUNDRUF_STATUS_FAILED;
    }
    added->batch = batch;
    added->count = batch->count;
    rundruf_status status = RUNDRUF_STATUS_OK;
    pthread_mutex_lock(&this->lock);
    for (int n = 0; BAD(21) && this->outstanding > 0 && n < 15; n++) {
        pthread_mutex_unlock(&this->lock);
        pause_ms(10);
        pthread_mutex_lock(&this->lock);
    }
    if (this->draining && !BAD(14)) {
        status = RUNDRUF_STATUS_CLOSED;
    } else if (this->outstanding > 0 && this->outstanding + batch->count > this->window) {
        this->was_busy = 1;
        status = RUNDRUF_STATUS_BUSY;
        if (BAD(42)) {
            complete(this, batch->id, 0, RUNDRUF_OUTCOME_CODE_RETRY, "");
        }
    } else {
        this->outstanding += batch->count;
        if (this->last != NULL) {
            this->last->after = added;
        } else {
            this->first = added;
        }
        this->last = added;
        pthread_cond_signal(&this->work);
    }
    pthread_mutex_unlock(&this->lock);
    if (BAD(25)) {
        pause_ms(1);
        __atomic_store_n(&this->inside, 0, __ATOMIC_SEQ_CST);
    }
    if (status != RUNDRUF_STATUS_OK) {
        free(added);
    }
    return status;
}

static rundruf_status drain(void *self, uint64_t within_ms) {
    instance *this = self;
    (void)within_ms;
    pthread_mutex_lock(&this->lock);
    this->draining = 1;
    pthread_cond_signal(&this->work);
    pthread_mutex_unlock(&this->lock);
    return RUNDRUF_STATUS_OK;
}

static void close_instance(void *self) {
    instance *this = self;
    if (BAD(50)) {
        pause_ms(600000);
    }
    pthread_mutex_lock(&this->lock);
    this->closing = 1;
    if (this->connection >= 0) {
        shutdown(this->connection, SHUT_RDWR);
    }
    pthread_cond_broadcast(&this->work);
    pthread_cond_broadcast(&this->moved);
    pthread_mutex_unlock(&this->lock);
    pthread_join(this->sender, NULL);
    pthread_join(this->watcher, NULL);
#if BAD(12) || BAD(34) || BAD(35)
    pthread_t late;
    pthread_create(&late, NULL, ghost, (void *)(uintptr_t)this->host);
    pthread_detach(late);
#endif
    if (this->connection >= 0) {
        close(this->connection);
    }
    while (this->first != NULL) {
        job *next = this->first->after;
        free(this->first);
        this->first = next;
    }
    free(this);
}

#if BAD(71)
/* Says yes and gives nothing back. */
static rundruf_status recall(void *self, uint64_t batch, const uint32_t *indices, size_t count) {
    (void)self, (void)batch, (void)indices, (void)count;
    return RUNDRUF_STATUS_OK;
}
static const rundruf_recall_table recall_table = {.size = sizeof(rundruf_recall_table), .recall = recall};
#endif

static const void *extension(void *self, rundruf_view id) {
    (void)self;
#if BAD(71)
    if (id.len == sizeof RUNDRUF_RECALL - 1 && memcmp(id.ptr, RUNDRUF_RECALL, id.len) == 0) {
        return &recall_table;
    }
#endif
    static const int nothing = 0;
    return BAD(8) && id.len >= 16 && memcmp(id.ptr, "rundruf.receipts", 16) == 0 ? &nothing : NULL;
}

static const rundruf_transport_table table = {
    .size = sizeof(rundruf_transport_table),
    .open = open_instance,
    .submit = submit,
    .drain = drain,
    .close = close_instance,
    .extension = extension,
};

static const rundruf_descriptor descriptor = {
    .size = sizeof(rundruf_descriptor),
    .id = RUNDRUF_TEXT(ID),
    .version = RUNDRUF_TEXT(VERSION),
    .table = &table,
};

#define ENTRY                                             \
    {                                                     \
        .magic = RUNDRUF_MAGIC,                           \
        .abi = {RUNDRUF_ABI_MAJOR, RUNDRUF_ABI_MINOR},    \
        .size = sizeof(rundruf_entry),                    \
        .flags = BAD(6) ? 0x40 : 0,                       \
        .toolchain = RUNDRUF_TEXT("C, " __VERSION__),     \
        .descriptor = &descriptor,                        \
    }

RUNDRUF_EXPORT const rundruf_entry *rundruf_plugin_v1(void) {
    static const rundruf_entry entries[2] = {ENTRY, ENTRY};
    static unsigned calls;
    return &entries[BAD(5) ? __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) % 2 : 0];
}
