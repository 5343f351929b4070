package console

import (
	_ "embed"
	"net/http"
)

// document is the API in OpenAPI 3.1. A test holds it against the routes and against every answer of the handlers' tests.
//
//go:embed openapi.json
var document []byte

// openapi answers GET /openapi.json.
func openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(document)
}
