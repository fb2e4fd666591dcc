/* What a library must show to the outside, in C: manifest, entry, table. Each calls a Go function of plugin.go. */
#include "rundruf_plugin.h"

#include "_cgo_export.h" /* goOpen, goSubmit, goDrain, goClose: made by cgo */

/* The host reads the manifest without running any code of this library. A library without a manifest is not loaded. */
__asm__(".pushsection " RUNDRUF_MANIFEST_SECTION ",\"aR\"\n.incbin \"manifest.json\"\n.popsection");

static rundruf_status open_instance(const rundruf_host_table *host, const rundruf_open_args *args, void **out,
                                    rundruf_sink *error) {
    if (host == NULL || args == NULL || out == NULL) {
        return RUNDRUF_STATUS_NULL_POINTER;
    }
    uintptr_t handle = 0;
    rundruf_status status = goOpen((rundruf_host_table *)host, (rundruf_open_args *)args, &handle, error);
    *out = (void *)handle;
    return status;
}

static rundruf_status submit(void *self, const rundruf_batch *batch) {
    return self == NULL || batch == NULL ? RUNDRUF_STATUS_NULL_POINTER : goSubmit((uintptr_t)self, (rundruf_batch *)batch);
}

static rundruf_status drain(void *self, uint64_t within_ms) {
    return self == NULL ? RUNDRUF_STATUS_NULL_POINTER : goDrain((uintptr_t)self, within_ms);
}

static void close_instance(void *self) {
    if (self != NULL) {
        goClose((uintptr_t)self);
    }
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
    .id = RUNDRUF_TEXT("rundruf-example-go"),
    .version = RUNDRUF_TEXT("0.1.0"),
    .table = &table,
};

RUNDRUF_EXPORT const rundruf_entry *rundruf_plugin_v1(void) {
    static const rundruf_entry entry = {
        .magic = RUNDRUF_MAGIC,
        .abi = {RUNDRUF_ABI_MAJOR, RUNDRUF_ABI_MINOR},
        .size = sizeof(rundruf_entry),
        .flags = RUNDRUF_ENTRY_GO_RUNTIME, /* so the host gives it a process of its own, always */
        .toolchain = RUNDRUF_TEXT("Go"),
        .descriptor = &descriptor,
    };
    return &entry;
}
