/*
 * A plugin that reports: after each batch a thread hands over messages and receipts in arrays, and notes in its state folder what the host
 * answered. What it does with the batch its settings say: `parts` completes with ids, parts and cost; `late` completes one message in 300 ms, and
 * the last one only when there is a file `go`; `begun` tells of the first message, and dies.
 */
#include "rundruf_plugin.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ID "org.example.reports"
#define VERSION "0.1.0"
#ifndef CLAIMS
#define CLAIMS "\"inbound\", \"receipts\""
#endif

RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"" ID "\", \"name\": \"Reports\", \"version\": \"" VERSION "\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ","
    " \"channels\": [\"email\"], \"capabilities\": [" CLAIMS "], \"max_batch\": 256, \"max_in_flight\": 1024,"
    " \"max_content\": 1048576,"
    " \"config_schema\": {\"type\": \"object\", \"properties\": {\"mode\": {\"type\": \"string\"}}},"
    " \"label\": {\"plugin\": \"reports\", \"label_version\": 1, \"operator\": {\"name\": \"nobody\", \"country\": \"-\"},"
    " \"role\": \"none\", \"data_out\": [], \"content_visible_to_operator\": true, \"storage\": \"none\","
    " \"remote_lists\": false, \"withdrawal_propagation\": \"none needed\", \"terms_risk\": \"none known\","
    " \"checked_on\": \"2026-11-30\"}}";

typedef struct {
    const rundruf_host_table *host;
    char config[1024], state[4096];
    uint64_t batch;
    size_t count;
} instance;

static rundruf_view view(const char *words) {
    return (rundruf_view){(const uint8_t *)words, strlen(words)};
}

static int is_mode(const instance *this, const char *mode) {
    return strstr(this->config, mode) != NULL;
}

/* Writes whole or not at all: a test may read at any moment. */
static void note(const instance *this, const char *name, long status, long stored) {
    char path[4200], made[4300];
    snprintf(path, sizeof path, "%s/%s", this->state, name);
    snprintf(made, sizeof made, "%s.new", path);
    FILE *file = fopen(made, "w");
    if (file != NULL) {
        fprintf(file, "%ld %ld", status, stored);
        fclose(file);
        rename(made, path);
    }
}

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void complete(instance *this, uint32_t index) {
    rundruf_view ids[2] = {view("part-1"), view("part-2")};
    rundruf_outcome outcome = {.batch = this->batch, .index = index, .code = RUNDRUF_OUTCOME_CODE_SENT};
    if (is_mode(this, "parts")) {
        outcome.remote_ids = ids;
        outcome.remote_id_count = 2;
        outcome.parts = 2;
        outcome.cost_micro = 150000;
        memcpy(outcome.currency, "EUR", 3);
    }
    this->host->complete(this->host->ctx, &outcome, 1, sizeof outcome);
}

static void *report(void *self) {
    instance *this = self;
    const rundruf_host_table *host = this->host;
    rundruf_view alias = view("other@x.example");
    rundruf_inbound_file file = {.name = view("bread.jpg"), .media_type = view("image/jpeg"), .size = 7};
    rundruf_inbound messages[3] = {0};
    for (int n = 0; n < 3; n++) {
        messages[n].sender_trust = RUNDRUF_SENDER_TRUST_VOUCHED;
        messages[n].channel = view("email");
        messages[n].from = view(n == 1 ? "" : "anna@x.example");
        messages[n].text = view("STOP");
        messages[n].remote_id = view(n == 0 ? "m0" : "m2");
        messages[n].aliases = &alias;
        messages[n].alias_count = 1;
        messages[n].attachments = &file;
        messages[n].attachment_count = 1;
        messages[n].attachment_stride = sizeof file;
        messages[n].flags = n == 2 ? RUNDRUF_INBOUND_GROUP : 0;
    }
    size_t stored = 99;
    rundruf_status status = host->inbound(host->ctx, messages, 3, sizeof *messages, &stored);
    note(this, "inbound", status, (long)stored);
    /* The second can never be stored: behind it goes on. */
    status = host->inbound(host->ctx, messages + 2, 1, sizeof *messages, &stored);
    note(this, "behind", status, (long)stored);
    rundruf_receipt receipts[2] = {{.kind = 77, .remote_id = view("r")}, {.kind = RUNDRUF_RECEIPT_KIND_READ, .remote_id = view("r")}};
    status = host->receipt(host->ctx, receipts, 2, sizeof *receipts, &stored);
    note(this, "receipt", status, (long)stored);
    for (uint32_t n = 0; n + 1 < this->count; n++) {
        sleep_ms(is_mode(this, "late") ? 300 : 0);
        complete(this, n);
    }
    char go[4200];
    snprintf(go, sizeof go, "%s/go", this->state);
    while (is_mode(this, "late") && access(go, F_OK) != 0) {
        sleep_ms(20);
    }
    complete(this, (uint32_t)this->count - 1);
    return NULL;
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
    *out = this;
    return RUNDRUF_STATUS_OK;
}

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    instance *this = self;
    this->batch = batch->id;
    this->count = batch->count;
    if (is_mode(this, "begun")) {
        rundruf_begun first = {.batch = batch->id, .index = 0};
        this->host->begun(this->host->ctx, &first, 1, sizeof first);
        _exit(3);
    }
    pthread_t thread;
    if (pthread_create(&thread, NULL, report, this) != 0) {
        return RUNDRUF_STATUS_FAILED;
    }
    pthread_detach(thread);
    return RUNDRUF_STATUS_OK;
}

#ifndef TABLE_FLAGS
#define TABLE_FLAGS RUNDRUF_TRANSPORT_TABLE_TELLS_BEGUN
#endif
#include "entry.h"
