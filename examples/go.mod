module github.com/dewar-go/dewar/examples

go 1.26.0

require github.com/dewar-go/dewar v0.0.0

require github.com/goccy/go-json v0.12.0 // indirect

replace github.com/dewar-go/dewar => ../
