package server

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// newOffer is an output that offers an answer to a client that does not read yet.
func newOffer() (o *output, client net.Conn) {
	ours, client := net.Pipe()
	o = &output{nc: ours, fd: noFD, timeout: time.Hour}
	o.buf = append(o.buf, "answer"...)
	o.offer()
	return o, client
}

// The sweeper takes an offer when it meets it again, and does not wait for the
// client: all other connections wait for the sweeper.
func TestSweepSendsAnOldOfferWithoutWaiting(t *testing.T) {
	o, client := newOffer()
	defer client.Close()
	var sending sync.WaitGroup
	for range 2 {
		if !o.sweep(sending.Go) { // returns though nobody reads
			t.Fatal("there was no offer")
		}
	}
	if o.sweep(sending.Go) {
		t.Error("what was taken is still offered")
	}
	reclaimed := make(chan struct{})
	go func() {
		o.reclaim()
		close(reclaimed)
	}()
	select {
	case <-reclaimed:
		t.Error("the output was taken back while it is being sent")
	default:
	}
	got := make([]byte, len("answer"))
	if _, err := io.ReadFull(client, got); err != nil || string(got) != "answer" {
		t.Errorf("the client got %q, %v", got, err)
	}
	<-reclaimed
	sending.Wait()
	if len(o.buf) != 0 || o.err != nil {
		t.Errorf("left %q, %v", o.buf, o.err)
	}
}

func TestReclaimedOfferIsNotSent(t *testing.T) {
	o, client := newOffer()
	defer client.Close()
	send := func(func()) { t.Error("sent") }
	o.sweep(send)
	o.reclaim()
	o.sweep(send)
	o.offer() // another one
	o.sweep(send)
	o.reclaim()
	if string(o.buf) != "answer" {
		t.Errorf("left %q", o.buf)
	}
}
