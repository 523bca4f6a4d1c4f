module github.com/dewar-go/dewar

go 1.26.0
