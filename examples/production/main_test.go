package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/examples/internal/trial"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

var client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, req)
}

func ask(t *testing.T, req *http.Request) (status int, body string) {
	t.Helper()
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// After the order to stop the program says at once that it is not ready, and answers
// all the same until load balancers have noticed.
func TestProbesAndDrain(t *testing.T) {
	t.Parallel() // it mostly waits for the lameduck to be over
	p := trial.Start(t, "-addr", "127.0.0.1:0", "-lameduck", "10s")
	for _, probe := range []string{"/startupz", "/livez", "/readyz"} {
		if status, body := get(t, p.URL+probe); status != 200 {
			t.Errorf("%s: %d %s", probe, status, body)
		}
	}
	if _, body := get(t, p.URL+"/readyz?verbose"); !strings.Contains(body, "store") {
		t.Errorf("the check of the store is not asked: %s", body)
	}
	p.Terminate()
	for {
		status, _ := get(t, p.URL+"/readyz")
		if status == 503 {
			break
		}
		if status != 200 {
			t.Fatalf("/readyz: %d", status)
		}
	}
	if status, _ := get(t, p.URL+"/livez"); status != 200 {
		t.Errorf("/livez while it drains: %d", status) // else it would be started anew
	}
	if status, body := get(t, p.URL+"/"); status != 200 || !strings.HasPrefix(body, "notes, asked for as "+p.URL+"/ by 127.0.0.1:") {
		t.Errorf("%d %s", status, body)
	}
}

func TestSettingsThatAreWrongKeepItFromStarting(t *testing.T) {
	t.Setenv("DEWAR_SERVER_GRACE", "soon")
	t.Setenv("DEWAR_SERVER_LAMEDUKC", "1s")
	err := run(newSettings())
	if err == nil || !strings.Contains(err.Error(), "GRACE") || !strings.Contains(err.Error(), "LAMEDUKC") {
		t.Errorf("got %v, want both mistakes", err)
	}
}
