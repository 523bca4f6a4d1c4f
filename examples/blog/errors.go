package main

import (
	"errors"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// showErrors answers errors with a page of ours.
func showErrors(app *framework.App) {
	for _, status := range []int{400, 403, 404, 405, 413, 429, 500} {
		app.HandleStatus(status, showError)
	}
}

func showError(c *framework.Context, err error) error {
	e, ok := errors.AsType[*framework.Error](err)
	if !ok {
		return err
	}
	return c.Status(e.Status).Render("error.html", map[string]any{
		"status": e.Status, "title": gateway.StatusText(e.Status), "text": e.Text(),
	})
}
