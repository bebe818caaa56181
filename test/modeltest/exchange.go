package modeltest

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// marked is where something is put into a document that no encoder would write.
const marked = "(marked)"

// hugeBytes is the length of the piece of Huge.
const hugeBytes = 8 << 20

// answer is what a wire puts into its own form.
type answer struct {
	call Call
	text string
	stop string // "end", "length", "refuse", "decline"; "" for none
}

func (a answer) tokens() (input, output int) {
	return Tokens(a.call.Instructions) + Tokens(a.call.Text), Tokens(a.text)
}

// exchange is one call and its answer.
type exchange struct {
	w     http.ResponseWriter
	wire  wire
	call  Call
	reply Reply
	// stop waits, and tells whether the caller or the test ended meanwhile.
	stop func(time.Duration) bool
}

const forever = 24 * time.Hour

func (e *exchange) answer() {
	if e.stop(e.reply.Delay) {
		return
	}
	switch e.reply.Fault {
	case CutFirst:
		panic(http.ErrAbortHandler) // Closes the connection.
	case StallFirst:
		e.stop(forever)
		return
	case WrongType:
		e.w.Header().Set("Content-Type", "text/html")
		_, _ = e.w.Write([]byte("<html><body>Welcome to our network. Please log in.</body></html>"))
		return
	case Redirect:
		http.Redirect(e.w, &http.Request{Method: http.MethodPost}, "http://127.0.0.1:9/elsewhere", http.StatusTemporaryRedirect)
		return
	}
	fault := e.reply.Fault
	if p, ok := e.wire.problem(fault); ok && (!e.call.Streamed || fault != Break) {
		if e.reply.RetryAfter > 0 {
			e.w.Header().Set("Retry-After", strconv.Itoa(e.reply.RetryAfter))
		}
		if fault == Reject || fault == Break { // As servers do that say what they could not use.
			p.message += " Got: " + e.call.Text
		}
		e.wire.error(e.w, p)
		return
	}
	a := e.finished()
	if e.call.Streamed {
		e.stream(a)
	} else {
		e.whole(a)
	}
}

// finished is the answer as the model would have it.
func (e *exchange) finished() answer {
	a := answer{call: e.call, text: e.reply.Text, stop: "end"}
	if a.text == "" {
		a.text = Answer(e.call.Text)
	}
	if limit := 4 * e.call.MaxTokens; len(a.text) > limit {
		for !utf8.RuneStart(a.text[limit]) {
			limit--
		}
		a.text, a.stop = a.text[:limit], "length"
	}
	switch e.reply.Fault {
	case Refuse:
		a.text, a.stop = "This is blocked.", "refuse"
	case Decline:
		a.text, a.stop = "", "decline"
	case Empty:
		a.text = ""
	case Unstopped:
		a.stop = ""
	case BadUTF8, Babble:
		a.text += marked
	case Huge:
		a.text = strings.Repeat("a", hugeBytes)
	}
	return a
}

func (e *exchange) whole(a answer) {
	contentType, body := e.wire.whole(a)
	before, after, _ := bytes.Cut(body, []byte(marked))
	half := body[:len(body)/2]
	e.w.Header().Set("Content-Type", contentType)
	switch e.reply.Fault {
	case BadUTF8:
		e.write(before, []byte("\xff\xfe"), after)
	case Babble:
		e.write(before)
		for e.write(bytes.Repeat([]byte("bla "), 4096)) {
		}
	case Cut:
		e.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		e.write(half)
		panic(http.ErrAbortHandler)
	case Stall:
		e.write(half)
		e.stop(forever)
	case EndEarly, Malformed:
		e.write(half)
	default:
		e.write(body)
	}
}

func (e *exchange) stream(a answer) {
	e.w.Header().Set("Content-Type", e.wire.streamType())
	if e.reply.Fault == ThrottleFirst {
		e.write(e.wire.failed(Throttle))
		return
	}
	e.write(e.wire.first(a))
	if e.reply.Fault == Decline {
		a.text = "I would rather not." // On a stream, a refusal is in pieces too.
	}
	text, bad := strings.CutSuffix(a.text, marked)
	size := e.reply.PieceBytes
	if size == 0 {
		size = 16
	}
	if e.reply.Fault == Huge {
		size = len(text)
	}
	for begin := 0; begin < len(text); {
		end := min(begin+size, len(text))
		for end < len(text) && !utf8.RuneStart(text[end]) {
			end++
		}
		if begin > 0 && e.stop(e.reply.Gap) || !e.write(e.wire.piece(a, text[begin:end])) {
			return
		}
		if end >= len(text)/2 && e.halfway(a) {
			return
		}
		begin = end
	}
	for e.reply.Fault == Babble && e.write(e.wire.piece(a, "bla bla bla bla ")) {
	}
	if e.reply.Fault == BadUTF8 && bad {
		e.write(bytes.Replace(e.wire.piece(a, marked), []byte(marked), []byte("\xff\xfe"), 1))
	}
	e.last(a)
}

// halfway does what goes wrong there, and tells whether that was the end.
func (e *exchange) halfway(a answer) bool {
	switch e.reply.Fault {
	case EndEarly:
	case Cut:
		next := e.wire.piece(a, "the rest of it")
		e.write(next[:len(next)/2])
		panic(http.ErrAbortHandler)
	case Stall:
		e.stop(forever)
	case Break:
		e.write(e.wire.failed(Break))
	case ThrottleLater:
		e.write(e.wire.failed(Throttle))
	case Malformed:
		e.write(e.wire.malformed())
	default:
		return false
	}
	return true
}

func (e *exchange) last(a answer) {
	e.write(e.wire.stopped(a))
	switch e.reply.Fault {
	case CutLast:
		panic(http.ErrAbortHandler)
	case StallLast:
		e.stop(forever)
	default:
		e.write(e.wire.counted(a))
	}
}

// write sends and flushes, and tells whether the caller is still there.
func (e *exchange) write(parts ...[]byte) bool {
	for _, part := range parts {
		if _, err := e.w.Write(part); err != nil {
			return false
		}
	}
	e.w.(http.Flusher).Flush()
	return true
}

// problem is an error, as a wire tells it in its own form.
type problem struct {
	status        int
	code, message string
}
