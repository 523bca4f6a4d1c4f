package site

import "strings"

// Routes are the 200 patterns of the routing workload, all GET and all answered
// with RouteAnswer: fifty resources with a list, an item, its parts and one part.
// A parameter is written {name}, as in net/http.
func Routes() []string {
	routes := make([]string, 0, 4*len(resources))
	for _, r := range resources {
		list := "/api/" + r
		routes = append(routes, list, list+"/{id}", list+"/{id}/parts", list+"/{id}/parts/{part}")
	}
	return routes
}

// RouteAnswer is the body for the values of the parameters, "" for one that the
// pattern does not have.
func RouteAnswer(id, part string) string { return id + " " + part }

// Colon rewrites a pattern to the form /:name of gin, echo, fiber and hertz.
func Colon(pattern string) string {
	return strings.NewReplacer("{", ":", "}", "").Replace(pattern)
}

// Angle rewrites a pattern to the form /<name> of Flask and Dewar.
func Angle(pattern string) string {
	return strings.NewReplacer("{", "<", "}", ">").Replace(pattern)
}

// resources share beginnings, as those of real interfaces do, so that a router
// that compares byte by byte has something to do.
var resources = strings.Fields(`
	accounts activities addresses albums alerts articles assets attachments audits authors
	badges banners baskets batches bills blocks boards bookings books branches
	calendars campaigns cards carts categories channels charges charts clients comments
	companies contacts contracts countries coupons courses credits customers
	deliveries departments devices discounts documents domains drafts
	events exports orders products users`)
