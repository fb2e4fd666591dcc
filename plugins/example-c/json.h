/* Reads a flat JSON object, such as {"host": "127.0.0.1", "port": 8080}: no lists, no objects inside, no fractions. */
#ifndef JSON_H
#define JSON_H

#include "rundruf_plugin.h"

#include <stdbool.h>

typedef struct {
    char key[64];
    char text[512]; /* of a string; empty for anything else */
    bool is_text, is_number;
    long long number;
} json_member;

/* Calls `each` for every member in order until it returns false. Returns false then, and if the text is not such an object. */
bool json_each(rundruf_view json, bool (*each)(void *ctx, const json_member *member), void *ctx);

#endif
