// A complete transport in Go: POSTs each message to an HTTP endpoint on this machine, such as the gateway of a provider.
//
// goSubmit only queues messages. Workers take one after the other and complete each exactly once.
package main

// #cgo CFLAGS: -std=c11 -Wall -fvisibility=hidden
// #include "bridge.h"
import "C"

import (
	"context"
	"fmt"
	"runtime/cgo"
	"sync"
	"time"
	"unsafe"
)

const maxBatch = 256 // as manifest.json says

// queuedMessage is an index of a batch. The batch stays valid until its last index is completed.
type queuedMessage struct {
	batch *C.rundruf_batch
	index int
}

// instance is one [transports.NAME] of the settings.
type instance struct {
	host     *C.rundruf_host_table // lives until close has returned
	window   int
	endpoint *endpoint
	// Both have room for the whole window, so that submitting never blocks.
	urgent, bulk chan queuedMessage
	workers      sync.WaitGroup
	cancel       context.CancelFunc // ends requests in flight

	lock     sync.Mutex // guards the fields below; never held while calling the host
	accepted int        // messages without an outcome
	wasBusy  bool
	draining bool
	deadline time.Time // of the drain
}

func instanceOf(handle C.uintptr_t) *instance {
	return cgo.Handle(handle).Value().(*instance)
}

// pointer to the bytes of a text, valid for one call.
func pointer(text string) (unsafe.Pointer, C.size_t) {
	if text == "" {
		return nil, 0
	}
	bytes := []byte(text)
	return unsafe.Pointer(&bytes[0]), C.size_t(len(bytes))
}

func text(view C.rundruf_view) string {
	return C.GoStringN((*C.char)(unsafe.Pointer(view.ptr)), C.int(view.len))
}

// element n of an array. Arrays are indexed by their stride: a newer host may have longer elements.
func element[T any](first *T, stride C.size_t, n int) *T {
	return (*T)(unsafe.Add(unsafe.Pointer(first), uintptr(stride)*uintptr(n)))
}

// fill makes the text for one recipient: literals, and the recipient's values for the variables.
func fill(template *C.rundruf_template, to *C.rundruf_recipient) string {
	out := ""
	for n := 0; n < int(template.count); n++ {
		segment := element(template.segments, template.stride, n)
		out += text(segment.literal)
		if segment._var != C.RUNDRUF_NO_VAR && C.size_t(segment._var) < to.var_count {
			out += text(*element(to.vars, C.size_t(unsafe.Sizeof(*to.vars)), int(segment._var)))
		}
	}
	return out
}

// finish completes one message. Its batch may be invalid afterwards.
func (this *instance) finish(m queuedMessage, o outcome) {
	batch := m.batch.id
	this.lock.Lock()
	this.accepted-- // before the host is told: it may submit more at once, and must not get "busy"
	ready := this.wasBusy
	this.wasBusy = false
	this.lock.Unlock()
	id, idLength := pointer(o.remoteID)
	detail, detailLength := pointer(o.detail)
	C.bridge_complete(this.host, batch, C.uint32_t(m.index), C.uint16_t(o.code), C.uint32_t(o.retryAfter.Milliseconds()),
		C.int32_t(o.status), id, idLength, detail, detailLength)
	if ready {
		C.bridge_ready(this.host)
	}
}

func (this *instance) deliver(ctx context.Context, m queuedMessage) {
	result := outcome{code: C.RUNDRUF_OUTCOME_CODE_INTERNAL, detail: "internal error"}
	defer func() {
		_ = recover() // a panic fails one message, which is reported; the others go on
		this.finish(m, result)
	}()
	content := m.batch.content
	own := C.bridge_recipient(m.batch, C.size_t(m.index))
	to := &own
	this.lock.Lock()
	draining := this.draining
	this.lock.Unlock()
	switch {
	case draining:
		result = outcome{code: C.RUNDRUF_OUTCOME_CODE_UNTOUCHED}
	case m.batch.deadline_ms != 0 && time.Now().UnixMilli() > int64(m.batch.deadline_ms):
		result = outcome{code: C.RUNDRUF_OUTCOME_CODE_EXPIRED}
	case to.address.len == 0 || to.address.len > 320:
		result = outcome{code: C.RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT, detail: "the address is empty or too long"}
	case content.attachment_count > 0:
		result = outcome{code: C.RUNDRUF_OUTCOME_CODE_UNSUPPORTED, detail: "no attachments"}
	default:
		id := C.GoBytes(unsafe.Pointer(&to.message_id[0]), 16)
		result = this.endpoint.post(ctx, message{
			ID: fmt.Sprintf("%x", id), Channel: text(content.channel), To: text(to.address),
			Subject: fill(&content.subject, to), Text: fill(&content.text, to),
		})
	}
}

// work takes messages, urgent ones first, until both queues are closed.
func (this *instance) work(ctx context.Context) {
	defer this.workers.Done()
	for {
		select {
		case m, more := <-this.urgent:
			if more {
				this.deliver(ctx, m)
				continue
			}
		default:
		}
		select {
		case m, more := <-this.urgent:
			if !more {
				for m := range this.bulk {
					this.deliver(ctx, m)
				}
				return
			}
			this.deliver(ctx, m)
		case m, more := <-this.bulk:
			if more {
				this.deliver(ctx, m)
			} else if m, more := <-this.urgent; more { // the other queue is closed: take what it still holds
				this.deliver(ctx, m)
			} else {
				return
			}
		}
	}
}

//export goOpen
func goOpen(host *C.rundruf_host_table, args *C.rundruf_open_args, out *C.uintptr_t, sink *C.rundruf_sink) C.rundruf_status {
	config, err := readSettings([]byte(text(args.config)))
	if err != nil {
		message, length := pointer(err.Error())
		C.bridge_write(sink, message, length)
		return C.RUNDRUF_STATUS_BAD_CONFIG
	}
	window, workers := int(args.window), int(args.threads)
	if window < 1 {
		window = 1
	}
	if workers < 1 {
		workers = 1
	}
	room := window + maxBatch
	ctx, cancel := context.WithCancel(context.Background())
	this := &instance{
		host: host, window: window, endpoint: newEndpoint(config, workers), cancel: cancel,
		urgent: make(chan queuedMessage, room), bulk: make(chan queuedMessage, room),
	}
	this.workers.Add(workers)
	for n := 0; n < workers; n++ {
		go this.work(ctx)
	}
	line, length := pointer(fmt.Sprintf("sends to %s port %d by %d connections", config.Host, config.Port, workers))
	C.bridge_log(host, C.RUNDRUF_LOG_LEVEL_INFO, line, length)
	*out = C.uintptr_t(cgo.NewHandle(this))
	return C.RUNDRUF_STATUS_OK
}

//export goSubmit
func goSubmit(self C.uintptr_t, batch *C.rundruf_batch) C.rundruf_status {
	this, count := instanceOf(self), int(batch.count)
	if C.bridge_is_readable(batch) == 0 || count < 1 || count > maxBatch {
		return C.RUNDRUF_STATUS_BAD_ARGUMENT
	}
	// Something that must be understood and is not: it must not go out as plain text.
	if (batch.flags|batch.content.flags)&C.RUNDRUF_MUST_UNDERSTAND != 0 {
		return C.RUNDRUF_STATUS_UNSUPPORTED
	}
	this.lock.Lock()
	defer this.lock.Unlock()
	if this.draining {
		return C.RUNDRUF_STATUS_CLOSED
	}
	if this.accepted > 0 && this.accepted+count > this.window {
		this.wasBusy = true // finish reports "ready"
		return C.RUNDRUF_STATUS_BUSY
	}
	this.accepted += count
	queue := this.bulk
	if batch.priority > 0 {
		queue = this.urgent
	}
	for n := 0; n < count; n++ {
		queue <- queuedMessage{batch, n}
	}
	return C.RUNDRUF_STATUS_OK
}

//export goDrain
func goDrain(self C.uintptr_t, withinMs C.uint64_t) C.rundruf_status {
	instanceOf(self).drain(time.Duration(withinMs) * time.Millisecond)
	return C.RUNDRUF_STATUS_OK
}

// drain gives back the messages that were not begun, even while every worker waits for an answer.
func (this *instance) drain(within time.Duration) {
	this.lock.Lock()
	defer this.lock.Unlock()
	if this.draining {
		return
	}
	this.draining = true
	this.deadline = time.Now().Add(within)
	this.workers.Add(1)
	go func() {
		defer this.workers.Done()
		for {
			select {
			case m, more := <-this.urgent:
				if !more {
					return
				}
				this.finish(m, outcome{code: C.RUNDRUF_OUTCOME_CODE_UNTOUCHED})
			case m, more := <-this.bulk:
				if !more {
					return
				}
				this.finish(m, outcome{code: C.RUNDRUF_OUTCOME_CODE_UNTOUCHED})
			default:
				return
			}
		}
	}()
}

// goClose finishes messages in flight until the deadline of the drain; then they are cancelled, and their outcome is unknown.
//
//export goClose
func goClose(self C.uintptr_t) {
	this := instanceOf(self)
	this.drain(10 * time.Second)
	close(this.urgent)
	close(this.bulk)
	end := time.AfterFunc(time.Until(this.deadline), this.cancel)
	this.workers.Wait()
	end.Stop()
	this.cancel()
	this.endpoint.client.CloseIdleConnections()
	cgo.Handle(self).Delete()
}

func main() {}
