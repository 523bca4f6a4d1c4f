module github.com/dewar-go/dewar/framework/config/toml

go 1.26.0

require (
	github.com/dewar-go/dewar v0.0.0
	github.com/pelletier/go-toml/v2 v2.2.4
)

replace github.com/dewar-go/dewar => ../../..
