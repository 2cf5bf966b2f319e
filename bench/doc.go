// Package bench holds the words of a measurement: what was measured (Subject),
// where (Host), and what came of it (Run, Trial, Step, Metric).
//
// The way of the data, from a configuration to a verdict:
//
//  1. bench/profile reads perfcheck.yml; bench/scenario compiles a profile's steps.
//  2. bench/revision checks out both commits; bench/service builds and starts each.
//  3. bench/load sends the requests and times them into bench/hist;
//     bench/resource reads what the service used meanwhile.
//  4. bench/runner alternates between the two, block by block, and makes of each
//     block a Trial an arm, which it appends to that arm's Run.
//  5. baseline keeps runs, keyed by commit.
//  6. Run.Series turns trials into one number each, for one metric at a time;
//     compare makes deltas and the verdict of them; compare/report prints it.
package bench
