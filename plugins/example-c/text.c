#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_clear(text *to) {
    to->length = 0;
    to->failed = false;
}

void text_free(text *to) {
    free(to->bytes);
    *to = (text){0};
}

void text_add(text *to, const void *bytes, size_t length) {
    if (length == 0 || to->failed) {
        return;
    }
    if (length > to->room - to->length) {
        size_t room = (to->length + length) * 2;
        char *grown = realloc(to->bytes, room);
        if (grown == NULL) {
            to->failed = true;
            return;
        }
        to->bytes = grown;
        to->room = room;
    }
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
}

void text_print(text *to, const char *format, ...) {
    char line[1024];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (length < 0 || (size_t)length >= sizeof line) {
        to->failed = true;
        return;
    }
    text_add(to, line, (size_t)length);
}

void text_add_json(text *to, rundruf_view view) {
    size_t plain = 0; /* start of the bytes that need no escape */
    for (size_t n = 0; n < view.len; n++) {
        uint8_t byte = view.ptr[n];
        if (byte >= 0x20 && byte != '"' && byte != '\\' && byte != 0x7f) {
            continue;
        }
        text_add(to, view.ptr + plain, n - plain);
        text_print(to, "\\u%04x", byte);
        plain = n + 1;
    }
    if (plain < view.len) {
        text_add(to, view.ptr + plain, view.len - plain);
    }
}
