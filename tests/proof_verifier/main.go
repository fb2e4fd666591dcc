// Checks a proof of consent with Go's own packages for signed notes and transparent logs: no code of ours.
//
//	go run main.go FOLDER KEY-FILE
//
// Without changes it prints VALID. Then it changes every byte of the manifest and the checkpoint, and some of every other file, and counts.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof map[string][]byte

func load(folder string) (proof, error) {
	files := proof{}
	return files, filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		name, _ := filepath.Rel(folder, path)
		files[name], err = os.ReadFile(path)
		return err
	})
}

// open returns the text of a note that has the key's signature in its one form and nothing else.
func open(bytes []byte, key note.Verifier) (string, error) {
	n, err := note.Open(bytes, note.VerifierList(key))
	if err != nil {
		return "", err
	}
	sig := n.Sigs[0]
	data, err := base64.StdEncoding.Strict().DecodeString(sig.Base64)
	if err != nil || len(n.Sigs) != 1 || n.Text+"\n\u2014 "+key.Name()+" "+base64.StdEncoding.EncodeToString(data)+"\n" != string(bytes) {
		return "", errors.New("something beside the signature")
	}
	return n.Text, nil
}

func check(files proof, key note.Verifier) error {
	manifest, err := open(files["MANIFEST.sha256"], key)
	if err != nil {
		return err
	}
	named := 1
	for _, line := range strings.Split(strings.TrimSuffix(manifest, "\n"), "\n")[3:] {
		digest, name, _ := strings.Cut(line, "  ")
		sum := sha256.Sum256(files[name])
		if hex.EncodeToString(sum[:]) != digest {
			return fmt.Errorf("%s was changed", name)
		}
		named++
	}
	if named != len(files) {
		return errors.New("a file more or less")
	}
	checkpoint, err := open(files["checkpoint"], key)
	if err != nil {
		return err
	}
	lines := strings.Split(checkpoint, "\n")
	size, _ := strconv.ParseInt(lines[1], 10, 64)
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return err
	}
	body := strings.TrimSpace(string(files["record.json"]))
	for i, record := range strings.Split(strings.TrimSpace(body[1:len(body)-1]), ",\n") {
		blind, err := hex.DecodeString(strings.TrimSpace(string(files[fmt.Sprintf("proofs/%d.blind", i+1)])))
		if err != nil {
			return err
		}
		mac := hmac.New(sha256.New, blind)
		mac.Write([]byte(record))
		leaf := tlog.RecordHash(append([]byte{1}, mac.Sum(nil)...))
		head, _, _ := strings.Cut(string(files[fmt.Sprintf("proofs/%d.tlog-proof", i+1)]), "\n\n")
		path := strings.Split(head, "\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(path[1], "index "), 10, 64)
		if err != nil {
			return err
		}
		var hashes tlog.RecordProof
		for _, line := range path[2:] {
			hash, err := tlog.ParseHash(line)
			if err != nil {
				return err
			}
			hashes = append(hashes, hash)
		}
		if err := tlog.CheckRecord(hashes, size, root, index, leaf); err != nil {
			return fmt.Errorf("record %d: %w", i+1, err)
		}
	}
	return nil
}

func main() {
	files, err := load(os.Args[1])
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	key, err := note.NewVerifier(strings.TrimSpace(string(text)))
	if err != nil {
		fmt.Println(err)
		os.Exit(2)
	}
	if err := check(files, key); err != nil {
		fmt.Println("INVALID:", err)
		os.Exit(1)
	}
	changed, accepted := 0, 0
	for name, good := range files {
		step := 29
		if name == "MANIFEST.sha256" || name == "checkpoint" {
			step = 1
		}
		for at := 0; at < len(good); at += step {
			bent := append([]byte{}, good...)
			bent[at] ^= []byte{1, 255, 32}[at%3]
			files[name] = bent
			changed++
			if check(files, key) == nil {
				accepted++
				fmt.Println("accepted:", name, at)
			}
		}
		files[name] = good
	}
	fmt.Printf("VALID; %d changed bytes refused, %d accepted\n", changed-accepted, accepted)
	if accepted > 0 {
		os.Exit(1)
	}
}
