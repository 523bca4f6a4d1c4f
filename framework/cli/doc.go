// Package cli gives an application's program its commands. A Go program is its own shell:
// what flask does beside a Python application, ./notes does by itself.
//
//	func main() { cli.Main(newApp) }
//
//	func newApp() (*framework.App, error) { ... }
//
//	notes run       serve the application; the same as notes alone
//	notes routes    list its rules, or explain which of them answers a request
//	notes config    list its settings, secrets masked
//	notes check     look for mistakes in settings, routes and templates, all at once
//	notes secret    print a good random key
//	notes openapi   print its description in OpenAPI
//	notes completion bash, zsh, fish: completion for a shell
//
// Beside them stand the commands that the application declares itself.
//
// The law: answers go to standard output, everything else to standard error; the exit code
// is 0, or 1 where a command fails, or 2 where the command line is not understood. Before
// the application is made, variables are read from .env and .dewarenv, in the working
// folder or the nearest one above; what the environment has already goes before. Only what
// needs the application makes it: notes secret works before there are settings.
//
// Debugging is on with --debug or DEWAR_DEBUG=1. Applications read the variable, which the
// flag sets; config.Env("DEWAR_") gives it to a field Debug.
//
// The package is a module of its own, so that no other program has a command line's
// dependencies.
package cli
