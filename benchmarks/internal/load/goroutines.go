package load

import (
	"errors"
	"net"
	"sync"
	"time"
)

// runGoroutines runs the plan with a goroutine for each connection, where there
// is no epoll or TLS is spoken. Under a fixed rate each has its share, and sleeps between: times
// are as exact as the system's sleep.
func runGoroutines(p Plan) (Result, error) {
	talkers := make([]*talker, p.Connections)
	for i := range talkers {
		c, err := dial(p, "http/1.1")
		if err != nil {
			return Result{}, err
		}
		talkers[i] = &talker{plan: p, conn: c, supply: newSupply(p, i), account: newAccount(), buffer: make([]byte, 64<<10)}
	}
	start := time.Now()
	var all sync.WaitGroup
	for i, t := range talkers {
		all.Go(func() { t.run(start, i) })
	}
	all.Wait()
	elapsed := min(time.Since(start), p.Duration)
	sum := newAccount()
	for _, t := range talkers {
		sum.add(t.account)
	}
	return sum.result(elapsed), nil
}

// A talker is one connection and its goroutine, which ends with the plan.
type talker struct {
	plan    Plan
	conn    net.Conn
	framing framing
	supply  supply
	account *account
	buffer  []byte
}

// run sends batch after batch until the end of the plan. i is the talker's place
// among the plan's connections, over which a fixed rate is spread.
func (t *talker) run(start time.Time, i int) {
	defer func() { _ = t.conn.Close() }()
	share := t.plan
	share.Rate /= float64(t.plan.Connections)
	due := newSchedule(share, start)
	due.start = start.Add(due.interval * time.Duration(i) / time.Duration(t.plan.Connections))
	end := start.Add(t.plan.Duration)
	for now := time.Now(); now.Before(end); now = time.Now() {
		since := now
		if t.plan.Rate > 0 {
			if since = due.taken(); since.After(end) {
				return
			}
			time.Sleep(time.Until(since))
		}
		if !t.exchange(since, end.Add(patience)) {
			return
		}
	}
	t.account.missed = due.missed(end)
}

// exchange sends one batch and reads its answers; false where it cannot go on.
func (t *talker) exchange(since, deadline time.Time) bool {
	_ = t.conn.SetDeadline(deadline)
	_, err := t.conn.Write(t.supply.next())
	for pending := t.plan.Pipeline; err == nil && pending > 0; {
		var n int
		if n, err = t.conn.Read(t.buffer); n > 0 {
			pending, err = t.read(t.buffer[:n], pending, since)
		}
	}
	if err != nil {
		t.account.failed(err.Error())
	}
	if err != nil || t.framing.closes {
		return t.reopen()
	}
	return true
}

// read counts the answers in p and returns how many are still to come.
func (t *talker) read(p []byte, pending int, since time.Time) (int, error) {
	for len(p) > 0 {
		rest, done, err := t.framing.next(p)
		if err != nil {
			return pending, err
		}
		if done {
			if pending--; pending < 0 {
				return 0, errors.New("an answer that was not asked for")
			}
			t.account.answered(t.framing.status, time.Since(since))
		}
		p = rest
	}
	return pending, nil
}

func (t *talker) reopen() bool {
	_ = t.conn.Close()
	c, err := dial(t.plan, "http/1.1")
	if err != nil {
		t.account.failed(err.Error())
		return false
	}
	t.conn, t.framing = c, framing{}
	return true
}
