module github.com/dewar-go/dewar/gateway/nethttp/nettest

go 1.26.0

require (
	github.com/coder/websocket v1.8.15
	github.com/dewar-go/dewar v0.0.0
	github.com/go-chi/chi/v5 v5.5.0
)

replace github.com/dewar-go/dewar => ../../..
