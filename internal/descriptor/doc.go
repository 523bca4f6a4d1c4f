// Package descriptor copies the sockets that a process hands to its children: servers to
// their successors, the development loop to the programs that it runs.
package descriptor
