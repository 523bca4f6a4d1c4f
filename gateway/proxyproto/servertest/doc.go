// Package servertest holds the tests of proxyproto with a real server. They are a module of
// their own, so that proxyproto itself requires no version of Dewar.
package servertest
