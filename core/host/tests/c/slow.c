/*
 * A plugin that takes its time. `mode` in its settings: `hang` never returns from `open`; `early` reports a STOP inside `open`, waits for the
 * answer, and writes it to `early` in its state folder; `receipt` does the same with the delivery of the last message, whose id every `submit`
 * keeps in `id`; `stuck` never returns from `submit`, and then uses the host; `late` never returns from
 * `close`. Every other `close` writes `closed`.
 */
#include "rundruf_plugin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ID "org.example.slow"
#define VERSION "0.1.0"

RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"" ID "\", \"name\": \"Slow\", \"version\": \"" VERSION "\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ","
    " \"channels\": [\"email\"], \"capabilities\": [\"inbound\", \"receipts\"], \"max_batch\": 256, \"max_in_flight\": 1024,"
    " \"max_content\": 1048576,"
    " \"config_schema\": {\"type\": \"object\", \"properties\": {\"mode\": {\"type\": \"string\"}}},"
    " \"label\": {\"plugin\": \"slow\", \"label_version\": 1, \"operator\": {\"name\": \"nobody\", \"country\": \"-\"},"
    " \"role\": \"none\", \"data_out\": [], \"content_visible_to_operator\": true, \"storage\": \"none\","
    " \"remote_lists\": false, \"withdrawal_propagation\": \"none needed\", \"terms_risk\": \"none known\","
    " \"checked_on\": \"2026-11-25\"}}";

typedef struct {
    const rundruf_host_table *host;
    char config[1024], state[4096];
    uint8_t last[16];
} instance;

static int is_mode(const instance *this, const char *mode) {
    return strstr(this->config, mode) != NULL;
}

static void note(const instance *this, const char *name, int value) {
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", this->state, name);
    FILE *file = fopen(path, "w");
    if (file != NULL) {
        fprintf(file, "%d", value);
        fclose(file);
    }
}

/* Writes the id of a message to a file, or reads it. */
static void keep_id(const instance *this, uint8_t *id, const char *how) {
    char path[4200];
    snprintf(path, sizeof path, "%s/id", this->state);
    FILE *file = fopen(path, how);
    if (file != NULL) {
        size_t done = *how == 'r' ? fread(id, 1, 16, file) : fwrite(id, 1, 16, file);
        (void)done;
        fclose(file);
    }
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    (void)error;
    instance *this = calloc(1, sizeof *this);
    if (this == NULL) {
        return RUNDRUF_STATUS_FAILED;
    }
    this->host = host;
    snprintf(this->config, sizeof this->config, "%.*s", (int)args->config.len, (const char *)args->config.ptr);
    snprintf(this->state, sizeof this->state, "%.*s", (int)args->state_dir.len, (const char *)args->state_dir.ptr);
    while (is_mode(this, "hang")) {
        sleep_ms(1000);
    }
    if (is_mode(this, "early")) {
        rundruf_inbound stop = {.sender_trust = RUNDRUF_SENDER_TRUST_PROVEN};
        stop.channel = (rundruf_view)RUNDRUF_TEXT("email");
        stop.from = (rundruf_view)RUNDRUF_TEXT("anna@krume.example");
        stop.text = (rundruf_view)RUNDRUF_TEXT("STOP");
        stop.at_ms = (int64_t)time(NULL) * 1000;
        size_t stored = 0;
        rundruf_status status = host->inbound(host->ctx, &stop, 1, sizeof stop, &stored);
        note(this, "early", status == RUNDRUF_STATUS_OK && stored != 1 ? -99 : status);
    }
    if (is_mode(this, "receipt")) {
        rundruf_receipt delivered = {.kind = RUNDRUF_RECEIPT_KIND_DELIVERED};
        delivered.at_ms = (int64_t)time(NULL) * 1000;
        keep_id(this, delivered.message_id, "r");
        note(this, "receipt", host->receipt(host->ctx, &delivered, 1, sizeof delivered, NULL));
    }
    *out = this;
    return RUNDRUF_STATUS_OK;
}

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    instance *this = self;
    if (is_mode(this, "stuck")) {
        sleep_ms(3000);
    }
    memcpy(this->last, batch->recipients->message_id, sizeof this->last);
    keep_id(this, this->last, "w");
    rundruf_outcome outcome = {.batch = batch->id, .code = RUNDRUF_OUTCOME_CODE_SENT};
    this->host->complete(this->host->ctx, &outcome, 1, sizeof outcome);
    note(this, "submitted", 1);
    return RUNDRUF_STATUS_OK;
}

static void close_instance(void *self) {
    instance *this = self;
    while (is_mode(this, "late")) {
        sleep_ms(1000);
    }
    note(this, "closed", 1);
    free(this);
}

#define CLOSE close_instance
#include "entry.h"
