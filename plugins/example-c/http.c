#define _GNU_SOURCE /* SOCK_CLOEXEC, SOCK_NONBLOCK */
#include "http.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits until the socket is ready. False: the timeout or the stop. */
static bool ready(const http_link *link, short events, long long until) {
    for (;;) {
        long long left = until - now_ms();
        struct pollfd fds[] = {{.fd = link->fd, .events = events}, {.fd = link->stop, .events = POLLIN}};
        int count = poll(fds, 2, left > 0 ? (int)left : 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        return count > 0 && fds[1].revents == 0;
    }
}

void http_close(http_link *link) {
    if (link->fd >= 0) {
        close(link->fd);
        link->fd = -1;
    }
}

static bool connect_now(http_link *link, long long until) {
    link->fd = socket(link->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (link->fd < 0) {
        return false;
    }
    int one = 1, fault = 0;
    socklen_t size = sizeof fault;
    setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(link->fd, (const struct sockaddr *)&link->address, link->address_length) != 0) {
        if (errno != EINPROGRESS || !ready(link, POLLOUT, until) ||
            getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0 || fault != 0) {
            http_close(link);
            return false;
        }
    }
    return true;
}

/* An idle connection that the endpoint has closed is readable: it must not be used. */
static bool is_stale(const http_link *link) {
    struct pollfd fd = {.fd = link->fd, .events = POLLIN};
    return poll(&fd, 1, 0) != 0;
}

/* Returns the number of bytes sent. */
static size_t send_all(const http_link *link, const char *bytes, size_t length, long long until) {
    size_t sent = 0;
    while (sent < length) {
        ssize_t count = send(link->fd, bytes + sent, length - sent, MSG_NOSIGNAL);
        if (count > 0) {
            sent += (size_t)count;
        } else if (errno != EINTR && ((errno != EAGAIN && errno != EWOULDBLOCK) || !ready(link, POLLOUT, until))) {
            break;
        }
    }
    return sent;
}

/* Reads at least one more byte; false at the end of the stream. */
static bool receive(const http_link *link, char *buffer, size_t room, size_t *length, long long until) {
    while (*length < room && ready(link, POLLIN, until)) {
        ssize_t count = recv(link->fd, buffer + *length, room - *length, 0);
        if (count > 0) {
            *length += (size_t)count;
            return true;
        }
        if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
            return false;
        }
    }
    return false;
}

/* The value of a header, up to the end of its line; null if it is missing. `head` ends with a zero byte. */
static const char *header(const char *head, const char *name) {
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        size_t length = strlen(name);
        if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') {
            return line + 3 + length + strspn(line + 3 + length, " \t");
        }
    }
    return NULL;
}

static bool read_answer(http_link *link, http_answer *answer, bool *keep, long long until) {
    char buffer[16 * 1024];
    size_t length = 0;
    for (;;) {
        buffer[length] = 0;
        char *end = strstr(buffer, "\r\n\r\n");
        if (end == NULL) {
            if (!receive(link, buffer, sizeof buffer - 1, &length, until)) {
                return false;
            }
            continue;
        }
        /* "HTTP/1.1 200 OK" */
        answer->status = strncmp(buffer, "HTTP/1.", 7) == 0 && strlen(buffer) > 12 ? atoi(buffer + 9) : 0;
        if (answer->status < 100 || answer->status > 599) {
            return false;
        }
        size_t head = (size_t)(end - buffer) + 4;
        if (answer->status < 200) { /* an interim answer (1xx) */
            length -= head;
            memmove(buffer, buffer + head, length);
            continue;
        }
        end[2] = 0;
        const char *later = header(buffer, "retry-after"), *size = header(buffer, "content-length");
        const char *connection = header(buffer, "connection");
        answer->retry_after_s = later != NULL ? strtol(later, NULL, 10) : 0; /* a date is not a number: ignored */
        size_t body = size != NULL ? strtoul(size, NULL, 10) : 0;
        *keep = (size != NULL || answer->status == 204) && body < sizeof buffer - head &&
                !(connection != NULL && strncasecmp(connection, "close", 5) == 0);
        /* The status decides the outcome; a missing body does not change it. */
        while (length - head < body) {
            if (!receive(link, buffer, sizeof buffer - 1, &length, until)) {
                *keep = false;
                break;
            }
        }
        size_t here = length - head < body ? length - head : body;
        answer->body_length = here < sizeof answer->body ? here : sizeof answer->body;
        memcpy(answer->body, buffer + head, answer->body_length);
        return true;
    }
}

http_end http_ask(http_link *link, const char *request, size_t length, http_answer *answer) {
    long long until = now_ms() + link->timeout_ms;
    *answer = (http_answer){0};
    if (link->fd >= 0 && is_stale(link)) {
        http_close(link);
    }
    if (link->fd < 0 && !connect_now(link, until)) {
        return HTTP_NOT_SENT;
    }
    size_t sent = send_all(link, request, length, until);
    if (sent == 0) {
        http_close(link);
        return HTTP_NOT_SENT;
    }
    /* Even after half a request: the endpoint may have refused it early with an answer. */
    bool keep = false;
    bool answered = read_answer(link, answer, &keep, until);
    if (!answered || !keep || sent < length) {
        http_close(link);
    }
    return answered ? HTTP_ANSWERED : HTTP_IN_DOUBT;
}
