/*
 * A plugin that goes wrong in the way that its settings name, when it meets an address that begins with `fault`, once: the file `struck` in its
 * state folder says that it has happened. Every other message is sent at once. See tests/tests/faulty_plugins.rs.
 */
#define _GNU_SOURCE
#include "rundruf_plugin.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <threads.h>
#include <unistd.h>

#define ID "org.example.faulty"
#define VERSION "0.1.0"

RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"" ID "\", \"name\": \"Faulty\", \"version\": \"" VERSION "\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ","
    " \"channels\": [\"email\"], \"max_batch\": 256, \"max_in_flight\": 1024, \"max_content\": 1048576,"
    " \"config_schema\": {\"type\": \"object\", \"properties\": {\"fault\": {\"type\": \"string\"}}},"
    " \"label\": {\"plugin\": \"faulty\", \"label_version\": 1, \"operator\": {\"name\": \"the admin's own machine\","
    " \"country\": \"-\"}, \"role\": \"none\", \"data_out\": [], \"content_visible_to_operator\": true,"
    " \"storage\": \"none\", \"remote_lists\": false, \"withdrawal_propagation\": \"none needed\","
    " \"terms_risk\": \"none known\", \"checked_on\": \"2026-11-25\"}}";

typedef struct {
    const rundruf_host_table *host;
    char fault[32];
    char struck[4096];
    mtx_t lock;
} instance;

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    (void)error;
    instance *this = calloc(1, sizeof *this);
    char config[256];
    snprintf(config, sizeof config, "%.*s", (int)args->config.len, (const char *)args->config.ptr);
    char *found = strstr(config, "\"fault\"");
    if (this == NULL || (found != NULL && sscanf(found, "\"fault\" : \"%31[a-z_]\"", this->fault) != 1)) {
        return RUNDRUF_STATUS_FAILED;
    }
    snprintf(this->struck, sizeof this->struck, "%.*s/struck", (int)args->state_dir.len, (const char *)args->state_dir.ptr);
    mtx_init(&this->lock, mtx_plain);
    this->host = host;
    *out = this;
    return RUNDRUF_STATUS_OK;
}

/* Neither a tail call nor a constant, so that the stack grows. */
static int deeper(volatile char *above) {
    volatile char here[4096];
    here[0] = above[0];
    return deeper(here) + here[0];
}

static void everything(const void *bytes, size_t count) {
    const char *from = bytes;
    while (count > 0) {
        ssize_t written = write(3, from, count);
        if (written <= 0) {
            return;
        }
        from += written;
        count -= (size_t)written;
    }
}

static void balloon(void) {
    const size_t step = 16u << 20;
    for (size_t all = 0; all < ((size_t)2 << 30); all += step) {
        char *more = mmap(NULL, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (more == MAP_FAILED) {
            break;
        }
        memset(more, 1, step);
    }
    fputs("no memory is left\n", stderr);
    abort();
}

static void forks(void) {
    for (int n = 0; n < 200; n++) {
        if (fork() == 0) {
            /* Keeps the pipe open for ever. */
            for (;;) {
                pause();
            }
        }
    }
    abort();
}

/* Returns whether the message is completed nevertheless. */
static int strike(instance *this, const rundruf_batch *batch, size_t n) {
    const char *fault = this->fault;
    FILE *file = fopen(this->struck, "r");
    if (file != NULL) {
        fclose(file);
        return 1;
    }
    file = fopen(this->struck, "w");
    if (file != NULL) {
        fclose(file);
    }
    if (strcmp(fault, "abort") == 0) {
        fputs("bad luck with anna@mail.example and +49 170 1234567\n", stderr);
        abort();
    } else if (strcmp(fault, "exit") == 0) {
        exit(3);
    } else if (strcmp(fault, "segv") == 0) {
        *(volatile int *)8 = 1;
    } else if (strcmp(fault, "stack") == 0) {
        volatile char bottom[1] = {1};
        return deeper(bottom);
    } else if (strcmp(fault, "loop") == 0) {
        for (volatile unsigned long turns = 0;; turns++) {
        }
    } else if (strcmp(fault, "deadlock") == 0) {
        mtx_lock(&this->lock);
        mtx_lock(&this->lock);
    } else if (strcmp(fault, "balloon") == 0) {
        balloon();
    } else if (strcmp(fault, "fork") == 0) {
        forks();
    } else if (strcmp(fault, "flood") == 0) {
        /* Outcomes for unknown batches, and a flood on the standard error. */
        static rundruf_outcome outcomes[1000];
        for (int round = 0; round < 1000; round++) {
            for (uint32_t k = 0; k < 1000; k++) {
                outcomes[k].batch = UINT64_C(1) << 40;
                outcomes[k].index = k;
                outcomes[k].code = RUNDRUF_OUTCOME_CODE_SENT;
            }
            this->host->complete(this->host->ctx, outcomes, 1000, sizeof *outcomes);
            fputs("a flood of lines on the standard error, which nobody should have to keep\n", stderr);
        }
    } else if (strcmp(fault, "double") == 0) {
        rundruf_outcome outcome = {.batch = batch->id, .index = (uint32_t)n, .code = RUNDRUF_OUTCOME_CODE_SENT};
        /* This message three times, and the first one again with another outcome. */
        rundruf_outcome again[4] = {outcome, outcome, outcome, outcome};
        again[3].index = 0;
        again[3].code = RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT;
        this->host->complete(this->host->ctx, again, 4, sizeof *again);
        return 0;
    } else if (strcmp(fault, "missing") == 0) {
        return 0;
    } else if (strcmp(fault, "length") == 0) {
        everything("\xff\xff\xff\xff and so on", 14);
    } else if (strcmp(fault, "garbage") == 0) {
        everything("\x08\0\0\0\x63garbage", 12);
    } else if (strcmp(fault, "forged") == 0) {
        /* Number 1,000,000, one outcome: batch 1, index 7, sent. */
        everything("\x0c\0\0\0\x02\xc0\x84\x3d\x01\x01\x07\x64\0\0\0\0", 16);
    } else if (strcmp(fault, "cut") == 0) {
        /* A frame that never ends: everything written from now on is part of it. */
        everything("\0\0\x30\0", 4);
    } else if (strcmp(fault, "frames") == 0) {
        /* "Ready" often enough to fill an unbounded queue. */
        static char many[5 * 10000];
        for (size_t k = 0; k < 10000; k++) {
            memcpy(many + 5 * k, "\x01\0\0\0\x05", 5);
        }
        for (int round = 0; round < 20; round++) {
            everything(many, sizeof many);
        }
    }
    return 1;
}

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    instance *this = self;
    uint64_t id = batch->id;
    size_t count = batch->count;
    for (size_t n = 0; n < count; n++) {
        /* The batch is valid until the outcome of its last index, which is this one. */
        const rundruf_recipient *to = (const void *)((const char *)batch->recipients + n * batch->stride);
        if (to->address.len >= 5 && memcmp(to->address.ptr, "fault", 5) == 0 && !strike(this, batch, n)) {
            continue;
        }
        rundruf_outcome outcome = {.batch = id, .index = (uint32_t)n, .code = RUNDRUF_OUTCOME_CODE_SENT};
        this->host->complete(this->host->ctx, &outcome, 1, sizeof outcome);
    }
    return RUNDRUF_STATUS_OK;
}

#include "entry.h"
