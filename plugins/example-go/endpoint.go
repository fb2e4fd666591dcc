package main

// #include "bridge.h"
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"
)

// message is the JSON body for the endpoint.
type message struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	To      string `json:"to"`
	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// outcome is the result for one message.
type outcome struct {
	code       C.rundruf_outcome_code
	status     int
	retryAfter time.Duration
	remoteID   string
	detail     string
}

type endpoint struct {
	url, token string
	client     http.Client
}

func newEndpoint(s settings, connections int) *endpoint {
	return &endpoint{
		url:   "http://" + net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) + s.Path,
		token: s.Token,
		client: http.Client{
			Timeout: time.Duration(s.TimeoutS) * time.Second,
			// No proxy: the address is one of this machine.
			Transport: &http.Transport{MaxIdleConnsPerHost: connections, IdleConnTimeout: time.Minute, DisableCompression: true},
			// No redirects: a message goes only to the configured endpoint.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (e *endpoint) post(ctx context.Context, m message) outcome {
	body, err := json.Marshal(m)
	if err != nil {
		return outcome{code: C.RUNDRUF_OUTCOME_CODE_BAD_CONTENT, detail: "the message is not JSON"}
	}
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }})
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return outcome{code: C.RUNDRUF_OUTCOME_CODE_UNSUPPORTED, detail: err.Error()}
	}
	request.Header.Set("Authorization", "Bearer "+e.token)
	request.Header.Set("Content-Type", "application/json")
	// Not by Set: under its canonical name, net/http takes this header as permission to repeat the request.
	request.Header["idempotency-key"] = []string{m.ID}
	response, err := e.client.Do(request)
	if err != nil && connected.Load() {
		return outcome{code: C.RUNDRUF_OUTCOME_CODE_MAYBE_SENT, detail: "no answer from the endpoint"}
	}
	if err != nil {
		return outcome{code: C.RUNDRUF_OUTCOME_CODE_RETRY, detail: "the endpoint cannot be reached"}
	}
	defer response.Body.Close()
	// The endpoint may return an id: {"id": "…"}. The status decides the outcome; a missing body does not change it.
	var reply struct{ ID string }
	content, _ := io.ReadAll(io.LimitReader(response.Body, 64*1024))
	_ = json.Unmarshal(content, &reply)
	retryAfter, _ := strconv.Atoi(response.Header.Get("Retry-After")) // a date is not a number: ignored
	if retryAfter < 0 || retryAfter > 24*3600 {
		retryAfter = 24 * 3600
	}
	return outcome{
		code: outcomeCode(response.StatusCode), status: response.StatusCode, retryAfter: time.Duration(retryAfter) * time.Second,
		remoteID: reply.ID, detail: fmt.Sprintf("the endpoint answered %d", response.StatusCode),
	}
}

// outcomeCode for an HTTP status. If the answer leaves open whether the message was sent, the outcome is "maybe sent".
func outcomeCode(status int) C.rundruf_outcome_code {
	switch {
	case status == 401 || status == 403:
		return C.RUNDRUF_OUTCOME_CODE_ACCOUNT_AUTH
	case status == 402:
		return C.RUNDRUF_OUTCOME_CODE_ACCOUNT_CREDIT
	case status == 404 || status == 410:
		return C.RUNDRUF_OUTCOME_CODE_BAD_RECIPIENT
	case status == 429:
		return C.RUNDRUF_OUTCOME_CODE_ACCOUNT_RATE
	case status == 503:
		return C.RUNDRUF_OUTCOME_CODE_RETRY
	case status/100 == 2:
		return C.RUNDRUF_OUTCOME_CODE_SENT
	case status/100 == 3:
		return C.RUNDRUF_OUTCOME_CODE_UNSUPPORTED
	case status/100 == 4:
		return C.RUNDRUF_OUTCOME_CODE_BAD_CONTENT
	default:
		return C.RUNDRUF_OUTCOME_CODE_MAYBE_SENT
	}
}
