package peer

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// installed are the servers that are not Go's. Each runs as many workers as its
// documentation recommends for one core.
var installed = []Peer{
	{Name: "nginx", Title: "nginx", Kind: Installed, Lacks: map[string]string{
		"W3":  "runs no application code",
		"W4":  "runs no application code",
		"W6":  "runs no application code",
		"W9":  "runs no application code",
		"W10": "runs no application code",
		"W11": "runs no application code",
	}, installed: &program{find: versionOf(`nginx version: nginx/(\S+)`, "nginx", "-v"), command: nginx}},
	{Name: "gunicorn-sync", Title: "Flask, Gunicorn sync", Kind: Installed, Lacks: merged(closesConnections, plainOnly),
		installed: gunicorn("sync")},
	{Name: "gunicorn-gthread", Title: "Flask, Gunicorn gthread", Kind: Installed, Lacks: merged(fewConnections, notPipelined, plainOnly),
		installed: gunicorn("gthread", "--threads", "4", "--worker-connections", "2000")},
	{Name: "gunicorn-gevent", Title: "Flask, Gunicorn gevent", Kind: Installed, Lacks: merged(fewConnections, plainOnly),
		installed: gunicorn("gevent", "--worker-connections", "2000")},
	{Name: "uwsgi", Title: "Flask, uWSGI", Kind: Installed, Lacks: merged(fewConnections, notPipelined, plainOnly),
		installed: &program{find: versionOf(`(\d[\d.]+)`, "uwsgi", "--version"), command: uwsgi}},
	{Name: "tornado", Title: "Tornado", Kind: Installed, Lacks: plainOnly,
		installed: &program{find: findTornado, command: tornado}},
}

var (
	closesConnections = map[string]string{
		"W2": "closes the connection after each answer",
		"W7": "closes the connection after each answer",
	}
	fewConnections = map[string]string{
		"W7": "is not made for thousands of idle connections",
	}
	plainOnly = map[string]string{
		"W12a": "stands behind a server that speaks TLS",
		"W12b": "stands behind a server that speaks HTTP/2",
	}
	notPipelined = map[string]string{
		"W2": "does not answer pipelined requests",
	}
)

// versionOf runs a command and finds its version in what it prints.
func versionOf(pattern, command string, arguments ...string) func() (string, error) {
	expression := regexp.MustCompile(pattern)
	return func() (string, error) {
		path, err := exec.LookPath(command)
		if err != nil {
			return "", fmt.Errorf("%s is not installed", command)
		}
		out, err := exec.Command(path, arguments...).CombinedOutput()
		if m := expression.FindSubmatch(out); m != nil {
			return string(m[1]), nil
		}
		return "", fmt.Errorf("%s %s: %v: %.100q", command, strings.Join(arguments, " "), err, out)
	}
}

//go:embed nginx.conf
var nginxConf string

func nginx(s setting) (*exec.Cmd, error) {
	conf := filepath.Join(s.folder, "nginx.conf")
	listen := "127.0.0.1:" + strconv.Itoa(s.port) + " backlog=4096"
	if s.certificate != "" {
		certificate, key := site.CertificateFiles(s.certificate)
		listen += " ssl http2;\n        ssl_certificate " + certificate + ";\n        ssl_certificate_key " + key
	}
	text := strings.NewReplacer("LISTEN", listen, "FOLDER", s.folder, "STATIC", s.static).Replace(nginxConf)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	return exec.Command("nginx", "-p", s.folder, "-c", conf), nil
}

// gunicorn runs the Flask application with three workers, as recommended for one
// core, of the given class.
func gunicorn(class string, more ...string) *program {
	return &program{
		find: func() (string, error) {
			version, err := versionOf(`version (\S+?)\)`, "gunicorn", "--version")()
			if err != nil {
				return "", err
			}
			flask, err := flaskVersion(interpreterOf("gunicorn"), class)
			return flask + ", Gunicorn " + version, err
		},
		command: func(s setting) (*exec.Cmd, error) {
			arguments := append([]string{
				"--bind", "127.0.0.1:" + strconv.Itoa(s.port), "--keep-alive", "75", "--log-level", "error",
				"--worker-class", class, "--workers", "3", "--chdir", filepath.Join(s.sources, "python"), "flasksite:app",
			}, more...)
			return s.python("gunicorn", arguments...)
		},
	}
}

func uwsgi(s setting) (*exec.Cmd, error) {
	return s.python("uwsgi", "--plugin", "python3", "--http11-socket", "127.0.0.1:"+strconv.Itoa(s.port),
		"--master", "--processes", "3", "--threads", "2", "--disable-logging", "--die-on-term", "--listen", "1024",
		"--chdir", filepath.Join(s.sources, "python"), "--module", "flasksite:app")
}

func tornado(s setting) (*exec.Cmd, error) {
	return s.python(tornadoInterpreter(), filepath.Join(s.sources, "python", "tornadosite.py"), strconv.Itoa(s.port))
}

// python is a command that finds the site's routes and files where the
// applications in peers/python look for them.
func (s setting) python(command string, arguments ...string) (*exec.Cmd, error) {
	routes, err := json.Marshal(site.Routes())
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	name := filepath.Join(s.folder, "routes.json")
	if err := os.WriteFile(name, routes, 0o644); err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	cmd := exec.Command(command, arguments...)
	cmd.Env = append(cmd.Environ(), "BENCHMARKS_ROUTES="+name,
		"BENCHMARKS_TEMPLATES="+filepath.Join(s.sources, "..", "internal", "fortune"),
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1")
	return cmd, nil
}

// interpreters are tried in turn: the one of the system may have packages that
// the one on the PATH has not.
var interpreters = []string{"python3", "/usr/bin/python3"}

func findTornado() (string, error) {
	if tornadoInterpreter() == "" {
		return "", fmt.Errorf("no Python with tornado among %v", interpreters)
	}
	return versionOf(`(\S+)`, tornadoInterpreter(), "-c", "import tornado; print(tornado.version)")()
}

func tornadoInterpreter() string {
	for _, python := range interpreters {
		if exec.Command(python, "-c", "import tornado").Run() == nil {
			return python
		}
	}
	return ""
}

// interpreterOf reads the first line of an installed Python script.
func interpreterOf(script string) string {
	path, err := exec.LookPath(script)
	if err != nil {
		return interpreters[0]
	}
	text, err := os.ReadFile(path)
	first, _, _ := strings.Cut(string(text), "\n")
	python, ok := strings.CutPrefix(first, "#!")
	if err != nil || !ok {
		return interpreters[0]
	}
	return strings.TrimSpace(python)
}

// flaskVersion says which Flask an interpreter has, and that it has gevent where
// the worker class needs it.
func flaskVersion(python, class string) (string, error) {
	modules := "flask"
	if class == "gevent" {
		modules += ", gevent"
	}
	arguments := append(strings.Fields(python), "-c", "import "+modules+"; from importlib.metadata import version; print(version('flask'))")
	out, err := exec.Command(arguments[0], arguments[1:]...).Output()
	if err != nil {
		return "", fmt.Errorf("%s has no %s", python, modules)
	}
	return strings.TrimSpace(string(out)), nil
}
