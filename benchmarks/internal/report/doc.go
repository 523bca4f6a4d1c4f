// Package report says what a record.Run shows: as tables on a terminal, as
// Markdown, and as one HTML page with charts that needs nothing else.
//
// Its law: it computes nothing; every figure is record's. Where a peer is ahead
// of Dewar, that comes first, in every form.
package report
