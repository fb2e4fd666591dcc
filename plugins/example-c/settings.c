#include "settings.h"

#include "json.h"

#include <string.h>

typedef struct {
    settings *out;
    const char *why;
} reading;

/* No blank, no line end: the value becomes part of the request head. */
static bool is_clean(const char *text) {
    for (; *text != 0; text++) {
        if (*text <= 0x20 || *text == 0x7f) {
            return false;
        }
    }
    return true;
}

static bool copy(char *out, size_t room, const json_member *from) {
    if (!from->is_text || from->text[0] == 0 || strlen(from->text) >= room || !is_clean(from->text)) {
        return false;
    }
    strcpy(out, from->text);
    return true;
}

static bool is_between(const json_member *from, int *out, int least, int most) {
    *out = (int)from->number;
    return from->is_number && from->number >= least && from->number <= most;
}

static bool take(void *ctx, const json_member *m) {
    reading *to = ctx;
    settings *out = to->out;
    if (strcmp(m->key, "host") == 0) {
        to->why = "`host` must be `127.0.0.1` or `::1`: without TLS nothing may leave this machine";
        return copy(out->host, sizeof out->host, m) &&
               (strcmp(out->host, "127.0.0.1") == 0 || strcmp(out->host, "::1") == 0);
    }
    if (strcmp(m->key, "port") == 0) {
        to->why = "`port` must be a number from 1 to 65535";
        return is_between(m, &out->port, 1, 65535);
    }
    if (strcmp(m->key, "path") == 0) {
        to->why = "`path` must be a text without blanks that begins with `/`";
        return copy(out->path, sizeof out->path, m) && out->path[0] == '/';
    }
    if (strcmp(m->key, "token") == 0) {
        to->why = "`token` must be a text without blanks of at most 511 bytes";
        return copy(out->token, sizeof out->token, m);
    }
    if (strcmp(m->key, "timeout_s") == 0) {
        to->why = "`timeout_s` must be a number from 1 to 600";
        return is_between(m, &out->timeout_s, 1, 600);
    }
    to->why = "there is a key that is none of `host`, `port`, `path`, `token`, `timeout_s`";
    return false;
}

bool settings_read(rundruf_view json, settings *out, const char **why) {
    *out = (settings){.host = "127.0.0.1", .path = "/messages", .timeout_s = 10};
    reading to = {.out = out};
    if (!json_each(json, take, &to)) {
        *why = to.why != NULL ? to.why : "the settings are not a JSON object of texts and numbers";
        return false;
    }
    if (out->port == 0 || out->token[0] == 0) {
        *why = out->port == 0 ? "`port` is missing" : "`token` is missing";
        return false;
    }
    return true;
}
