/*
 * A complete transport in C: POSTs each message to an HTTP endpoint on this machine, such as the gateway of a provider.
 * Read it from top to bottom; beside it: `settings` (what the admin wrote), `http` (one connection), `json` and `text`.
 *
 * `submit` only puts a batch into a queue. Workers, one connection each, take one message after the other and complete each exactly once.
 */
#include "http.h"
#include "json.h"
#include "rundruf_plugin.h"
#include "settings.h"
#include "text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#define MAX_BATCH 256   /* as manifest.json says */
#define MAX_WORKERS 16
#define MAX_ADDRESS 320

/* The host reads the manifest without running any code of this library. A library without a manifest is not loaded. */
__asm__(".pushsection " RUNDRUF_MANIFEST_SECTION ",\"aR\"\n.incbin \"manifest.json\"\n.popsection");

/* A batch with waiting messages. This entry is removed with the last message; the batch itself stays valid until that message is completed. */
typedef struct job {
    struct job *next;
    const rundruf_batch *batch;
    size_t begun;
} job;

typedef struct {
    struct instance *owner;
    thrd_t thread;
    http_link link;
    text body, request;
} worker;

/* One `[transports.NAME]` of the settings. */
typedef struct instance {
    const rundruf_host_table *host; /* lives until `close` has returned */
    settings settings;
    size_t window;
    worker workers[MAX_WORKERS];
    int stop[2]; /* a pipe: closing its write end ends every wait */

    mtx_t lock; /* guards the fields below; never held while calling the host */
    cnd_t wake, ended;
    job *first;
    size_t taken;   /* messages without an outcome */
    size_t running; /* workers */
    bool was_busy, draining, closing;
    struct timespec deadline; /* of the drain */
} instance;

/* --- messages ------------------------------------------------------------------------------------------------------------------- */

/* Arrays are indexed by their stride: a newer host may have longer elements. */
static const void *element(const void *first, size_t stride, size_t n) {
    return (const char *)first + n * stride;
}

static long long unix_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static rundruf_view view(const char *words) {
    return (rundruf_view){(const uint8_t *)words, strlen(words)};
}

/* The text for one recipient: literals, and the recipient's values for the variables. */
static void fill(text *out, const rundruf_template *words, const rundruf_recipient *to) {
    for (size_t n = 0; n < words->count; n++) {
        const rundruf_segment *segment = element(words->segments, words->stride, n);
        text_add_json(out, segment->literal);
        if (segment->var != RUNDRUF_NO_VAR && segment->var < to->var_count) {
            text_add_json(out, to->vars[segment->var]);
        }
    }
}

/* The complete request; false if memory runs out. */
static bool write_request(worker *this, const rundruf_content *content, const rundruf_recipient *to) {
    text *body = &this->body, *request = &this->request;
    const settings *settings = &this->owner->settings;
    char id[2 * sizeof to->message_id + 1];
    for (size_t n = 0; n < sizeof to->message_id; n++) {
        snprintf(id + 2 * n, 3, "%02x", to->message_id[n]);
    }
    text_clear(body);
    text_print(body, "{\"id\":\"%s\",\"channel\":\"", id);
    text_add_json(body, content->channel);
    text_print(body, "\",\"to\":\"");
    text_add_json(body, to->address);
    text_print(body, "\",\"subject\":\"");
    fill(body, &content->subject, to);
    text_print(body, "\",\"text\":\"");
    fill(body, &content->text, to);
    text_print(body, "\"}");

    text_clear(request);
    text_print(request, "POST %s HTTP/1.1\r\nHost: %s:%d\r\n", settings->path, settings->host, settings->port);
    text_print(request, "Authorization: Bearer %s\r\nIdempotency-Key: %s\r\n", settings->token, id);
    text_print(request, "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body->length);
    text_add(request, body->bytes, body->length);
    return !body->failed && !request->failed;
}

/* The outcome of an answer. If the answer leaves open whether the message was sent, the outcome is "maybe sent". */
static rundruf_outcome_code meaning(int status) {
    switch (status) {
    case 401:
    case 403: return RUNDRUF_OUTCOME_CODE_ACCOUNT_AUTH;
    case 402: return RUNDRUF_OUTCOME_CODE_ACCOUNT_CREDIT;
    case 404:
    case 410: return RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT;
    case 429: return RUNDRUF_OUTCOME_CODE_ACCOUNT_RATE;
    case 503: return RUNDRUF_OUTCOME_CODE_RETRY;
    default: break;
    }
    switch (status / 100) {
    case 2: return RUNDRUF_OUTCOME_CODE_SENT;
    case 3: return RUNDRUF_OUTCOME_CODE_UNSUPPORTED;
    case 4: return RUNDRUF_OUTCOME_CODE_BAD_CONTENT;
    default: return RUNDRUF_OUTCOME_CODE_MAYBE_SENT;
    }
}

/* The endpoint may return an id: {"id": "…"}. */
static bool take_id(void *ctx, const json_member *member) {
    if (member->is_text && strcmp(member->key, "id") == 0) {
        snprintf(ctx, 256, "%.255s", member->text);
    }
    return true;
}

/* Completes one message. Its batch may be invalid afterwards. */
static void finish(instance *this, rundruf_outcome outcome) {
    mtx_lock(&this->lock);
    this->taken--; /* before the host is told: it may submit more at once, and must not get "busy" */
    bool ready = this->was_busy;
    this->was_busy = false;
    mtx_unlock(&this->lock);
    this->host->complete(this->host->ctx, &outcome, 1, sizeof outcome);
    if (ready && this->host->ready != NULL) {
        this->host->ready(this->host->ctx);
    }
}

static void deliver(worker *this, const rundruf_batch *batch, size_t index) {
    rundruf_recipient own;
    const rundruf_recipient *to = &own;
    RUNDRUF_READ(&own, element(batch->recipients, batch->stride, index), batch->stride);
    rundruf_outcome outcome = {.batch = batch->id, .index = (uint32_t)index};
    http_answer answer;
    char id[256] = "", detail[64];
    if (batch->deadline_ms != 0 && unix_ms() > batch->deadline_ms) {
        outcome.code = RUNDRUF_OUTCOME_CODE_EXPIRED;
    } else if (to->address.len == 0 || to->address.len > MAX_ADDRESS) {
        outcome.code = RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT;
        outcome.detail = view("the address is empty or too long");
    } else if (batch->content->attachment_count > 0) {
        outcome.code = RUNDRUF_OUTCOME_CODE_UNSUPPORTED;
        outcome.detail = view("no attachments");
    } else if (!write_request(this, batch->content, to)) {
        outcome.code = RUNDRUF_OUTCOME_CODE_RETRY;
        outcome.detail = view("no memory for the request");
    } else {
        switch (http_ask(&this->link, this->request.bytes, this->request.length, &answer)) {
        case HTTP_NOT_SENT:
            outcome.code = RUNDRUF_OUTCOME_CODE_RETRY;
            outcome.detail = view("the endpoint cannot be reached");
            break;
        case HTTP_IN_DOUBT:
            outcome.code = RUNDRUF_OUTCOME_CODE_MAYBE_SENT;
            outcome.detail = view("no answer from the endpoint");
            break;
        case HTTP_ANSWERED:
            outcome.code = meaning(answer.status);
            outcome.remote_code = answer.status;
            if (answer.retry_after_s > 0) {
                long most = 24 * 3600;
                outcome.retry_after_ms = 1000 * (uint32_t)(answer.retry_after_s < most ? answer.retry_after_s : most);
            }
            json_each((rundruf_view){(const uint8_t *)answer.body, answer.body_length}, take_id, id);
            outcome.remote_id = view(id);
            snprintf(detail, sizeof detail, "the endpoint answered %d", answer.status);
            outcome.detail = view(detail);
            break;
        }
    }
    finish(this->owner, outcome);
}

/* --- workers ------------------------------------------------------------------------------------------------------------------- */

/* The next message; false after the last one. */
static bool next_message(instance *this, const rundruf_batch **batch, size_t *index) {
    mtx_lock(&this->lock);
    while (this->first == NULL && !this->closing) {
        cnd_wait(&this->wake, &this->lock);
    }
    job *job = this->first;
    if (job != NULL) {
        *batch = job->batch;
        *index = job->begun++;
        if (job->begun == job->batch->count) {
            this->first = job->next;
            free(job);
        }
    }
    mtx_unlock(&this->lock);
    return job != NULL;
}

static int work(void *ctx) {
    worker *this = ctx;
    const rundruf_batch *batch;
    size_t index;
    while (next_message(this->owner, &batch, &index)) {
        deliver(this, batch, index);
    }
    http_close(&this->link);
    text_free(&this->body);
    text_free(&this->request);
    mtx_lock(&this->owner->lock);
    this->owner->running--;
    cnd_signal(&this->owner->ended);
    mtx_unlock(&this->owner->lock);
    return 0;
}

/* Gives back the messages that were not begun. */
static void give_back(instance *this) {
    mtx_lock(&this->lock);
    job *job = this->first;
    this->first = NULL;
    mtx_unlock(&this->lock);
    while (job != NULL) {
        struct job *next = job->next;
        size_t count = job->batch->count;
        rundruf_outcome outcome = {.batch = job->batch->id, .code = RUNDRUF_OUTCOME_CODE_UNTOUCHED};
        for (size_t n = job->begun; n < count; n++) {
            outcome.index = (uint32_t)n;
            finish(this, outcome);
        }
        free(job);
        job = next;
    }
}

/* --- the table ----------------------------------------------------------------------------------------------------------------- */

static rundruf_status refuse(rundruf_sink *sink, const char *why, rundruf_status status) {
    if (sink != NULL && sink->write != NULL) {
        sink->write(sink->ctx, (const uint8_t *)why, strlen(why));
    }
    return status;
}

static void set_address(const settings *settings, http_link *link) {
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&link->address;
    struct sockaddr_in *four = (struct sockaddr_in *)&link->address;
    if (inet_pton(AF_INET6, settings->host, &six->sin6_addr) == 1) {
        six->sin6_family = AF_INET6;
        six->sin6_port = htons((uint16_t)settings->port);
        link->address_length = sizeof *six;
    } else {
        inet_pton(AF_INET, settings->host, &four->sin_addr);
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)settings->port);
        link->address_length = sizeof *four;
    }
}

static rundruf_status drain(void *self, uint64_t within_ms) {
    instance *this = self;
    if (this == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
    mtx_lock(&this->lock);
    this->draining = true;
    timespec_get(&this->deadline, TIME_UTC);
    this->deadline.tv_sec += (time_t)(within_ms / 1000);
    mtx_unlock(&this->lock);
    give_back(this);
    return RUNDRUF_STATUS_OK;
}

/* Messages in flight are finished until the deadline of the drain; then they are cut, and their outcome is unknown. */
static void close_instance(void *self) {
    instance *this = self;
    if (this == NULL) {
        return;
    }
    if (!this->draining) {
        drain(this, 10000);
    }
    mtx_lock(&this->lock);
    this->closing = true;
    cnd_broadcast(&this->wake);
    while (this->running > 0 && cnd_timedwait(&this->ended, &this->lock, &this->deadline) == thrd_success) {
    }
    mtx_unlock(&this->lock);
    close(this->stop[1]);
    for (size_t n = 0; n < MAX_WORKERS && this->workers[n].owner != NULL; n++) {
        thrd_join(this->workers[n].thread, NULL);
    }
    close(this->stop[0]);
    cnd_destroy(&this->ended);
    cnd_destroy(&this->wake);
    mtx_destroy(&this->lock);
    free(this);
}

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    if (host == NULL || args == NULL || out == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
    settings settings;
    const char *why;
    if (!settings_read(args->config, &settings, &why)) {
        return refuse(error, why, RUNDRUF_STATUS_BAD_CONFIG);
    }
    instance *this = calloc(1, sizeof *this);
    if (this == NULL || pipe(this->stop) != 0) {
        free(this);
        return refuse(error, "no memory or no descriptor left", RUNDRUF_STATUS_FAILED);
    }
    this->host = host;
    this->settings = settings;
    this->window = args->window > 0 ? args->window : 1;
    mtx_init(&this->lock, mtx_plain);
    cnd_init(&this->wake);
    cnd_init(&this->ended);
    size_t workers = args->threads < 1 ? 1 : args->threads < MAX_WORKERS ? args->threads : MAX_WORKERS;
    for (size_t n = 0; n < workers; n++) {
        worker *next = &this->workers[n];
        next->link = (http_link){.timeout_ms = settings.timeout_s * 1000, .stop = this->stop[0], .fd = -1};
        set_address(&settings, &next->link);
        next->owner = this;
        mtx_lock(&this->lock);
        this->running++;
        mtx_unlock(&this->lock);
        if (thrd_create(&next->thread, work, next) != thrd_success) {
            next->owner = NULL;
            this->running--;
            close_instance(this);
            return refuse(error, "no thread left", RUNDRUF_STATUS_FAILED);
        }
    }
    /* Only `complete` is always present in the host's table. */
    if (host->log != NULL) {
        char line[128];
        snprintf(line, sizeof line, "sends to %s port %d by %zu connections", settings.host, settings.port, workers);
        host->log(host->ctx, RUNDRUF_LOG_LEVEL_INFO, view("example-c"), view(line));
    }
    *out = this;
    return RUNDRUF_STATUS_OK;
}

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    instance *this = self;
    if (this == NULL || batch == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
    /* A host of another version has longer or shorter structs: only what the first version had is sure to be there. */
    if (batch->size < RUNDRUF_BATCH_MIN_SIZE || batch->content == NULL ||
        batch->content->size < RUNDRUF_CONTENT_MIN_SIZE || batch->recipients == NULL || batch->count == 0 ||
        batch->count > MAX_BATCH || batch->stride < RUNDRUF_RECIPIENT_MIN_SIZE) {
        return RUNDRUF_STATUS_BAD_ARGUMENT;
    }
    /* Something that must be understood and is not: it must not go out as plain text. */
    if (((batch->flags | batch->content->flags) & RUNDRUF_MUST_UNDERSTAND) != 0) {
        return RUNDRUF_STATUS_UNSUPPORTED;
    }
    job *new = calloc(1, sizeof *new);
    if (new == NULL) {
        return RUNDRUF_STATUS_FAILED;
    }
    new->batch = batch;
    rundruf_status status = RUNDRUF_STATUS_OK;
    mtx_lock(&this->lock);
    if (this->draining) {
        status = RUNDRUF_STATUS_CLOSED;
    } else if (this->taken > 0 && this->taken + batch->count > this->window) {
        this->was_busy = true; /* `finish` reports "ready" */
        status = RUNDRUF_STATUS_BUSY;
    } else {
        /* Urgent messages come first; the order is kept otherwise. */
        job **place = &this->first;
        while (*place != NULL && (*place)->batch->priority >= batch->priority) {
            place = &(*place)->next;
        }
        new->next = *place;
        *place = new;
        this->taken += batch->count;
        cnd_broadcast(&this->wake);
    }
    mtx_unlock(&this->lock);
    if (status != RUNDRUF_STATUS_OK) {
        free(new);
    }
    return status;
}

static const rundruf_transport_table table = {
    .size = sizeof(rundruf_transport_table),
    .open = open_instance,
    .submit = submit,
    .drain = drain,
    .close = close_instance,
};

static const rundruf_descriptor descriptor = {
    .size = sizeof(rundruf_descriptor),
    .id = RUNDRUF_TEXT("rundruf-example-c"),
    .version = RUNDRUF_TEXT("0.1.0"),
    .table = &table,
};

RUNDRUF_EXPORT const rundruf_entry *rundruf_plugin_v1(void) {
    static const rundruf_entry entry = {
        .magic = RUNDRUF_MAGIC,
        .abi = {RUNDRUF_ABI_MAJOR, RUNDRUF_ABI_MINOR},
        .size = sizeof(rundruf_entry),
        .toolchain = RUNDRUF_TEXT("C, " __VERSION__),
        .descriptor = &descriptor,
    };
    return &entry;
}
