package workload

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

const (
	plaintextPath = site.PlaintextPath
	jsonPath      = site.JSONPath
	sleepPath     = site.SleepPath
	routePath     = "/api/customers/42/parts/7"

	jsonMedia = "application/json"
)

// variants is how many requests W5v cycles through: more than any server's
// connections, so that none sees the same one twice in a row.
const variants = 1024

// get is one request with no more than HTTP/1.1 asks for.
func get(path string) [][]byte { return [][]byte{head(path, "")} }

// browser is one request as a browser sends it, about 700 bytes.
func browser() [][]byte { return [][]byte{head(plaintextPath, browserFields(0))} }

// varying is browser with the path and the cookie different in each.
func varying() [][]byte {
	all := make([][]byte, variants)
	for i := range all {
		all[i] = head(fmt.Sprintf("%s/%06d", plaintextPath, i*7919%1000000), browserFields(i))
	}
	return all
}

// post is one request with content.
func post(path, media string, content []byte) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		path, Host, media, len(content), content)
}

// sendOrder is the right order.
func sendOrder() [][]byte { return [][]byte{post(site.OrderPath, jsonMedia, order.JSON())} }

// wrongOrders are requests that have to be refused.
func wrongOrders() (all []Refusal) {
	for _, m := range order.Wrong() {
		all = append(all, Refusal{m.Name, post(site.OrderPath, jsonMedia, m.JSON)})
	}
	return all
}

func head(path, fields string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + Host + "\r\n" + fields + "\r\n")
}

// browserFields are eleven of the twelve fields; Host is the twelfth.
func browserFields(session int) string {
	return strings.NewReplacer("\n", "\r\n", "SESSION", fmt.Sprintf("%016x", session*2654435761)).Replace(`Connection: keep-alive
Cache-Control: max-age=0
sec-ch-ua: "Chromium";v="142", "Not=A?Brand";v="24"
sec-ch-ua-platform: "Linux"
Upgrade-Insecure-Requests: 1
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8
Referer: http://127.0.0.1:8080/start/page?from=navigation
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-GB,en;q=0.9,de;q=0.8
Cookie: session=SESSION; theme=dark; consent=necessary; _tracking=GA1.1.1234567890.1700000000; region=eu-west; language=en
`)
}
