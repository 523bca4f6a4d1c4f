module github.com/dewar-go/dewar/gateway/proxyproto

go 1.26.0

require github.com/pires/go-proxyproto v0.15.0
