package micro

import "strings"

// github are paths of GitHub's REST interface, all asked with GET: what routers
// are commonly compared with, for its many routes with shared beginnings and up
// to four parameters.
var github = strings.Fields(`
	/emojis /events /feeds /gists /gists/public /gists/starred /gitignore/templates /issues /licenses /meta
	/networks/{owner}/{repo}/events /notifications /rate_limit /repositories /search/code /search/commits
	/search/issues /search/labels /search/repositories /search/topics /search/users /user /user/blocks
	/user/emails /user/followers /user/following /user/gpg_keys /user/issues /user/keys /user/memberships/orgs
	/user/migrations /user/orgs /user/public_emails /user/repos /user/starred /user/subscriptions /user/teams
	/users /zen
	/gists/{gist} /gists/{gist}/comments /gists/{gist}/comments/{comment} /gists/{gist}/commits /gists/{gist}/forks
	/gists/{gist}/star /gitignore/templates/{name} /licenses/{license} /notifications/threads/{thread}
	/orgs/{org} /orgs/{org}/events /orgs/{org}/hooks /orgs/{org}/hooks/{hook} /orgs/{org}/issues /orgs/{org}/members
	/orgs/{org}/members/{user} /orgs/{org}/memberships/{user} /orgs/{org}/projects /orgs/{org}/public_members
	/orgs/{org}/public_members/{user} /orgs/{org}/repos /orgs/{org}/teams /orgs/{org}/teams/{team}
	/orgs/{org}/teams/{team}/members /orgs/{org}/teams/{team}/repos
	/projects/{project} /projects/{project}/columns
	/repos/{owner}/{repo} /repos/{owner}/{repo}/assignees /repos/{owner}/{repo}/assignees/{user}
	/repos/{owner}/{repo}/branches /repos/{owner}/{repo}/branches/{branch}
	/repos/{owner}/{repo}/branches/{branch}/protection /repos/{owner}/{repo}/collaborators
	/repos/{owner}/{repo}/collaborators/{user} /repos/{owner}/{repo}/collaborators/{user}/permission
	/repos/{owner}/{repo}/comments /repos/{owner}/{repo}/comments/{comment} /repos/{owner}/{repo}/commits
	/repos/{owner}/{repo}/commits/{ref} /repos/{owner}/{repo}/commits/{ref}/comments
	/repos/{owner}/{repo}/commits/{ref}/status /repos/{owner}/{repo}/contributors /repos/{owner}/{repo}/deployments
	/repos/{owner}/{repo}/deployments/{deployment} /repos/{owner}/{repo}/deployments/{deployment}/statuses
	/repos/{owner}/{repo}/events /repos/{owner}/{repo}/forks /repos/{owner}/{repo}/git/blobs/{sha}
	/repos/{owner}/{repo}/git/commits/{sha} /repos/{owner}/{repo}/git/tags/{sha} /repos/{owner}/{repo}/git/trees/{sha}
	/repos/{owner}/{repo}/hooks /repos/{owner}/{repo}/hooks/{hook} /repos/{owner}/{repo}/issues
	/repos/{owner}/{repo}/issues/{number} /repos/{owner}/{repo}/issues/{number}/comments
	/repos/{owner}/{repo}/issues/{number}/events /repos/{owner}/{repo}/issues/{number}/labels
	/repos/{owner}/{repo}/issues/{number}/timeline /repos/{owner}/{repo}/keys /repos/{owner}/{repo}/keys/{key}
	/repos/{owner}/{repo}/labels /repos/{owner}/{repo}/labels/{label} /repos/{owner}/{repo}/languages
	/repos/{owner}/{repo}/license /repos/{owner}/{repo}/milestones /repos/{owner}/{repo}/milestones/{milestone}
	/repos/{owner}/{repo}/milestones/{milestone}/labels /repos/{owner}/{repo}/notifications
	/repos/{owner}/{repo}/pages /repos/{owner}/{repo}/pages/builds /repos/{owner}/{repo}/pages/builds/{build}
	/repos/{owner}/{repo}/projects /repos/{owner}/{repo}/pulls /repos/{owner}/{repo}/pulls/{number}
	/repos/{owner}/{repo}/pulls/{number}/comments /repos/{owner}/{repo}/pulls/{number}/commits
	/repos/{owner}/{repo}/pulls/{number}/files /repos/{owner}/{repo}/pulls/{number}/merge
	/repos/{owner}/{repo}/pulls/{number}/reviews /repos/{owner}/{repo}/pulls/{number}/reviews/{review}
	/repos/{owner}/{repo}/pulls/{number}/reviews/{review}/comments /repos/{owner}/{repo}/readme
	/repos/{owner}/{repo}/releases /repos/{owner}/{repo}/releases/{release}
	/repos/{owner}/{repo}/releases/{release}/assets /repos/{owner}/{repo}/stargazers
	/repos/{owner}/{repo}/stats/contributors /repos/{owner}/{repo}/statuses/{sha} /repos/{owner}/{repo}/subscribers
	/repos/{owner}/{repo}/subscription /repos/{owner}/{repo}/tags /repos/{owner}/{repo}/teams
	/repos/{owner}/{repo}/topics /repos/{owner}/{repo}/traffic/views
	/teams/{team} /teams/{team}/members /teams/{team}/members/{user} /teams/{team}/repos
	/teams/{team}/repos/{owner}/{repo} /user/blocks/{user} /user/following/{user} /user/gpg_keys/{key}
	/user/keys/{key} /user/memberships/orgs/{org} /user/starred/{owner}/{repo} /user/subscriptions/{owner}/{repo}
	/users/{user} /users/{user}/events /users/{user}/events/orgs/{org} /users/{user}/followers
	/users/{user}/following /users/{user}/following/{target} /users/{user}/gists /users/{user}/keys
	/users/{user}/orgs /users/{user}/received_events /users/{user}/repos /users/{user}/starred
	/users/{user}/subscriptions`)

// A route is a pattern with the names of its parameters and a path that it
// matches.
type route struct {
	pattern string
	names   []string
	path    string
	length  int // of all values in the path together
}

// allRoutes are declared by every router, whichever are asked for.
var allRoutes = routesOf(github)

func routesOf(patterns []string) []route {
	var routes []route
	for _, pattern := range patterns {
		r := route{pattern: pattern, path: pattern}
		for rest := pattern; ; {
			_, after, found := strings.Cut(rest, "{")
			if !found {
				break
			}
			var name string
			name, rest, _ = strings.Cut(after, "}")
			value := "some-" + name
			r.names = append(r.names, name)
			r.path = strings.Replace(r.path, "{"+name+"}", value, 1)
			r.length += len(value)
		}
		routes = append(routes, r)
	}
	return routes
}

func staticRoutes(r route) bool { return len(r.names) == 0 }

func parameterRoutes(r route) bool { return len(r.names) > 0 }

// asked are the routes that a benchmark asks for, in turn.
func asked(want func(route) bool) (routes []route) {
	for _, r := range allRoutes {
		if want(r) {
			routes = append(routes, r)
		}
	}
	return routes
}
