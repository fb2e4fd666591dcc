/* What this plugin takes from C: the contract, and the system. `zig translate-c` makes a module of it. */
#include "rundruf_plugin.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
