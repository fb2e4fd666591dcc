/*
 * The last part of a plugin in C, for those that tests are made with: the part that they share. It needs ID, VERSION, `open_instance` and
 * `submit` above it, ignores `drain`, and frees the instance in `close`. Plugins to copy (minimal.c, plugins/example-c) are whole without it.
 */
#include <stdlib.h>

/* A plugin may have its own. */
#ifndef CLOSE
#define CLOSE free
#endif

#ifndef TABLE_FLAGS
#define TABLE_FLAGS 0
#endif

static rundruf_status drain(void *self, uint64_t within_ms) {
    (void)self;
    (void)within_ms;
    return RUNDRUF_STATUS_OK;
}

static const rundruf_transport_table table = {
    .size = sizeof(rundruf_transport_table),
    .flags = TABLE_FLAGS,
    .open = open_instance,
    .submit = submit,
    .drain = drain,
    .close = CLOSE,
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
