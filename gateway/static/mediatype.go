package static

import (
	"mime"
	"strings"
)

const unknownType = "application/octet-stream"

// MediaType returns the media type of a file by its extension, with charset=utf-8
// where it is text: application/octet-stream where nothing is known. The common ones
// are the same on every machine; others are those of the system.
func MediaType(name string) string { return mediaType(name, nil) }

func mediaType(name string, own map[string]string) string {
	i := strings.LastIndexByte(name, '.')
	if i <= strings.LastIndexByte(name, '/') {
		return unknownType
	}
	ext := name[i:]
	if t := own[ext]; t != "" {
		return t
	}
	ext = strings.ToLower(ext)
	if t := own[ext]; t != "" {
		return t
	}
	if t := mediaTypes[ext]; t != "" {
		return t
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return unknownType
}

// mediaTypes are those of the web (IANA's registry; RFC 9239 for JavaScript).
var mediaTypes = map[string]string{
	".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8", ".xhtml": "application/xhtml+xml",
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".json": "application/json", ".map": "application/json", ".jsonld": "application/ld+json",
	".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".xml": "text/xml; charset=utf-8",
	".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".csv": "text/csv; charset=utf-8",
	".ics": "text/calendar; charset=utf-8", ".vtt": "text/vtt; charset=utf-8", ".rtf": "application/rtf",
	".atom": "application/atom+xml", ".rss": "application/rss+xml", ".yaml": "application/yaml", ".yml": "application/yaml",
	".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif",
	".webp": "image/webp", ".avif": "image/avif", ".ico": "image/vnd.microsoft.icon", ".bmp": "image/bmp", ".tiff": "image/tiff",
	".woff": "font/woff", ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".ogg": "audio/ogg", ".oga": "audio/ogg",
	".opus": "audio/ogg", ".flac": "audio/flac", ".wav": "audio/wav",
	".mp4": "video/mp4", ".webm": "video/webm", ".ogv": "video/ogg", ".mov": "video/quicktime", ".mpeg": "video/mpeg",
	".m3u8": "application/vnd.apple.mpegurl", ".ts": "video/mp2t",
	".pdf": "application/pdf", ".zip": "application/zip", ".gz": "application/gzip", ".tar": "application/x-tar",
	".7z": "application/x-7z-compressed", ".zst": "application/zstd", ".epub": "application/epub+zip",
	".bin": unknownType,
}
