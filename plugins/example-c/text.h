/* A growing text. `failed` is set if memory ran out. */
#ifndef TEXT_H
#define TEXT_H

#include "rundruf_plugin.h"

#include <stdbool.h>

typedef struct {
    char *bytes;
    size_t length, room;
    bool failed;
} text;

void text_clear(text *to);
void text_free(text *to);
void text_add(text *to, const void *bytes, size_t length);
void text_print(text *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As a part of a JSON string: quotes, backslashes and control bytes are escaped. Views are UTF-8 by contract. */
void text_add_json(text *to, rundruf_view view);

#endif
