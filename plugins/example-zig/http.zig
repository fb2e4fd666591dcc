//! One connection that stays open, and one request on it: POST and its result.

const std = @import("std");
const c = @import("c");

pub const Response = struct {
    status: u16,
    retry_after_s: u32 = 0, // 0: not given
    body: []const u8 = "", // as much as fits; valid until the next request
};

pub const Exchange = union(enum) {
    not_sent, // no byte was sent
    in_doubt, // bytes were sent, and no answer came
    answered: Response,
};

pub const Connection = struct {
    address: c.struct_sockaddr_storage,
    address_length: c.socklen_t,
    timeout_ms: i64, // for the whole request
    stop: c_int, // a descriptor that becomes readable on stop
    fd: c_int = -1, // -1: not connected
    buffer: [16 * 1024]u8 = undefined,

    /// Sends a complete request with its headers and waits for the answer.
    pub fn exchange(connection: *Connection, request: []const u8) Exchange {
        const until = now() + connection.timeout_ms;
        if (connection.fd >= 0 and connection.isStale()) connection.close();
        if (connection.fd < 0 and !connection.connect(until)) return .not_sent;
        const sent = connection.sendAll(request, until);
        if (sent == 0) {
            connection.close();
            return .not_sent;
        }
        // Even after half a request: the endpoint may have refused it early with an answer.
        var reusable = sent == request.len;
        const response = connection.readResponse(&reusable, until);
        if (response == null or !reusable) connection.close();
        return if (response) |a| .{ .answered = a } else .in_doubt;
    }

    pub fn close(connection: *Connection) void {
        if (connection.fd >= 0) _ = c.close(connection.fd);
        connection.fd = -1;
    }

    fn connect(connection: *Connection, until: i64) bool {
        const kind = c.SOCK_STREAM | c.SOCK_CLOEXEC | c.SOCK_NONBLOCK;
        connection.fd = c.socket(connection.address.ss_family, kind, 0);
        if (connection.fd < 0) return false;
        const one: c_int = 1;
        _ = c.setsockopt(connection.fd, c.IPPROTO_TCP, c.TCP_NODELAY, &one, @sizeOf(c_int));
        if (c.connect(connection.fd, @ptrCast(&connection.address), connection.address_length) == 0) return true;
        var fault: c_int = 0;
        var size: c.socklen_t = @sizeOf(c_int);
        if (errno() == c.EINPROGRESS and connection.ready(c.POLLOUT, until) and
            c.getsockopt(connection.fd, c.SOL_SOCKET, c.SO_ERROR, &fault, &size) == 0 and fault == 0) return true;
        connection.close();
        return false;
    }

    /// Waits until the socket is ready. False: the timeout or the stop.
    fn ready(connection: *const Connection, events: c_short, until: i64) bool {
        while (true) {
            var fds = [_]c.struct_pollfd{
                .{ .fd = connection.fd, .events = events, .revents = 0 },
                .{ .fd = connection.stop, .events = c.POLLIN, .revents = 0 },
            };
            const count = c.poll(&fds, fds.len, @intCast(@max(until - now(), 0)));
            if (count < 0 and errno() == c.EINTR) continue;
            return count > 0 and fds[1].revents == 0;
        }
    }

    /// An idle connection that the endpoint has closed is readable: it must not be used.
    fn isStale(connection: *const Connection) bool {
        var fd = c.struct_pollfd{ .fd = connection.fd, .events = c.POLLIN, .revents = 0 };
        return c.poll(&fd, 1, 0) != 0;
    }

    /// Returns the number of bytes sent.
    fn sendAll(connection: *const Connection, bytes: []const u8, until: i64) usize {
        var sent: usize = 0;
        while (sent < bytes.len) {
            const rest = bytes[sent..];
            const count = c.send(connection.fd, rest.ptr, rest.len, c.MSG_NOSIGNAL);
            if (count > 0) {
                sent += @intCast(count);
            } else if (errno() != c.EINTR and (errno() != c.EAGAIN or !connection.ready(c.POLLOUT, until))) break;
        }
        return sent;
    }

    /// Reads at least one more byte; false at the end of the stream.
    fn receive(connection: *Connection, length: *usize, until: i64) bool {
        while (length.* < connection.buffer.len and connection.ready(c.POLLIN, until)) {
            const room = connection.buffer[length.*..];
            const count = c.recv(connection.fd, room.ptr, room.len, 0);
            if (count > 0) {
                length.* += @intCast(count);
                return true;
            }
            if (count == 0 or (errno() != c.EINTR and errno() != c.EAGAIN)) return false;
        }
        return false;
    }

    fn readResponse(connection: *Connection, reusable: *bool, until: i64) ?Response {
        var begin: usize = 0;
        var length: usize = 0;
        while (true) {
            const end = std.mem.indexOf(u8, connection.buffer[begin..length], "\r\n\r\n") orelse {
                if (!connection.receive(&length, until)) return null;
                continue;
            };
            const head = connection.buffer[begin .. begin + end];
            begin += end + 4;
            // "HTTP/1.1 200 OK"
            if (!std.mem.startsWith(u8, head, "HTTP/1.") or head.len < 12) return null;
            const status = std.fmt.parseInt(u16, head[9..12], 10) catch return null;
            if (status < 100 or status > 599) return null;
            if (status < 200) continue; // an interim answer (1xx)
            const size = if (header(head, "content-length")) |text| std.fmt.parseInt(usize, text, 10) catch null else null;
            const closes = if (header(head, "connection")) |text| std.ascii.eqlIgnoreCase(text, "close") else false;
            const body = size orelse 0;
            if (closes or body > connection.buffer.len - begin or (size == null and status != 204)) reusable.* = false;
            // The status decides the outcome; a missing body does not change it.
            while (length - begin < body) {
                if (!connection.receive(&length, until)) {
                    reusable.* = false;
                    break;
                }
            }
            return .{
                .status = status,
                .retry_after_s = if (header(head, "retry-after")) |text| std.fmt.parseInt(u32, text, 10) catch 0 else 0,
                .body = connection.buffer[begin..@min(length, begin + body)],
            };
        }
    }
};

/// The value of a header; null if it is missing.
fn header(head: []const u8, name: []const u8) ?[]const u8 {
    var lines = std.mem.splitSequence(u8, head, "\r\n");
    _ = lines.next();
    while (lines.next()) |line| {
        const colon = std.mem.indexOfScalar(u8, line, ':') orelse continue;
        if (std.ascii.eqlIgnoreCase(line[0..colon], name)) return std.mem.trim(u8, line[colon + 1 ..], " \t");
    }
    return null;
}

fn errno() c_int {
    return std.c._errno().*;
}

/// Milliseconds of the monotonic clock.
fn now() i64 {
    var time: c.struct_timespec = undefined;
    _ = c.clock_gettime(c.CLOCK_MONOTONIC, &time);
    return @as(i64, time.tv_sec) * 1000 + @divTrunc(time.tv_nsec, 1_000_000);
}
