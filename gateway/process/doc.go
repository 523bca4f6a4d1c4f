// Package process is what stands around a gateway.Server in a process of its own:
// signals, a PID file, systemd, and the upgrade to a new program without losing a
// connection. What Gunicorn's arbiter is to its workers, it is to a server.
//
//	s := server.New(server.Config{Addr: ":8000", TLS: certificates.TLS()})
//	err := app.Run(process.New(s, process.Config{Reload: []func() error{certificates.Reload}}))
//
// Its law: signals are orders, and one goroutine, that of Serve, obeys them one after
// the other. What may take time, hooks and upgrades, runs beside it, so that an order
// to stop is never waited for.
//
//	TERM, INT  stop: not ready, stop accepting, finish, end (gateway.Server)
//	QUIT       stop at once: contexts end, connections a moment later (gateway.ErrQuick)
//	any of the three once more: end the process, as the signal does by itself
//	HUP        reload: Config.Reload, then Config.Reopen
//	USR1       reopen logs: Config.Reopen
//	USR2       upgrade: start the program anew with the sockets, and end when it is ready
//
// To change what a signal does see signals_unix.go; the loop, process.go; what runs
// beside it, errand.go; systemd, notify.go; the PID file, pidfile.go; the upgrade,
// successor.go (the old process's side) and predecessor.go (the new one's).
package process
