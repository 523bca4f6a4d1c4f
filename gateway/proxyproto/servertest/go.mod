module github.com/dewar-go/dewar/gateway/proxyproto/servertest

go 1.26.0

require (
	github.com/dewar-go/dewar v0.0.0
	github.com/dewar-go/dewar/gateway/proxyproto v0.0.0
)

require github.com/pires/go-proxyproto v0.15.0 // indirect

replace (
	github.com/dewar-go/dewar => ../../..
	github.com/dewar-go/dewar/gateway/proxyproto => ..
)
