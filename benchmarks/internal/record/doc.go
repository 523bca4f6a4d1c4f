// Package record is what a run of the suite leaves behind: its conditions and
// every sample, and the medians, spreads and ratios that follow from them.
//
// Its law: samples are written down as they were measured and nothing is thrown
// away; every figure of a report is computed here, from them, so that the JSON
// file is enough to make the report again. All figures are "lower is better"
// unless they say otherwise.
package record
