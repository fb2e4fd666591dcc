//! A complete transport in Zig: POSTs each message to an HTTP endpoint on this machine, such as the gateway of a provider.
//!
//! `submit` only puts a batch into a queue. Workers, one connection each, take one message after the other and complete each exactly once.

const std = @import("std");
const c = @import("c");
const http = @import("http.zig");
const settings = @import("settings.zig");

/// No signal handlers in the host's process, and no signal stack per thread.
pub const std_options: std.Options = .{ .enable_segfault_handler = false, .signal_stack_size = null };

const allocator = std.heap.c_allocator;
const max_batch = 256; // as manifest.json says
const max_workers = 16;
const max_address = 320;

// The host reads the manifest without running any code of this library. A library without a manifest is not loaded.
// In assembler, because the `R` flag keeps the unreferenced section.
comptime {
    asm (".pushsection " ++ c.RUNDRUF_MANIFEST_SECTION ++ ",\"aR\"\n.incbin \"manifest.json\"\n.popsection");
}

/// A batch with waiting messages. This entry is removed with the last message; the batch itself stays valid until that message is completed.
const Job = struct {
    next: ?*Job = null,
    batch: *const c.rundruf_batch,
    next_index: usize = 0,
};

const Message = struct { batch: *const c.rundruf_batch, index: usize };

const Worker = struct {
    owner: *Instance,
    thread: c.thrd_t = undefined,
    connection: http.Connection,
};

/// One `[transports.NAME]` of the settings.
const Instance = struct {
    host: *const c.rundruf_host_table, // lives until `close` has returned
    config: std.json.Parsed(settings.Settings),
    window: usize,
    workers: []Worker,
    stop: [2]c_int, // a pipe: closing its write end ends every wait

    lock: c.mtx_t = undefined, // guards the fields below; never held while calling the host
    work_added: c.cnd_t = undefined,
    worker_ended: c.cnd_t = undefined,
    first: ?*Job = null,
    accepted: usize = 0, // messages without an outcome
    running: usize = 0, // workers
    was_busy: bool = false,
    draining: bool = false,
    closing: bool = false,
    deadline: c.struct_timespec = undefined, // of the drain
};

// --- messages ---------------------------------------------------------------------------------------------------------------------

fn bytes(view: c.rundruf_view) []const u8 {
    return if (view.len == 0) "" else view.ptr[0..view.len];
}

fn viewOf(text: []const u8) c.rundruf_view {
    return .{ .ptr = text.ptr, .len = text.len };
}

/// Arrays are indexed by their stride: a newer host may have longer elements.
fn element(comptime T: type, first: [*c]const T, stride: usize, n: usize) *const T {
    return @ptrFromInt(@intFromPtr(first) + n * stride);
}

/// The text for one recipient: literals, and the recipient's values for the variables.
fn fill(out: *std.Io.Writer, template: *const c.rundruf_template, to: *const c.rundruf_recipient) !void {
    for (0..template.count) |n| {
        const segment = element(c.rundruf_segment, template.segments, template.stride, n);
        try out.writeAll(bytes(segment.literal));
        if (segment.@"var" != c.RUNDRUF_NO_VAR and segment.@"var" < to.var_count)
            try out.writeAll(bytes(to.vars[segment.@"var"]));
    }
}

/// The complete request, allocated in the arena.
fn writeRequest(arena: std.mem.Allocator, s: *const settings.Settings, content: *const c.rundruf_content, to: *const c.rundruf_recipient) ![]const u8 {
    var subject: std.Io.Writer.Allocating = .init(arena);
    var text: std.Io.Writer.Allocating = .init(arena);
    try fill(&subject.writer, &content.subject, to);
    try fill(&text.writer, &content.text, to);
    const id = std.fmt.bytesToHex(to.message_id, .lower);
    const body = try std.json.Stringify.valueAlloc(arena, .{
        .id = @as([]const u8, &id),
        .channel = bytes(content.channel),
        .to = bytes(to.address),
        .subject = subject.written(),
        .text = text.written(),
    }, .{});
    var request: std.Io.Writer.Allocating = .init(arena);
    try request.writer.print("POST {s} HTTP/1.1\r\nHost: {s}:{d}\r\n", .{ s.path, s.host, s.port });
    try request.writer.print("Authorization: Bearer {s}\r\nIdempotency-Key: {s}\r\n", .{ s.token, &id });
    try request.writer.print("Content-Type: application/json\r\nContent-Length: {d}\r\n\r\n{s}", .{ body.len, body });
    return request.written();
}

/// The outcome of an answer. If the answer leaves open whether the message was sent, the outcome is "maybe sent".
fn outcomeCode(status: u16) c.rundruf_outcome_code {
    return switch (status) {
        200...299 => c.RUNDRUF_OUTCOME_CODE_SENT,
        300...399 => c.RUNDRUF_OUTCOME_CODE_UNSUPPORTED,
        401, 403 => c.RUNDRUF_OUTCOME_CODE_ACCOUNT_AUTH,
        402 => c.RUNDRUF_OUTCOME_CODE_ACCOUNT_CREDIT,
        404, 410 => c.RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT,
        429 => c.RUNDRUF_OUTCOME_CODE_ACCOUNT_RATE,
        503 => c.RUNDRUF_OUTCOME_CODE_RETRY,
        400, 405...409, 411...428, 430...499 => c.RUNDRUF_OUTCOME_CODE_BAD_CONTENT,
        else => c.RUNDRUF_OUTCOME_CODE_MAYBE_SENT,
    };
}

/// Completes one message. Its batch may be invalid afterwards.
fn finish(this: *Instance, outcome: c.rundruf_outcome) void {
    _ = c.mtx_lock(&this.lock);
    this.accepted -= 1; // before the host is told: it may submit more at once, and must not get "busy"
    const ready = this.was_busy;
    this.was_busy = false;
    _ = c.mtx_unlock(&this.lock);
    _ = this.host.complete.?(this.host.ctx, &outcome, 1, @sizeOf(c.rundruf_outcome));
    if (ready) if (this.host.ready) |notify| notify(this.host.ctx);
}

fn deliver(this: *Worker, message: Message) void {
    const batch = message.batch;
    const to = element(c.rundruf_recipient, batch.recipients, batch.stride, message.index);
    var outcome: c.rundruf_outcome = .{ .batch = batch.id, .index = @intCast(message.index) };
    var arena: std.heap.ArenaAllocator = .init(allocator);
    defer arena.deinit(); // after the host has read what the outcome points to
    var detail: [64]u8 = undefined;
    if (batch.deadline_ms != 0 and unixMs() > batch.deadline_ms) {
        outcome.code = c.RUNDRUF_OUTCOME_CODE_EXPIRED;
    } else if (to.address.len == 0 or to.address.len > max_address) {
        outcome.code = c.RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT;
        outcome.detail = viewOf("the address is empty or too long");
    } else if (batch.content.*.attachment_count > 0) {
        outcome.code = c.RUNDRUF_OUTCOME_CODE_UNSUPPORTED;
        outcome.detail = viewOf("no attachments");
    } else if (writeRequest(arena.allocator(), &this.owner.config.value, batch.content, to)) |request| {
        switch (this.connection.exchange(request)) {
            .not_sent => {
                outcome.code = c.RUNDRUF_OUTCOME_CODE_RETRY;
                outcome.detail = viewOf("the endpoint cannot be reached");
            },
            .in_doubt => {
                outcome.code = c.RUNDRUF_OUTCOME_CODE_MAYBE_SENT;
                outcome.detail = viewOf("no answer from the endpoint");
            },
            .answered => |response| {
                outcome.code = outcomeCode(response.status);
                outcome.remote_code = response.status;
                outcome.retry_after_ms = @min(response.retry_after_s, 24 * 3600) * 1000;
                // The endpoint may return an id: {"id": "…"}.
                const Reply = struct { id: []const u8 = "" };
                const reply = std.json.parseFromSliceLeaky(Reply, arena.allocator(), response.body, .{ .ignore_unknown_fields = true });
                if (reply) |n| outcome.remote_id = viewOf(n.id) else |_| {}
                outcome.detail = viewOf(std.fmt.bufPrint(&detail, "the endpoint answered {d}", .{response.status}) catch "");
            },
        }
    } else |_| {
        outcome.code = c.RUNDRUF_OUTCOME_CODE_RETRY;
        outcome.detail = viewOf("no memory for the request");
    }
    finish(this.owner, outcome);
}

fn unixMs() i64 {
    var time: c.struct_timespec = undefined;
    _ = c.timespec_get(&time, c.TIME_UTC);
    return @as(i64, time.tv_sec) * 1000 + @divTrunc(time.tv_nsec, 1_000_000);
}

// --- workers ---------------------------------------------------------------------------------------------------------------------

/// The next message; null after the last one.
fn nextMessage(this: *Instance) ?Message {
    _ = c.mtx_lock(&this.lock);
    defer _ = c.mtx_unlock(&this.lock);
    while (this.first == null and !this.closing) _ = c.cnd_wait(&this.work_added, &this.lock);
    const job = this.first orelse return null;
    const message = Message{ .batch = job.batch, .index = job.next_index };
    job.next_index += 1;
    if (job.next_index == job.batch.count) {
        this.first = job.next;
        allocator.destroy(job);
    }
    return message;
}

fn work(context: ?*anyopaque) callconv(.c) c_int {
    const this: *Worker = @ptrCast(@alignCast(context));
    while (nextMessage(this.owner)) |message| deliver(this, message);
    this.connection.close();
    _ = c.mtx_lock(&this.owner.lock);
    this.owner.running -= 1;
    _ = c.cnd_signal(&this.owner.worker_ended);
    _ = c.mtx_unlock(&this.owner.lock);
    return 0;
}

/// Completes the messages that were not begun as "untouched".
fn returnUnsent(this: *Instance) void {
    _ = c.mtx_lock(&this.lock);
    var next = this.first;
    this.first = null;
    _ = c.mtx_unlock(&this.lock);
    while (next) |job| {
        next = job.next;
        const id = job.batch.id;
        const count = job.batch.count;
        for (job.next_index..count) |n|
            finish(this, .{ .batch = id, .index = @intCast(n), .code = c.RUNDRUF_OUTCOME_CODE_UNTOUCHED });
        allocator.destroy(job);
    }
}

// --- the table -------------------------------------------------------------------------------------------------------------------

fn refuse(sink: [*c]c.rundruf_sink, why: []const u8, status: c.rundruf_status) c.rundruf_status {
    if (sink != null) if (sink.*.write) |write| {
        _ = write(sink.*.ctx, why.ptr, why.len);
    };
    return status;
}

fn open(host: [*c]const c.rundruf_host_table, args: [*c]const c.rundruf_open_args, out: [*c]?*anyopaque, sink: [*c]c.rundruf_sink) callconv(.c) c.rundruf_status {
    if (host == null or args == null or out == null) return c.RUNDRUF_STATUS_NULL_POINTER;
    var why: []const u8 = "";
    const config = settings.read(allocator, bytes(args.*.config), &why) orelse return refuse(sink, why, c.RUNDRUF_STATUS_BAD_CONFIG);
    const this = create(host, args, config) catch {
        config.deinit();
        return refuse(sink, "no memory, no descriptor or no address", c.RUNDRUF_STATUS_FAILED);
    };
    for (this.workers, 0..) |*worker, n| {
        this.running = n + 1; // read only after the first message
        if (c.thrd_create(&worker.thread, work, worker) != c.thrd_success) {
            this.running = n;
            shutDown(this, n);
            return refuse(sink, "no thread left", c.RUNDRUF_STATUS_FAILED);
        }
    }
    out.* = this;
    const log = host.*.log orelse return c.RUNDRUF_STATUS_OK; // only `complete` is always present in the host's table
    var line: [128]u8 = undefined;
    const text = std.fmt.bufPrint(&line, "sends to {s} port {d} by {d} connections", .{ config.value.host, config.value.port, this.workers.len }) catch "";
    log(host.*.ctx, c.RUNDRUF_LOG_LEVEL_INFO, viewOf("example-zig"), viewOf(text));
    return c.RUNDRUF_STATUS_OK;
}

fn create(host: *const c.rundruf_host_table, args: *const c.rundruf_open_args, config: std.json.Parsed(settings.Settings)) !*Instance {
    var port: [8:0]u8 = @splat(0);
    _ = try std.fmt.bufPrint(&port, "{d}", .{config.value.port});
    const hints: c.struct_addrinfo = .{ .ai_flags = c.AI_NUMERICHOST | c.AI_NUMERICSERV, .ai_socktype = c.SOCK_STREAM };
    var found: [*c]c.struct_addrinfo = null;
    if (c.getaddrinfo(config.value.host, &port, &hints, &found) != 0) return error.Address;
    defer c.freeaddrinfo(found);
    const this = try allocator.create(Instance);
    errdefer allocator.destroy(this);
    const workers = try allocator.alloc(Worker, std.math.clamp(args.threads, 1, max_workers));
    errdefer allocator.free(workers);
    this.* = .{ .host = host, .config = config, .window = @max(args.window, 1), .workers = workers, .stop = undefined };
    if (c.pipe(&this.stop) != 0) return error.Descriptors;
    _ = c.mtx_init(&this.lock, c.mtx_plain);
    _ = c.cnd_init(&this.work_added);
    _ = c.cnd_init(&this.worker_ended);
    for (workers) |*worker| {
        worker.* = .{ .owner = this, .connection = .{
            .address = undefined,
            .address_length = found.*.ai_addrlen,
            .timeout_ms = @as(i64, config.value.timeout_s) * 1000,
            .stop = this.stop[0],
        } };
        const address: [*]const u8 = @ptrCast(found.*.ai_addr);
        @memcpy(std.mem.asBytes(&worker.connection.address)[0..found.*.ai_addrlen], address[0..found.*.ai_addrlen]);
    }
    return this;
}

fn submit(self: ?*anyopaque, given: [*c]const c.rundruf_batch) callconv(.c) c.rundruf_status {
    const this: *Instance = @ptrCast(@alignCast(self orelse return c.RUNDRUF_STATUS_NULL_POINTER));
    const batch: *const c.rundruf_batch = given orelse return c.RUNDRUF_STATUS_NULL_POINTER;
    // A host of another version has longer or shorter structs: only what the first version had is sure to be there. Until version 1 both are the same.
    if (batch.size < @sizeOf(c.rundruf_batch) or batch.content == null or batch.content.*.size < @sizeOf(c.rundruf_content) or
        batch.recipients == null or batch.count == 0 or batch.count > max_batch or
        batch.stride < @sizeOf(c.rundruf_recipient)) return c.RUNDRUF_STATUS_BAD_ARGUMENT;
    // Something that must be understood and is not: it must not go out as plain text.
    if (((batch.flags | batch.content.*.flags) & c.RUNDRUF_MUST_UNDERSTAND) != 0) return c.RUNDRUF_STATUS_UNSUPPORTED;
    const job = allocator.create(Job) catch return c.RUNDRUF_STATUS_FAILED;
    job.* = .{ .batch = batch };
    _ = c.mtx_lock(&this.lock);
    defer _ = c.mtx_unlock(&this.lock);
    if (this.draining or (this.accepted > 0 and this.accepted + batch.count > this.window)) {
        allocator.destroy(job);
        if (this.draining) return c.RUNDRUF_STATUS_CLOSED;
        this.was_busy = true; // `finish` reports "ready"
        return c.RUNDRUF_STATUS_BUSY;
    }
    // Urgent messages come first; the order is kept otherwise.
    var position = &this.first;
    while (position.*) |other| {
        if (other.batch.priority < batch.priority) break;
        position = &other.next;
    }
    job.next = position.*;
    position.* = job;
    this.accepted += batch.count;
    _ = c.cnd_broadcast(&this.work_added);
    return c.RUNDRUF_STATUS_OK;
}

fn drain(self: ?*anyopaque, within_ms: u64) callconv(.c) c.rundruf_status {
    const this: *Instance = @ptrCast(@alignCast(self orelse return c.RUNDRUF_STATUS_NULL_POINTER));
    _ = c.mtx_lock(&this.lock);
    this.draining = true;
    _ = c.timespec_get(&this.deadline, c.TIME_UTC);
    this.deadline.tv_sec += @intCast(@min(within_ms / 1000, 3600));
    _ = c.mtx_unlock(&this.lock);
    returnUnsent(this);
    return c.RUNDRUF_STATUS_OK;
}

fn close(self: ?*anyopaque) callconv(.c) void {
    const this: *Instance = @ptrCast(@alignCast(self orelse return));
    shutDown(this, this.workers.len);
}

/// Messages in flight are finished until the deadline of the drain; then they are cancelled, and their outcome is unknown.
fn shutDown(this: *Instance, threads: usize) void {
    if (!this.draining) _ = drain(this, 10_000);
    _ = c.mtx_lock(&this.lock);
    this.closing = true;
    _ = c.cnd_broadcast(&this.work_added);
    while (this.running > 0 and c.cnd_timedwait(&this.worker_ended, &this.lock, &this.deadline) == c.thrd_success) {}
    _ = c.mtx_unlock(&this.lock);
    _ = c.close(this.stop[1]);
    for (this.workers[0..threads]) |*worker| _ = c.thrd_join(worker.thread, null);
    _ = c.close(this.stop[0]);
    c.cnd_destroy(&this.worker_ended);
    c.cnd_destroy(&this.work_added);
    c.mtx_destroy(&this.lock);
    allocator.free(this.workers);
    this.config.deinit();
    allocator.destroy(this);
}

const table: c.rundruf_transport_table = .{
    .size = @sizeOf(c.rundruf_transport_table),
    .open = open,
    .submit = submit,
    .drain = drain,
    .close = close,
};

const descriptor: c.rundruf_descriptor = .{
    .size = @sizeOf(c.rundruf_descriptor),
    .id = viewOf("rundruf-example-zig"),
    .version = viewOf("0.1.0"),
    .table = &table,
};

const entry: c.rundruf_entry = .{
    .magic = c.RUNDRUF_MAGIC,
    .abi = .{ .major = c.RUNDRUF_ABI_MAJOR, .minor = c.RUNDRUF_ABI_MINOR },
    .size = @sizeOf(c.rundruf_entry),
    .toolchain = viewOf("Zig"),
    .descriptor = &descriptor,
};

export fn rundruf_plugin_v1() *const c.rundruf_entry {
    return &entry;
}
