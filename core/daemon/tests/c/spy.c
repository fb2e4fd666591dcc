/* A plugin that writes down everything it was given into its state folder, and takes no message. */
#include "rundruf_plugin.h"

#include <stdio.h>
#include <stdlib.h>

extern char **environ;

RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"org.example.spy\", \"name\": \"Spy\", \"version\": \"0.1.0\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ","
    " \"channels\": [\"sms\"], \"max_batch\": 1, \"max_in_flight\": 1, \"max_content\": 1024,"
    " \"config_schema\": {\"type\": \"object\", \"properties\": {\"word\": {\"type\": \"string\"},"
    " \"secret\": {\"type\": \"string\", \"x-secret\": true}}},"
    " \"label\": {\"operator\": {\"name\": \"nobody\", \"country\": \"-\"}, \"role\": \"none\", \"data_out\": [],"
    " \"content_visible_to_operator\": false, \"storage\": \"none\"}}";

static void line(FILE *file, const char *what, rundruf_view text) {
    fprintf(file, "%s=%.*s\n", what, (int)text.len, (const char *)text.ptr);
}

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    (void)host;
    (void)error;
    char path[4096];
    snprintf(path, sizeof path, "%.*s/seen.txt", (int)args->state_dir.len, (const char *)args->state_dir.ptr);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        return RUNDRUF_STATUS_FAILED;
    }
    line(file, "name", args->name);
    line(file, "config", args->config);
    line(file, "state", args->state_dir);
    size_t count = 0;
    while (environ != NULL && environ[count] != NULL) {
        fprintf(file, "%s\n", environ[count++]);
    }
    fprintf(file, "environment=%zu\nend\n", count);
    fclose(file);
    *out = malloc(1);
    return *out == NULL ? RUNDRUF_STATUS_FAILED : RUNDRUF_STATUS_OK;
}

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    (void)self;
    (void)batch;
    return RUNDRUF_STATUS_CLOSED;
}

static rundruf_status drain(void *self, uint64_t deadline_ms) {
    (void)self;
    (void)deadline_ms;
    return RUNDRUF_STATUS_OK;
}

static const rundruf_transport_table table = {
    .size = sizeof(rundruf_transport_table),
    .open = open_instance,
    .submit = submit,
    .drain = drain,
    .close = free,
};

static const rundruf_descriptor descriptor = {
    .size = sizeof(rundruf_descriptor),
    .id = RUNDRUF_TEXT("org.example.spy"),
    .version = RUNDRUF_TEXT("0.1.0"),
    .table = &table,
};

RUNDRUF_EXPORT const rundruf_entry *rundruf_plugin_v1(void) {
    static const rundruf_entry entry = {
        .magic = RUNDRUF_MAGIC,
        .abi = {RUNDRUF_ABI_MAJOR, RUNDRUF_ABI_MINOR},
        .size = sizeof(rundruf_entry),
        .toolchain = RUNDRUF_TEXT("C"),
        .descriptor = &descriptor,
    };
    return &entry;
}
