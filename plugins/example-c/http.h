/* One connection that stays open, and one question on it: POST, and what became of it. */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

typedef struct {
    struct sockaddr_storage address;
    socklen_t address_length;
    int timeout_ms; /* for the whole of a request */
    int stop;       /* a descriptor that becomes readable when everything must end */
    int fd;         /* -1: not connected */
} http_link;

typedef enum {
    HTTP_NOT_SENT, /* no byte of it has left */
    HTTP_IN_DOUBT, /* bytes have left, and no answer came */
    HTTP_ANSWERED,
} http_end;

typedef struct {
    int status;
    long retry_after_s; /* 0: not said */
    char body[1024];    /* as much of it as fits */
    size_t body_length;
} http_answer;

/* Sends a whole request, headers and all, and waits for the answer. */
http_end http_ask(http_link *link, const char *request, size_t length, http_answer *answer);
void http_close(http_link *link);

#endif
