/* A plugin that writes down everything it was given into its state folder, and takes no message. */
#include "rundruf_plugin.h"

#include <stdio.h>
#include <stdlib.h>

#define ID "org.example.spy"
#define VERSION "0.1.0"
#ifdef NOT_IN_PROCESS
#define IN_PROCESS "false"
#else
#define IN_PROCESS "true"
#endif

extern char **environ;

RUNDRUF_MANIFEST =
    "{\"manifest\": 1, \"id\": \"" ID "\", \"name\": \"Spy\", \"version\": \"" VERSION "\","
    " \"abi\": " RUNDRUF_MANIFEST_ABI ","
    " \"in_process\": " IN_PROCESS ","
    " \"channels\": [\"sms\"], \"max_batch\": 1, \"max_in_flight\": 1, \"max_content\": 1024,"
    " \"config_schema\": {\"type\": \"object\", \"properties\": {\"word\": {\"type\": \"string\"},"
    " \"secret\": {\"type\": \"string\", \"x-secret\": true}}},"
    " \"messages\": {\"de\": {\"refused: {settings}\": \"abgelehnt: {settings}\"}},"
    " \"label\": {\"operator\": {\"name\": \"nobody\", \"country\": \"-\"}, \"role\": \"none\", \"data_out\": [],"
    " \"content_visible_to_operator\": false, \"storage\": \"none\"}}";

static void line(FILE *file, const char *what, rundruf_view text) {
    fprintf(file, "%s=%.*s\n", what, (int)text.len, (const char *)text.ptr);
}

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    (void)host;
#ifdef REFUSES
    /* Says all that it was given, into the log and as its reason. */
    fprintf(stderr, "refused with %.*s\n", (int)args->config.len, (const char *)args->config.ptr);
    if (error != NULL && error->write != NULL) {
        error->write(error->ctx, (const uint8_t *)"refused: ", 9);
        error->write(error->ctx, args->config.ptr, args->config.len);
    }
    return RUNDRUF_STATUS_FAILED;
#endif
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

#include "../../../host/tests/c/entry.h"
