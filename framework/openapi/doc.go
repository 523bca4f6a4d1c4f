// Package openapi describes an application in OpenAPI 3.1, from what it is made of:
// its rules, and the types of the handlers that framework.Bind made.
//
//	app.Get("/openapi.json", openapi.Handler(openapi.Config{Title: "Notes", Version: "1.4.0"}))
//
// Every rule is described, with its variables; one whose handler Bind made has its
// parameters, its body and its answer as well, with what the validate tags ask for.
// Operations are named after endpoints, and schemas after types. Two types of one name
// have that of their package before it; a type that input is decoded into is apart
// from the same type in an answer, where other fields may be there.
//
// What cannot be told from types is left out: answers of handlers that Bind did not
// make, statuses that a handler chooses itself, and credentials.
package openapi
