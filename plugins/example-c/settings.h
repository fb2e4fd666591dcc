/* What the admin wrote under `[transports.NAME.config]`. The daemon has checked it against the schema in manifest.json; who is asked
 * directly, as by a test, is checked here once more. */
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

/* False: `why` says what is wrong, and what would be right. */
bool settings_read(rundruf_view json, settings *out, const char **why);

#endif
