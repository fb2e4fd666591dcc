/*
 * The smallest complete plugin in C: writes one line for each message into `sent.txt` in its state folder.
 * It needs nothing but the header:
 *
 *     gcc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -Wl,-z,nodelete -I core/abi/include -o libminimal.so minimal.c
 */
#include "rundruf_plugin.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#ifndef ID
#define ID "org.example.minimal"
#endif
#ifndef VERSION
#define VERSION "0.1.0"
#endif

/* Read by the host without running any code of this library. Without a label nothing is loaded. */
RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"" ID "\", \"name\": \"Minimal\", \"version\": \"" VERSION "\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ","
    " \"channels\": [\"email\"], \"max_batch\": 256, \"max_in_flight\": 1024, \"max_content\": 1048576,"
    " \"config_schema\": {\"type\": \"object\", \"additionalProperties\": false},"
    " \"label\": {\"plugin\": \"minimal\", \"label_version\": 1, \"operator\": {\"name\": \"the admin's own machine\","
    " \"country\": \"-\"}, \"role\": \"none\", \"data_out\": [], \"content_visible_to_operator\": true,"
    " \"storage\": \"one file\", \"remote_lists\": false, \"withdrawal_propagation\": \"none needed\","
    " \"terms_risk\": \"none known\", \"checked_on\": \"2026-11-25\"}}";

/* One `[transports.NAME]` of the admin's. */
typedef struct {
    const rundruf_host_table *host; /* lives until `close` has returned */
    FILE *file;
    mtx_t lock;                     /* `submit` may be called from several threads */
    atomic_int draining;
} instance;

static void refuse(rundruf_sink *sink, const char *why) {
    if (sink != NULL && sink->write != NULL) {
        sink->write(sink->ctx, (const uint8_t *)why, strlen(why));
    }
}

static void print(FILE *file, rundruf_view text) {
    if (text.len > 0) {
        fwrite(text.ptr, 1, text.len, file);
    }
}

/* Elements are `stride` bytes apart: a later host may have longer ones. */
static const void *element(const void *first, size_t stride, size_t n) {
    return (const char *)first + n * stride;
}

/* The text for one recipient: literals, and the recipient's values for the placeholders. */
static void fill(FILE *file, const rundruf_template *text, const rundruf_recipient *to) {
    for (size_t n = 0; n < text->count; n++) {
        const rundruf_segment *segment = element(text->segments, text->stride, n);
        print(file, segment->literal);
        if (segment->var != RUNDRUF_NO_VAR && segment->var < to->var_count) {
            print(file, to->vars[segment->var]);
        }
    }
}

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    if (host == NULL || args == NULL || out == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
#ifdef REFUSES
    refuse(error, "it does not want to");
    return RUNDRUF_STATUS_FAILED;
#endif
    char path[4096];
    rundruf_view folder = args->state_dir;
    int length = snprintf(path, sizeof path, "%.*s/sent.txt", (int)folder.len, (const char *)folder.ptr);
    instance *this = calloc(1, sizeof *this);
    if (this == NULL || length < 0 || (size_t)length >= sizeof path || (this->file = fopen(path, "a")) == NULL) {
        free(this);
        refuse(error, "cannot write `sent.txt` in the state folder: does it exist, and is it writable?");
        return RUNDRUF_STATUS_FAILED;
    }
    mtx_init(&this->lock, mtx_plain);
    this->host = host;
    *out = this;
    if (host->log != NULL) {
        rundruf_view target = RUNDRUF_TEXT("minimal"), line = RUNDRUF_TEXT("ready to write");
        host->log(host->ctx, RUNDRUF_LOG_LEVEL_INFO, target, line);
    }
    return RUNDRUF_STATUS_OK;
}

#ifdef DEADLY
/* For tests. */
static int is_deadly(rundruf_view address) {
    for (size_t n = 0; n + 6 <= address.len; n++) {
        if (memcmp((const char *)address.ptr + n, "deadly", 6) == 0) {
            return 1;
        }
    }
    return 0;
}
#endif

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    instance *this = self;
    if (this == NULL || batch == NULL || batch->content == NULL || batch->recipients == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
    /* A later host has longer structs, an older one shorter: what the first version had is there. */
    if (batch->size < RUNDRUF_BATCH_MIN_SIZE || batch->content->size < RUNDRUF_CONTENT_MIN_SIZE ||
        batch->stride < RUNDRUF_RECIPIENT_MIN_SIZE) {
        return RUNDRUF_STATUS_BAD_ARGUMENT;
    }
    /* Something that must be understood and is not. */
    if (((batch->flags | batch->content->flags) & RUNDRUF_MUST_UNDERSTAND) != 0) {
        return RUNDRUF_STATUS_UNSUPPORTED;
    }
    if (atomic_load(&this->draining)) {
        return RUNDRUF_STATUS_CLOSED;
    }
    /* Everything that can fail for the whole batch comes first: after `OK` every index is completed exactly once. */
    rundruf_outcome *outcomes = calloc(batch->count, sizeof *outcomes);
    if (outcomes == NULL) {
        return RUNDRUF_STATUS_FAILED;
    }
    mtx_lock(&this->lock);
    for (size_t n = 0; n < batch->count; n++) {
        rundruf_recipient own;
        const rundruf_recipient *to = &own;
        RUNDRUF_READ(&own, element(batch->recipients, batch->stride, n), batch->stride);
        outcomes[n].batch = batch->id;
        outcomes[n].index = (uint32_t)n;
        if (to->address.len == 0 || memchr(to->address.ptr, '@', to->address.len) == NULL) {
            rundruf_view why = RUNDRUF_TEXT("the address has no @");
            outcomes[n].code = RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT;
            outcomes[n].detail = why;
            continue;
        }
#ifdef DEADLY
        /* Dies at some recipients; earlier messages may have been completed or not. */
        if (is_deadly(to->address)) {
            fflush(this->file);
            if (DEADLY > 1 && n > 0) {
                this->host->complete(this->host->ctx, outcomes, n, sizeof *outcomes);
            }
            abort();
        }
#endif
        for (size_t byte = 0; byte < sizeof to->message_id; byte++) {
            fprintf(this->file, "%02x", to->message_id[byte]);
        }
        fputc(' ', this->file);
        print(this->file, to->address);
        fputc(' ', this->file);
        fill(this->file, &batch->content->text, to);
        fputc('\n', this->file);
        outcomes[n].code = RUNDRUF_OUTCOME_CODE_SENT;
    }
    /* The file may contain a part of the bytes: the message may have been sent, so it is not "failed". */
    int doubt = fflush(this->file) != 0 || ferror(this->file);
    mtx_unlock(&this->lock);
    for (size_t n = 0; doubt && n < batch->count; n++) {
        if (outcomes[n].code == RUNDRUF_OUTCOME_CODE_SENT) {
            outcomes[n].code = RUNDRUF_OUTCOME_CODE_MAYBE_SENT;
        }
    }
    /* The batch ends with its last outcome: it must not be read after this call. */
    this->host->complete(this->host->ctx, outcomes, batch->count, sizeof *outcomes);
    free(outcomes);
    return RUNDRUF_STATUS_OK;
}

/* Nothing is ever in flight here. A transport with a queue completes messages that it has not begun as "untouched". */
static rundruf_status drain(void *self, uint64_t within_ms) {
    (void)within_ms;
    atomic_store(&((instance *)self)->draining, 1);
    return RUNDRUF_STATUS_OK;
}

static void close_instance(void *self) {
    instance *this = self;
    fclose(this->file);
    mtx_destroy(&this->lock);
    free(this);
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
    .id = RUNDRUF_TEXT(ID),
    .version = RUNDRUF_TEXT(VERSION),
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
