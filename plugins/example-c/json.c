#include "json.h"

#include <string.h>

typedef struct {
    const uint8_t *at, *end;
} reader;

static void skip_space(reader *in) {
    while (in->at < in->end && memchr(" \t\r\n", *in->at, 4) != NULL) {
        in->at++;
    }
}

/* The next byte, if it is this one. */
static bool eat(reader *in, char byte) {
    skip_space(in);
    if (in->at == in->end || *in->at != (uint8_t)byte) {
        return false;
    }
    in->at++;
    return true;
}

static bool eat_word(reader *in, const char *word) {
    size_t length = strlen(word);
    if ((size_t)(in->end - in->at) < length || memcmp(in->at, word, length) != 0) {
        return false;
    }
    in->at += length;
    return true;
}

/* Four hexadecimal digits. */
static bool unit(reader *in, uint32_t *out) {
    *out = 0;
    for (int n = 0; n < 4; n++) {
        static const char digits[] = "0123456789abcdef";
        const char *digit = in->at < in->end && *in->at != 0 ? strchr(digits, *in->at | 0x20) : NULL;
        if (digit == NULL) {
            return false;
        }
        *out = *out << 4 | (uint32_t)(digit - digits);
        in->at++;
    }
    return true;
}

/* A character as UTF-8; its length. */
static size_t utf8(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    for (size_t n = more; n > 0; n--, c >>= 6) {
        out[n] = (char)(0x80 | (c & 0x3f));
    }
    out[0] = (char)((0xf00u >> more) | c);
    return more + 1;
}

static bool escaped(reader *in, char out[4], size_t *length) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    if (in->at == in->end) {
        return false;
    }
    char name = (char)*in->at++;
    uint32_t c, low;
    if (name == 'u') {
        if (!unit(in, &c)) {
            return false;
        }
        if (c >= 0xd800 && c < 0xe000) { /* a surrogate: its second half must follow */
            if (c >= 0xdc00 || !eat_word(in, "\\u") || !unit(in, &low) || low < 0xdc00 || low >= 0xe000) {
                return false;
            }
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        }
        *length = utf8(c, out);
        return c != 0; /* texts here end with a zero byte */
    }
    const char *found = name == 0 ? NULL : strchr(names, name);
    if (found == NULL) {
        return false;
    }
    out[0] = values[found - names];
    *length = 1;
    return true;
}

static bool string(reader *in, char *out, size_t room) {
    if (!eat(in, '"')) {
        return false;
    }
    size_t length = 0;
    while (in->at < in->end && *in->at != '"') {
        char piece[4] = {(char)*in->at++};
        size_t more = 1;
        if ((uint8_t)piece[0] < 0x20 || (piece[0] == '\\' && !escaped(in, piece, &more)) || length + more >= room) {
            return false;
        }
        memcpy(out + length, piece, more);
        length += more;
    }
    out[length] = 0;
    return eat(in, '"');
}

static bool number(reader *in, long long *out) {
    bool negative = in->at < in->end && *in->at == '-';
    in->at += negative;
    long long value = 0;
    const uint8_t *first = in->at;
    for (; in->at < in->end && *in->at >= '0' && *in->at <= '9' && in->at - first < 18; in->at++) {
        value = value * 10 + (*in->at - '0');
    }
    *out = negative ? -value : value;
    return in->at > first;
}

static bool member(reader *in, json_member *out) {
    *out = (json_member){0};
    if (!string(in, out->key, sizeof out->key) || !eat(in, ':')) {
        return false;
    }
    skip_space(in);
    if (in->at < in->end && *in->at == '"') {
        return out->is_text = string(in, out->text, sizeof out->text);
    }
    if (eat_word(in, "true") || eat_word(in, "false") || eat_word(in, "null")) {
        return true;
    }
    return out->is_number = number(in, &out->number);
}

bool json_each(rundruf_view json, bool (*each)(void *ctx, const json_member *member), void *ctx) {
    reader in = {json.ptr, json.ptr + json.len};
    if (json.ptr == NULL || !eat(&in, '{')) {
        return false;
    }
    if (!eat(&in, '}')) {
        do {
            json_member found;
            if (!member(&in, &found) || !each(ctx, &found)) {
                return false;
            }
        } while (eat(&in, ','));
        if (!eat(&in, '}')) {
            return false;
        }
    }
    skip_space(&in);
    return in.at == in.end;
}
