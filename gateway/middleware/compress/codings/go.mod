module github.com/dewar-go/dewar/gateway/middleware/compress/codings

go 1.26.0

require (
	github.com/andybalholm/brotli v1.3.0
	github.com/dewar-go/dewar v0.0.0
	github.com/klauspost/compress v1.20.4
)

replace github.com/dewar-go/dewar => ../../../..
