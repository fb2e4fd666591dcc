//! What the admin wrote under `[transports.NAME.config]`. The daemon has checked it against the schema in manifest.json; they are
//! checked here again for callers without a daemon, such as tests.

const std = @import("std");

pub const Settings = struct {
    host: [:0]const u8 = "127.0.0.1",
    port: u16,
    path: []const u8 = "/messages",
    token: []const u8,
    timeout_s: u16 = 10,
};

/// The settings, or what is wrong and how to fix it.
pub fn read(allocator: std.mem.Allocator, json: []const u8, why: *[]const u8) ?std.json.Parsed(Settings) {
    why.* = "the settings are not a JSON object with `port`, `token` and, if you like, `host`, `path` and `timeout_s`";
    const parsed = std.json.parseFromSlice(Settings, allocator, json, .{ .allocate = .alloc_always }) catch return null;
    why.* = fault(&parsed.value) orelse return parsed;
    parsed.deinit();
    return null;
}

fn fault(s: *const Settings) ?[]const u8 {
    if (!std.mem.eql(u8, s.host, "127.0.0.1") and !std.mem.eql(u8, s.host, "::1"))
        return "`host` must be `127.0.0.1` or `::1`: without TLS nothing may leave this machine";
    if (s.port == 0) return "`port` must be a number from 1 to 65535";
    if (!isClean(s.path) or s.path[0] != '/') return "`path` must be a text without blanks that begins with `/`";
    if (!isClean(s.token)) return "`token` must be a text without blanks";
    if (s.timeout_s < 1 or s.timeout_s > 600) return "`timeout_s` must be a number from 1 to 600";
    return null;
}

/// Not empty, no blank, no line end: the value becomes part of the request head.
fn isClean(text: []const u8) bool {
    for (text) |byte| if (byte <= ' ' or byte > '~') return false;
    return text.len > 0;
}
