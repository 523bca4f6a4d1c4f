module github.com/dewar-go/dewar/cmd/dewar

go 1.26.0

require (
	github.com/dewar-go/dewar v0.0.0
	github.com/fsnotify/fsnotify v1.10.1
	github.com/spf13/cobra v1.10.2
)

require (
	github.com/dewar-go/dewar/framework/cli v0.0.0
	github.com/gabriel-vasile/mimetype v1.4.16 // indirect
	github.com/go-playground/locales v0.14.2 // indirect
	github.com/go-playground/universal-translator v0.18.2 // indirect
	github.com/go-playground/validator/v10 v10.30.6 // indirect
	github.com/goccy/go-json v0.12.0 // indirect
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/leodido/go-urn v1.5.0 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

// Goes at the first release, when there is a version to require: go install wants none.
replace github.com/dewar-go/dewar => ../..

replace github.com/dewar-go/dewar/framework/cli => ../../framework/cli
