/* One connection that stays open, and one request on it: POST and its result. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

typedef struct {
    struct sockaddr_storage address;
    socklen_t address_length;
    int timeout_ms; /* for the whole request */
    int stop;       /* a descriptor that becomes readable on stop */
    int fd;         /* -1: not connected */
} http_link;

typedef enum {
    HTTP_NOT_SENT, /* no byte was sent */
    HTTP_IN_DOUBT, /* bytes were sent, and no answer came */
    HTTP_ANSWERED,
} http_end;

typedef struct {
    int status;
    long retry_after_s; /* 0: not given */
    char body[1024];    /* as much as fits */
    size_t body_length;
} http_answer;

/* Sends a complete request with its headers and waits for the answer. */
http_end http_ask(http_link *link, const char *request, size_t length, http_answer *answer);
void http_close(http_link *link);

#endif
