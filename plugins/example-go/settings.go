package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// settings is what the admin wrote under [transports.NAME.config]. The daemon has checked it against the schema in manifest.json;
// they are checked here again for callers without a daemon, such as tests.
type settings struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Path     string `json:"path"`
	Token    string `json:"token"`
	TimeoutS int    `json:"timeout_s"`
}

func readSettings(text []byte) (settings, error) {
	s := settings{Host: "127.0.0.1", Path: "/messages", TimeoutS: 10}
	reader := json.NewDecoder(bytes.NewReader(text))
	reader.DisallowUnknownFields()
	if err := reader.Decode(&s); err != nil {
		return s, err
	}
	hasBlank := func(text string) bool {
		return strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) >= 0
	}
	switch {
	case s.Host != "127.0.0.1" && s.Host != "::1":
		return s, errors.New("`host` must be `127.0.0.1` or `::1`: without TLS nothing may leave this machine")
	case s.Port < 1 || s.Port > 65535:
		return s, errors.New("`port` must be a number from 1 to 65535")
	case !strings.HasPrefix(s.Path, "/") || hasBlank(s.Path):
		return s, errors.New("`path` must be a text without blanks that begins with `/`")
	case s.Token == "" || hasBlank(s.Token):
		return s, errors.New("`token` must be a text without blanks")
	case s.TimeoutS < 1 || s.TimeoutS > 600:
		return s, errors.New("`timeout_s` must be a number from 1 to 600")
	}
	return s, nil
}
