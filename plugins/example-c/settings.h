/* What the admin wrote under `[transports.NAME.config]`. The daemon has checked it against the schema in manifest.json;
 * they are checked here again for callers without a daemon, such as tests. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "rundruf_plugin.h"

#include <stdbool.h>

typedef struct {
    char host[64]; /* an address of this machine */
    int port;
    char path[256];
    char token[512];
    int timeout_s;
} settings;

/* False: `why` says what is wrong and how to fix it. */
bool settings_read(rundruf_view json, settings *out, const char **why);

#endif
