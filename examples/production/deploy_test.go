package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/dewar-go/dewar/examples/internal/trial"
	"github.com/dewar-go/dewar/gateway/server"
)

func newSettings() *server.Settings { return new(server.Settings) }

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tool is where a program is. Without it the test ends here, but in CI, which installs it.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("%s is not installed", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// settingsOf loads NAME=value pairs as the program does: a misspelt name is an error.
func settingsOf(t *testing.T, environment ...string) server.Config {
	t.Helper()
	c, err := newSettings().Load(environment)
	if err != nil {
		t.Error(err)
	}
	return c
}

func TestSystemdUnits(t *testing.T) {
	unit := read(t, "notes.service")
	var environment []string
	for _, m := range regexp.MustCompile(`(?m)^Environment=(.+)$`).FindAllStringSubmatch(unit, -1) {
		environment = append(environment, m[1])
	}
	c := settingsOf(t, environment...)
	if want := "TimeoutStopSec=40"; !strings.Contains(unit, want) || c.Lameduck+30*time.Second >= 40*time.Second {
		t.Errorf("%s expected, and lameduck %v and the default grace of 30 s less than that", want, c.Lameduck)
	}
	analyze := tool(t, "systemd-analyze")
	// The program's path is one that exists here.
	dir := t.TempDir()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"notes.service", "notes.socket"} {
		text := strings.ReplaceAll(read(t, name), "/opt/notes/notes", binary)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command(analyze, "verify", filepath.Join(dir, "notes.service"), filepath.Join(dir, "notes.socket")).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte(dir)) {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// The image's build command builds a program that needs nothing of the image, and its
// environment starts it.
func TestDockerfile(t *testing.T) {
	known := regexp.MustCompile(`^(FROM \S+( AS [a-z]+)?|WORKDIR /\S*|COPY( --from=[a-z]+)? \S+( \S+)* \S+|RUN .+|ENV [A-Z_]+=\S+|EXPOSE \d+|ENTRYPOINT \[.+\])$`)
	var build, environment []string
	var entry []string
	for line := range strings.Lines(read(t, "Dockerfile")) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if !known.MatchString(line) {
			t.Errorf("no instruction of a Dockerfile, as far as this test knows: %q", line)
		}
		instruction, rest, _ := strings.Cut(line, " ")
		switch {
		case instruction == "RUN" && strings.Contains(rest, "go build"):
			build = append(build, rest)
		case instruction == "ENV":
			environment = append(environment, rest)
		case instruction == "ENTRYPOINT":
			if err := json.Unmarshal([]byte(rest), &entry); err != nil {
				t.Errorf("ENTRYPOINT: %v", err)
			}
		}
	}
	if len(build) != 1 || len(entry) != 1 {
		t.Fatalf("one go build and one entry point expected: %q, %q", build, entry)
	}
	settingsOf(t, environment...)
	binary := filepath.Join(t.TempDir(), "notes")
	command := strings.Replace(build[0], "-o "+entry[0]+" ", "-o "+binary+" ", 1)
	if command == build[0] {
		t.Fatalf("%q does not build %s", command, entry[0])
	}
	if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
	if out, err := exec.Command(binary, "-print-config").CombinedOutput(); err != nil || !bytes.Contains(out, []byte("lameduck")) {
		t.Errorf("the program that was built: %v\n%s", err, out)
	}
	if runtime.GOOS != "linux" {
		return
	}
	f, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the program asks for a dynamic linker, which the image does not have")
		}
	}
}

// A manifest is what the test looks at of Kubernetes' objects.
type manifest struct {
	Kind string
	Spec struct {
		Template struct {
			Spec struct {
				TerminationGracePeriodSeconds int
				Containers                    []struct {
					Ports []struct {
						Name          string
						ContainerPort int
					}
					Env                                         []struct{ Name, Value string }
					StartupProbe, ReadinessProbe, LivenessProbe struct {
						HTTPGet struct{ Path, Port string }
					}
				}
			}
		}
		Ports []struct{ TargetPort string }
	}
}

// The manifests are YAML, name settings that there are, give the drain its time, and
// ask probes that the program answers.
func TestKubernetes(t *testing.T) {
	decoder := yaml.NewDecoder(strings.NewReader(read(t, "kubernetes.yaml")))
	kinds := map[string]manifest{}
	for {
		var raw map[string]any
		err := decoder.Decode(&raw)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(raw) // encoding/json matches names without case
		if err != nil {
			t.Fatal(err)
		}
		var m manifest
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		kinds[m.Kind] = m
	}
	if len(kinds["Deployment"].Spec.Template.Spec.Containers) != 1 || len(kinds["Service"].Spec.Ports) != 1 || kinds["PodDisruptionBudget"].Kind == "" {
		t.Fatalf("a Deployment of one container, a Service and a PodDisruptionBudget expected: %+v", kinds)
	}
	pod := kinds["Deployment"].Spec.Template.Spec
	c := pod.Containers[0]
	var environment []string
	for _, e := range c.Env {
		if e.Value != "" {
			environment = append(environment, e.Name+"="+e.Value)
		}
	}
	settings := settingsOf(t, environment...)
	if total := settings.Lameduck + settings.Grace; settings.Lameduck <= 0 || total >= time.Duration(pod.TerminationGracePeriodSeconds)*time.Second {
		t.Errorf("lameduck and grace are %v, and the pod is killed after %d s", total, pod.TerminationGracePeriodSeconds)
	}
	port := fmt.Sprint(c.Ports[0].ContainerPort)
	if !strings.HasSuffix(settings.Addr, ":"+port) || kinds["Service"].Spec.Ports[0].TargetPort != c.Ports[0].Name {
		t.Errorf("the program listens on %s, the container has %+v, the service %+v", settings.Addr, c.Ports, kinds["Service"].Spec.Ports)
	}
	url := trial.Start(t, "-addr", "127.0.0.1:0").URL
	for _, probe := range []struct{ Path, Port string }{c.StartupProbe.HTTPGet, c.ReadinessProbe.HTTPGet, c.LivenessProbe.HTTPGet} {
		if status, body := get(t, url+probe.Path); status != 200 || probe.Path == "" || probe.Path == "/" || probe.Port != c.Ports[0].Name {
			t.Errorf("probe %+v: %d %s", probe, status, body)
		}
	}
}

// A real nginx stands in front: the program knows its clients, and by which name and
// scheme they came.
func TestBehindNginx(t *testing.T) {
	nginx := tool(t, "nginx")
	url := trial.Start(t, "-addr", "127.0.0.1:0", "-proxies", "127.0.0.1/32").URL
	front := freePort(t)
	site := strings.NewReplacer("127.0.0.1:8000", strings.TrimPrefix(url, "http://"), "listen 80;", "listen 127.0.0.1:"+front+";").Replace(read(t, "nginx.conf"))
	dir := t.TempDir()
	var scratch strings.Builder // where nginx would write by default belongs to the system's
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&scratch, "%s_temp_path %s;\n", what, filepath.Join(dir, what))
	}
	user := ""
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	conf := filepath.Join(dir, "nginx.conf")
	text := user + "daemon off;\nmaster_process off;\npid " + filepath.Join(dir, "pid") + ";\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n" + scratch.String() + site + "}\n"
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(nginx, "-t", "-p", dir, "-c", conf).CombinedOutput(); err != nil {
		t.Fatalf("nginx -t: %v\n%s", err, out)
	}
	var told bytes.Buffer
	cmd := exec.Command(nginx, "-p", dir, "-c", conf)
	cmd.Stderr = &told
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("nginx ended: %v\n%s", err, told.String())
		}
	})
	awaitPort(t, front)
	req, err := http.NewRequest("GET", "http://127.0.0.1:"+front+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Forwarded-For", "203.0.113.9") // of a proxy before this one, which is trusted here
	if status, body := ask(t, req); status != 200 || !strings.HasPrefix(body, "notes, asked for as http://127.0.0.1/ by 203.0.113.9") {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := get(t, "http://127.0.0.1:"+front+"/readyz"); status != 200 {
		t.Errorf("/readyz: %d", status)
	}
}

// freePort is a port that was free a moment ago: nginx takes no port 0.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// awaitPort asks until somebody listens: nginx tells nobody that it does.
func awaitPort(t *testing.T, port string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(20 * time.Second); ; {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			_ = conn.Close()
			return
		}
		if !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatal(err)
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("nginx does not listen")
		}
	}
}
