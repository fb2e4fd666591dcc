/* Go cannot call a function pointer, and must not hand C a struct that points into Go's memory: these do it. */
#ifndef BRIDGE_H
#define BRIDGE_H

#include "rundruf_plugin.h"

#include <string.h>

/* A host of another version has longer or shorter structs: whether everything that the first version had is there. */
static inline int bridge_is_readable(const rundruf_batch *batch) {
    return batch->size >= RUNDRUF_BATCH_MIN_SIZE && batch->content != NULL &&
           batch->content->size >= RUNDRUF_CONTENT_MIN_SIZE && batch->recipients != NULL &&
           batch->stride >= RUNDRUF_RECIPIENT_MIN_SIZE;
}

/* A recipient, with zeros where an older host has less. */
static inline rundruf_recipient bridge_recipient(const rundruf_batch *batch, size_t n) {
    rundruf_recipient own;
    RUNDRUF_READ(&own, (const char *)batch->recipients + n * batch->stride, batch->stride);
    return own;
}

static inline rundruf_view bridge_view(const void *bytes, size_t length) {
    return (rundruf_view){bytes, length};
}

static inline void bridge_complete(const rundruf_host_table *host, uint64_t batch, uint32_t index, uint16_t code, uint32_t retry_after_ms,
                                   int32_t status, const void *id, size_t id_length, const void *detail, size_t detail_length) {
    rundruf_outcome outcome = {
        .batch = batch,
        .index = index,
        .code = code,
        .retry_after_ms = retry_after_ms,
        .remote_code = status,
        .remote_id = bridge_view(id, id_length),
        .detail = bridge_view(detail, detail_length),
    };
    host->complete(host->ctx, &outcome, 1, sizeof outcome);
}

/* Only `complete` is always present in the host's table. */
static inline void bridge_ready(const rundruf_host_table *host) {
    if (host->ready != NULL) {
        host->ready(host->ctx);
    }
}

static inline void bridge_log(const rundruf_host_table *host, rundruf_log_level level, const void *text, size_t length) {
    if (host->log != NULL) {
        rundruf_view target = RUNDRUF_TEXT("example-go");
        host->log(host->ctx, level, target, bridge_view(text, length));
    }
}

static inline void bridge_write(rundruf_sink *sink, const void *text, size_t length) {
    if (sink != NULL && sink->write != NULL) {
        sink->write(sink->ctx, text, length);
    }
}

#endif
